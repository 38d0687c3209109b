"""Nothing on 1-4 people is shown, nor can it be told from the whole and the parts that are."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from powercx.analytics.definitions.catalogue import Catalogue
from powercx.analytics.measures.figures import Figure
from powercx.analytics.measures.suppression import LEAST, REASON, hide_small, people_behind
from powercx.base.periods import parse_period

MARCH = parse_period("2025-03")
sizes = st.lists(st.integers(0, 12), min_size=1, max_size=8)


def measure(key: str):
    return Catalogue(Path("nowhere")).measures[key].measure


CSAT, COMPLAINTS = measure("csat"), measure("complaint_rate")


def parts(counts: list[int]) -> list[Figure]:
    return [
        Figure(f"u{at}", MARCH, None, value=0.5, numerator=n / 2, denominator=float(n), n=n)
        for at, n in enumerate(counts)
    ]


@given(sizes)
def test_what_is_shown_is_on_nobody_or_on_five_and_more(counts):
    shown = hide_small(CSAT, parts(counts))

    assert all(f.n == 0 or f.n >= LEAST for f in shown)
    assert all(f.value is None and f.numerator is None for f in shown if f.reason == REASON)


@given(sizes)
def test_hidden_parts_cannot_be_told_by_taking_the_others_from_the_whole(counts):
    before = parts(counts)
    after = hide_small(CSAT, before)

    hidden = [b for b, a in zip(before, after, strict=True) if a.reason == REASON]
    populated = [b for b in before if b.n]
    assert len(hidden) != 1 or len(populated) == 1


@given(sizes)
def test_nothing_is_hidden_without_need(counts):
    before = parts(counts)
    after = hide_small(CSAT, before)

    small = [f for f in before if 0 < f.n < LEAST]
    hidden = [a for a in after if a.reason == REASON]
    assert len(hidden) <= max(len(small), 2 if small else 0)
    assert all(a == b for a, b in zip(after, before, strict=True) if a.reason != REASON)


def test_a_rate_is_on_the_people_it_is_per_not_on_those_it_counts():
    rate = Figure("u", MARCH, None, value=2.0, numerator=2.0, denominator=10_000.0, n=2)

    assert people_behind(COMPLAINTS, rate) == 10_000
    assert hide_small(COMPLAINTS, [rate]) == [rate]
