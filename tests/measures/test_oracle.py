"""Every measure of a random city, beside an independent computation in pandas."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from measures.oracle import ANY, MEANS, PARENTS, RATES, SHARES, SPECIAL, Figure, Oracle, Span
from measures.random_city import RandomCity

from powercx.analytics.definitions.catalogue import Catalogue

SPANS = [
    Span("2025-02", date(2025, 2, 1), date(2025, 3, 1)),
    Span("2025-03", date(2025, 3, 1), date(2025, 4, 1)),
    Span("2025Q1", date(2025, 1, 1), date(2025, 4, 1)),
    Span("2025H1", date(2025, 1, 1), date(2025, 7, 1)),
    Span("2025-W09", date(2025, 2, 24), date(2025, 3, 3)),
    Span("2025-02-10", date(2025, 2, 10), date(2025, 2, 11)),
    Span("2025-01-20..2025-03-09", date(2025, 1, 20), date(2025, 3, 10)),
    Span("2024-02", date(2024, 2, 1), date(2024, 3, 1)),
    Span("2023", date(2023, 1, 1), date(2024, 1, 1)),
]
CLASSES = ["residential", "commercial", "agricultural", None]
# By rater, in test_voice_and_outcomes: no ratio, and nothing to add.
LATEST = {"government_rating", "government_rank"}
KEYS = sorted({*MEANS, *SHARES, *RATES, *SPECIAL})
# Told by a bucket within 1 % (statistics/histogram).
APPROXIMATE = {"order_duration_p50", "order_duration_p90"}
# A formula or an index has no class of its own here; voltage is about points.
WITHOUT_CLASS = {"voltage_compliance"}


def test_oracle_knows_every_measure():
    assert set(KEYS) | LATEST == set(Catalogue().measures)


@pytest.fixture(scope="module")
def oracle(random_city: RandomCity) -> Oracle:
    return Oracle(random_city.tables, random_city.labels)


@pytest.mark.parametrize("key", KEYS)
def test_measure_agrees_with_the_oracle(session, oracle, key):
    answer = session.show(key, orgs=list(PARENTS), periods=[span.label for span in SPANS])

    found = {(row.org, row.period.label): row for row in answer.rows}
    assert set(found) == {(org, span.label) for org in PARENTS for span in SPANS}
    faults = [
        f"{org} {span.label}: {found[org, span.label]} is {expected}"
        for org in PARENTS
        for span in SPANS
        if not _same(key, found[org, span.label], expected := oracle.figure(key, org, span, ANY))
    ]
    assert faults == []


@pytest.mark.parametrize("key", sorted({*SHARES, *MEANS, *RATES} | {"ebill_share"}))
def test_measure_agrees_with_the_oracle_in_every_class(session, oracle, key):
    spans = SPANS[:3]
    orgs = ["city", "north", "s1"]
    answer = session.show(key, orgs=orgs, periods=[span.label for span in spans], by="class")

    found = {(row.org, row.period.label, row.segment): row for row in answer.rows}
    faults = []
    for org, span, klass in ((o, s, c) for o in orgs for s in spans for c in CLASSES):
        expected = oracle.figure(key, org, span, klass)
        row = found.get((org, span.label, klass))
        if row is None and not expected.denominator:
            continue
        if row is None or not _same(key, row, expected):
            faults.append(f"{org} {span.label} {klass}: {row} is {expected}")
    assert faults == []


def _same(key: str, row: Any, expected: Figure) -> bool:
    if not _close(row.value, expected.value, 0.0101 if key in APPROXIMATE else 1e-9):
        return False
    if expected.numerator is None:
        return True
    return _close(row.numerator, expected.numerator, 1e-9) and _close(
        row.denominator, expected.denominator, 1e-9
    )


def _close(found: float | None, expected: float | None, within: float) -> bool:
    if found is None or expected is None:
        return found is expected
    return found == pytest.approx(expected, rel=within, abs=1e-9)
