"""Any level agrees with any other: what adds, adds exactly, over time, units and classes."""

from __future__ import annotations

import pytest

from powercx.analytics.definitions.catalogue import Catalogue
from powercx.analytics.definitions.measures import FactMeasure

MEASURES = {key: file.measure for key, file in Catalogue().measures.items()}
ADDITIVE = [
    key
    for key, m in MEASURES.items()
    # Days of collection are seen until 30 days after each, a month until 30 days after its end;
    # without major events a year needs the year before.
    if isinstance(m, FactMeasure)
    and m.rollup == "sum"
    and not m.counted_until
    and not m.without_major_event_days
]
COUNTED = [key for key in ADDITIVE if MEASURES[key].population is None]


def _parts(session, key, *, orgs=("city",), periods, by=None):
    rows = session.show(key, orgs=list(orgs), periods=periods, by=by).rows
    return [(row.numerator or 0, row.denominator or 0, row.n) for row in rows]


def _total(parts):
    return [sum(column) for column in zip(*parts, strict=True)]


@pytest.mark.parametrize("key", COUNTED)
@pytest.mark.parametrize(
    ("whole", "split"),
    [
        ("2025Q1", ["2025-01", "2025-02", "2025-03"]),
        ("2025", ["2025H1", "2025H2"]),
        ("2025-W09", [f"2025-{day}" for day in ("02-24..2025-02-28", "03-01", "03-02")]),
        ("2025-02", [f"2025-02-{day:02}" for day in range(1, 29)]),
        ("2024-12-25..2025-04-02", ["2024-12-25..2024-12-31", "2025Q1", "2025-04-01..2025-04-02"]),
    ],
)
def test_a_period_is_the_sum_of_its_parts(session, key, whole, split):
    [found] = _parts(session, key, periods=[whole])

    assert list(found) == pytest.approx(_total(_parts(session, key, periods=split)), rel=1e-12)


@pytest.mark.parametrize("key", ADDITIVE)
def test_the_root_is_the_sum_of_the_units_beneath_it_and_the_unassigned(session, key):
    whole, *beneath = _parts(session, key, periods=["2025Q1"], by="org")

    assert list(whole) == pytest.approx(_total(beneath), rel=1e-12)


@pytest.mark.parametrize("key", COUNTED)
def test_classes_and_channels_add_up_to_the_whole(session, key):
    [whole] = _parts(session, key, periods=["2025Q1"])

    for by in ("class", "channel", *MEASURES[key].dimensions):
        rows = _parts(session, key, periods=["2025Q1"], by=by)
        assert _total(rows) == pytest.approx(list(whole), rel=1e-12)


def test_populations_of_a_period_are_the_day_weighted_mean_of_its_months(session):
    [quarter] = _parts(session, "saidi", periods=["2025Q1"])
    months = _parts(session, "saidi", periods=["2025Q1"], by="month")

    weighted = sum(m[1] * days for m, days in zip(months, (31, 28, 31), strict=True)) / 90
    assert quarter[1] == pytest.approx(weighted, rel=1e-12)
    assert quarter[0] == pytest.approx(sum(m[0] for m in months), rel=1e-12)


def test_by_month_gives_the_months_of_a_period_under_their_names(session):
    rows = session.show("csat", orgs=["city"], periods=["2025-01-20..2025-03-10"], by="month").rows

    assert [row.period.label for row in rows] == [
        "2025-01-20..2025-01-31",
        "2025-02",
        "2025-03-01..2025-03-10",
    ]


def test_default_is_the_root_and_the_last_whole_month(session):
    # The latest day known of anything is in April or later, and no month's last.
    [row] = session.show("csat").rows

    assert row.org == "city"
    assert row.period.whole_months
    assert row.period.days in (28, 30, 31)
