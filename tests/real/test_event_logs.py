"""Steps of orders: two published event logs, counted as their papers count them."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest
from real.datasets import DATA, RealHome, counted, figures, needs

pytestmark = needs("bpic2013_incidents") + needs("eventlog_traffic_fines")[1:]


@pytest.fixture(scope="module")
def incidents(tmp_path_factory) -> RealHome:
    made = RealHome(tmp_path_factory.mktemp("bpic"), "Europe/Stockholm")
    raw = DATA / "bpic2013_incidents" / "events.parquet"
    numbered = (
        'SELECT *, row_number() OVER (PARTITION BY "case:concept:name" ORDER BY place) AS seq '
        f"FROM (SELECT *, row_number() OVER () AS place FROM '{raw}')"
    )
    report = made.load(made.prepared("events.parquet", numbered), "bpic2013_incidents")
    assert counted(report) == {"read": report.read, "loaded": report.read}
    return made


@pytest.fixture(scope="module")
def fines(tmp_path_factory) -> RealHome:
    made = RealHome(tmp_path_factory.mktemp("fines"), "Europe/Rome")
    raw = DATA / "eventlog_traffic_fines" / "events.parquet"
    report = made.load(raw, "eventlog_traffic_fines")
    assert counted(report) == {"read": report.read, "loaded": report.read}
    again = made.load(raw, "eventlog_traffic_fines")
    assert counted(again) == {"read": report.read, "duplicate": report.read}
    return made


def counts_of(home: RealHome) -> dict[str, object]:
    """What process mining counts of a log, from the rows of the lake."""
    found = home.rows("order_event", 'SELECT list(activity ORDER BY "at", seq) GROUP BY order_id')
    paths = [tuple(path) for (path,) in found]
    variants = Counter(paths)
    follows = Counter(pair for path in paths for pair in pairwise(path))
    return {
        "cases": len(paths),
        "events": sum(map(len, paths)),
        "activities": len({step for path in paths for step in path}),
        "variants": len(variants),
        "top_variant_cases": variants.most_common(1)[0][1],
        "top_variant": list(variants.most_common(1)[0][0]),
        "start_activities": dict(Counter(path[0] for path in paths)),
        "end_activities": dict(Counter(path[-1] for path in paths)),
        "directly_follows_pairs": len(follows),
    }


def test_incidents(incidents):
    told = figures("bpic2013_incidents")

    found = counts_of(incidents)

    expected = told["recomputed_activity"]
    assert found == {name: expected[name] for name in found}
    published = told["published"]
    assert (found["cases"], found["events"], found["variants"]) == (
        published["cases"],
        published["events"],
        published["variants_by_activity"],
    )


def test_fines(fines):
    told = figures("eventlog_traffic_fines")["recomputed"]

    found = counts_of(fines)

    assert found == {name: told[name] for name in found}


def test_steps_without_their_orders_are_told(tmp_path):
    home = RealHome(tmp_path, "Europe/Rome")
    told = figures("eventlog_traffic_fines")["recomputed"]

    report = home.load(DATA / "eventlog_traffic_fines" / "events.parquet", "eventlog_traffic_fines")

    assert report.orphans == {"service_order": told["cases"]}
