from __future__ import annotations

import re

import numpy as np
import pytest

from powercx.analytics.simulate.feedback import matter_of
from powercx.analytics.simulate.grammar import Writer, matters, phrases, polarities
from powercx.analytics.simulate.orders import COMPLAINT_SECOND, kinds
from powercx.analytics.simulate.strengths import strengths


@pytest.fixture(scope="module")
def texts():
    """Ten thousand texts, as many of every matter and polarity."""
    writer = Writer(np.random.default_rng(11), strengths())
    turns = [(matter, polarity) for matter in matters() for polarity in polarities(matter)]
    return [writer.write(*turns[k % len(turns)]) for k in range(10_000)]


def test_texts_are_varied(texts):
    assert len(set(texts)) >= 5_000


def test_every_kind_of_order_has_words():
    names = list(kinds())
    needed = {matter_of(k, -1) for k in range(len(names)) if names[k] != "complaint"}
    needed |= {matter_of(names.index("complaint"), k) for k in range(len(COMPLAINT_SECOND))}

    assert needed == set(matters())


def test_no_slot_is_left_open(texts):
    assert [text for text in texts if "{" in text or "}" in text] == []


@pytest.mark.parametrize(
    "pattern",
    [
        "没|不|无",
        "点解|唔|佢哋|几时|而家|冇",
        r"154[\d-]{8}",
        "我叫|我姓|本人",
        "你好|那个|唉",
        "电废|以经|处里|枪修",
    ],
    ids=["negation", "dialect", "phone", "name", "filler", "slip"],
)
def test_texts_hold_what_a_reader_of_them_must_cope_with(texts, pattern):
    assert sum(bool(re.search(pattern, text)) for text in texts) > 20


def test_a_second_matter_is_brought_up():
    writer = Writer(np.random.default_rng(5), strengths())

    text = writer.write("fault", -1, "billing")

    assert any(turn in text for turn in phrases()["turns"])


def test_feedback_covers_the_kinds_of_order(rows):
    texts = [row["text"] for row in rows("feedback")]

    assert len(set(texts)) > 0.95 * len(texts)
