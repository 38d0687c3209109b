"""The guideline as data: whole, in order, in our own words."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
import yaml

from powercx.base.errors import UserError
from powercx.base.messages import use_language
from powercx.standard.clauses import CHAPTERS, CLAUSES, beneath, clause, load

GUIDELINE = Path(__file__).parents[3] / "shared" / "spec" / "guideline.zh.txt"
HEADINGS = (
    *("4", "5", "5.1", "5.2", "6", "6.1", "6.2", "7", "7.1", "7.2", "7.3", "7.3.1"),
    *("7.3.1.1", "7.3.1.2", "7.3.1.3", "7.4", "8", "8.1", "8.2", "8.3", "8.4", "8.5", "8.6"),
    *("8.7", "8.8", "8.9", "8.10", "8.10.1.1", "8.10.1.2", "8.10.1.3", "8.10.1.4", "8.11"),
    *("9", "9.1", "9.2", "9.3", "9.4", "9.5", "10"),
    *("11", "11.1", "11.2", "11.2.1", "11.2.2", "11.2.3", "11.3"),
)
# Counted in the printed text; 5.1 and 5.2 as the head of the file tells.
ITEMS = """
4:5 5.1:4 5.2:9 6.1:6 6.2:6 7.2:4 7.3:4 7.3.1.1:3 7.3.1.2:5 7.3.1.3:4 7.4:5 8.2:8 8.3:11 8.4:6
8.5:4 8.6:4 8.7:2 8.8:9 8.9:9 8.10.1.1:5 8.10.1.2:4 8.10.1.3:2 8.10.1.4:4 8.11:7 9.2:4 9.3:4
9.4:7 9.5:6 10:6 11.1:5 11.2.1:4 11.2.2:8 11.2.3:4 11.3:3
"""
guideline_here = pytest.mark.skipif(
    not GUIDELINE.exists(), reason=f"NOT TESTED against the guideline's text: {GUIDELINE} is absent"
)


def squeezed(text: str) -> str:
    """The characters of ``text`` without punctuation and numbers of standards."""
    return re.sub(r"GB/T [\d-]+|[^\w]", "", text)


def test_every_heading_is_a_clause_in_the_order_of_the_text():
    assert tuple(row.number for row in CLAUSES.values() if row.kind == "clause") == HEADINGS


def test_every_list_item_has_a_row():
    told = Counter(row.parent for row in CLAUSES.values() if row.kind == "item")

    assert [f"{parent}:{count}" for parent, count in told.items()] == ITEMS.split()


def test_the_five_steps_of_7_4_are_lettered_a_to_e():
    assert [row.number for row in beneath("7.4")] == [f"7.4.{letter}" for letter in "abcde"]


@pytest.mark.parametrize(
    "number", ["5.1", "5.1.3", "7.3.1.3.3", "7.4", "8.1", "8.8.7", "8.10", "8.10.1.3.1", "11.2.3"]
)
def test_a_defect_of_the_guideline_is_told(number):
    assert clause(number).note


def test_chapters_are_told():
    assert {row.chapter for row in CLAUSES.values()} == set(CHAPTERS)


def test_texts_are_in_the_readers_language():
    with use_language("zh"):
        assert str(clause("8.11").title) == "评价客户体验效果"
    with use_language("en"):
        assert str(clause("8.11").title) == "Evaluating effect"


@pytest.mark.parametrize("row", CLAUSES.values(), ids=lambda row: row.number)
def test_chinese_is_chinese_and_english_is_english(row):
    for text in (row.title, row.summary, row.note or row.title):
        assert re.search(r"[\u4e00-\u9fff]|^\d", text.zh)
        assert not re.search(r"[\u4e00-\u9fff]", text.en)


def test_an_unknown_number_names_the_nearest():
    with pytest.raises(UserError) as caught:
        clause("8.12")

    assert caught.value.code == "standard.unknown_clause"
    assert "8.1" in str(caught.value)


@guideline_here
def test_titles_of_clauses_are_the_guidelines():
    body = GUIDELINE.read_text("utf-8").split("## 4 客户体验管理原则")[1]
    printed = dict(re.findall(r"^#+ ([\d.]+) (\S+)$", "## 4 客户体验管理原则" + body, re.MULTILINE))

    told = {row.number: row.title.zh for row in CLAUSES.values() if row.kind == "clause"}

    assert told == printed


@guideline_here
def test_summaries_are_in_our_own_words():
    """No run of 10 characters of a summary or note stands in the guideline."""
    printed = squeezed(GUIDELINE.read_text("utf-8"))
    copied = [
        (row.number, piece)
        for row in CLAUSES.values()
        for text in (row.summary.zh, row.note.zh if row.note else "")
        for words in [squeezed(text)]
        for piece in (words[i : i + 10] for i in range(len(words) - 9))
        if piece in printed
    ]

    assert copied == []


ROW = {"kind": "clause", "parent": None, "title": {"zh": "题", "en": "t"}}
ROW |= {"summary": {"zh": "要", "en": "s"}}


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([ROW | {"number": "4"}, ROW | {"number": "4"}], "twice"),
        ([ROW | {"number": "12"}], "no chapter"),
        ([ROW | {"number": "4.1", "parent": "4"}], "cannot stand"),
        ([ROW | {"number": "4"}, ROW | {"number": "5.1", "parent": "4"}], "cannot stand"),
        (
            [
                ROW | {"number": "4"},
                ROW | {"number": "4.1", "parent": "4", "kind": "item"},
                ROW | {"number": "4.1.1", "parent": "4.1"},
            ],
            "cannot stand",
        ),
        ([ROW | {"number": "four"}], "number"),
        ([ROW | {"number": "4", "title": {"zh": "题", "en": ""}}], "title.en"),
        ([ROW | {"number": "4", "weight": 1}], "weight"),
    ],
)
def test_a_faulty_file_is_refused(tmp_path, rows, why):
    file = tmp_path / "clauses.yaml"
    file.write_text(yaml.safe_dump(rows, allow_unicode=True), "utf-8")

    with pytest.raises(ValueError, match=re.escape(why)):
        load(file)
