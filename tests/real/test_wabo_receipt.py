"""Orders of a real permit process: on-time share, internet share, steps."""

from __future__ import annotations

import pytest
from real.datasets import DATA, RealHome, counted, figures, needs

EVENTS = DATA / "wabo_receipt" / "events.parquet"
ZONE = "Europe/Amsterdam"
PERIOD = "2010-10-01..2012-12-31"
CASES = (
    'SELECT DISTINCT "case:concept:name" AS id, "case:channel" AS channel, '
    '"case:startdate" AS began, "case:enddate_planned" AS planned, '
    'if("case:enddate" < began, began, "case:enddate") AS ended '
    f"FROM '{EVENTS}'"
)
pytestmark = needs("wabo_receipt")


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> RealHome:
    made = RealHome(tmp_path_factory.mktemp("wabo"), ZONE)
    made.load(EVENTS, "wabo_receipt_orders")
    made.load(EVENTS, "wabo_receipt_events")
    return made


@pytest.fixture(scope="module")
def told():
    return figures("wabo_receipt")


def test_cases_and_events_load_once(home, told):
    cases, events = told["cases"], told["events"]

    assert home.rows("service_order", "SELECT count(*)") == [(cases,)]
    assert home.rows("order_event", "SELECT count(*), count(DISTINCT activity)") == [
        (events, told["activities"])
    ]
    again = home.load(EVENTS, "wabo_receipt_orders")
    assert counted(again) == {"read": events, "duplicate": events}
    assert again.orphans == {}


def test_steps_in_their_order(home, told):
    """Variants and first and last steps, by time as the mapping brought it."""
    variants = home.rows(
        "order_event",
        'SELECT list(activity ORDER BY "at", seq) AS path GROUP BY order_id',
    )
    paths = [tuple(path) for (path,) in variants]
    first, last = ([path[end] for path in paths] for end in (0, -1))

    assert len(set(paths)) == told["variants"]
    assert paths.count(tuple(told["top_variant"])) == told["top5_variant_cases"][0]
    assert {step: first.count(step) for step in set(first)} == told["start_activities"]
    assert told["end_activities"].items() <= {s: last.count(s) for s in set(last)}.items()


def test_internet_share(home, told):
    [(online,)] = home.raw(f"SELECT count(*) FROM ({CASES}) WHERE channel = 'Internet'")

    found = home.figure("online_share", PERIOD)

    assert (found.numerator, found.denominator) == (online, told["cases"])


def test_share_on_time(home):
    """Decided cases against a count over the raw events, month by month.

    A case on time counts when it ends, a late one on the day after it was due; a day is known to
    have passed when a case began or ended on it or later.
    """
    raw = home.raw(
        f"WITH cases AS ({CASES}), known AS (SELECT greatest(max(began), max(ended))::DATE AS day "
        "FROM cases), decided AS (SELECT coalesce(ended <= planned, false) AS good, "
        "if(good, ended::DATE, planned::DATE + 1) AS day FROM cases) "
        "SELECT strftime(d.day, '%Y-%m'), count(*) FILTER (good), count(*) "
        "FROM decided d, known WHERE d.day <= known.day GROUP BY 1 ORDER BY 1"
    )

    found = home.figures("order_on_time", PERIOD, by="month")

    assert [(f.period.label, f.numerator, f.denominator) for f in found if f.denominator] == raw
    whole = home.figure("order_on_time", PERIOD)
    assert (whole.numerator, whole.denominator) == tuple(
        sum(month[part] for month in raw) for part in (1, 2)
    )


def test_duration_of_cases(home):
    [(n, hours)] = home.raw(
        "SELECT count(*), avg(epoch(ended) - epoch(began)) / 3600 "
        f"FROM ({CASES}) WHERE ended IS NOT NULL"
    )

    found = home.figure("order_duration", PERIOD)

    assert (found.n, found.value) == (n, pytest.approx(hours))
