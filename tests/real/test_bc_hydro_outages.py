"""Reliability of a real network: outages as they are, and one town customer by customer."""

from __future__ import annotations

from itertools import starmap

import pytest
from real.datasets import DATA, RealHome, counted, figures, needs

OUTAGES = DATA / "bc_hydro_outages" / "dev_outages.parquet"
ZONE = "America/Vancouver"
PERIOD = "2023-12-31..2024-06-30"
pytestmark = needs("bc_hydro_outages")


@pytest.fixture(scope="module")
def told():
    return figures("bc_hydro_outages")["first_half_2024"]


@pytest.fixture(scope="module")
def regions(tmp_path_factory) -> RealHome:
    """Every outage once; beneath the company its regions."""
    made = RealHome(tmp_path_factory.mktemp("bc"), ZONE)
    found = made.raw(f"SELECT DISTINCT regionId, regionName FROM '{OUTAGES}'")
    units = "".join(starmap("{},BC,{},bureau\n".format, found))
    made.text("org_unit.csv", f"org_id,parent_id,name,level\nBC,,BC,company\n{units}")
    made.load(OUTAGES, "bc_hydro_outages")
    return made


def test_every_outage_loads_once(regions):
    [(outages,)] = regions.raw(f"SELECT count(*) FROM '{OUTAGES}'")

    again = regions.load(OUTAGES, "bc_hydro_outages")

    assert counted(again) == {"read": outages, "duplicate": outages}


def test_outages_of_every_region(regions, told):
    names = dict(
        regions.raw(f"SELECT DISTINCT cast(regionId AS VARCHAR), regionName FROM '{OUTAGES}'")
    )

    company, *units = regions.figures("saifi", PERIOD, by="org")

    assert company.numerator == told["sustained_events(>5min)"]
    by_region = {names[unit.org]: unit.numerator for unit in units if unit.org in names}
    assert by_region == told["events_by_region"]
    assert regions.figure("maifi", PERIOD).numerator == told["momentary_or_short(<=5min)"]


def test_no_usage_points_are_no_index(regions):
    found = regions.figure("saifi", PERIOD)

    assert (found.value, found.reason) == (None, "figure.no_denominator")


def test_minutes_of_outages(regions):
    [(minutes, unplanned)] = regions.raw(
        "SELECT sum(m), sum(m) FILTER (cause NOT LIKE '%ork being done on our equipment') FROM "
        "(SELECT (epoch(dateOn) - epoch(dateOff)) / 60 AS m, cause "
        f"FROM '{OUTAGES}' WHERE dateOff >= '2023-12-31 00:00')"
    )

    assert regions.figure("saidi", PERIOD).numerator == pytest.approx(minutes)
    assert regions.figure("saidi_unplanned", PERIOD).numerator == pytest.approx(unplanned)


def test_causes_and_planned_work(regions, told):
    days = "WHERE started_on >= DATE '2023-12-31'"
    causes = dict(regions.rows("interruption", f"SELECT cause, count(*) {days} GROUP BY cause"))
    [(planned,)] = regions.rows("interruption", f"SELECT avg(planned::INT) {days}")

    assert told["cause_top"].items() <= causes.items()
    assert planned == pytest.approx(told["planned_share_events"])
    notice = regions.figure("outage_notice", PERIOD)
    assert (notice.numerator, notice.denominator) == (
        0,
        round(told["planned_share_events"] * told["events_used_total"]),
    )


TOWN, CUSTOMERS = "Nanaimo", 50_000
"""A town in which the number of customers is assumed: indices scale by it, CAIDI does not."""


@pytest.fixture(scope="module")
def town(tmp_path_factory) -> RealHome:
    made = RealHome(tmp_path_factory.mktemp("town"), ZONE)
    made.text("org_unit.csv", f"org_id,parent_id,name,level\n{TOWN},,{TOWN},company\n")
    points = (
        f"SELECT concat('P', range) AS usage_point_id, '{TOWN}' AS org_id, "
        f"DATE '2020-01-01' AS opened_on FROM range({CUSTOMERS})"
    )
    made.load(made.prepared("usage_point.parquet", points))
    rows = (
        "SELECT outage, concat('P', unnest(range(numCustomersOut))) AS point, "
        "dateOff, dateOn, cause FROM (SELECT *, row_number() OVER () AS outage "
        f"FROM '{OUTAGES}' WHERE municipality = '{TOWN}')"
    )
    made.load(made.prepared("outages.parquet", rows), "bc_hydro_expanded")
    return made


def test_indices_of_a_town(town):
    """SAIFI, SAIDI, CAIDI and ASAI by IEEE 1366 from customers out and their minutes."""
    raw = town.raw(
        "SELECT strftime(dateOff, '%Y-%m'), sum(numCustomersOut), "
        "sum(numCustomersOut * (epoch(dateOn) - epoch(dateOff)) / 60), day(last_day(min(dateOff))) "
        f"FROM '{OUTAGES}' WHERE municipality = '{TOWN}' AND dateOff >= '2024-01-01 00:00' "
        "GROUP BY 1 ORDER BY 1"
    )
    assert len(raw) == 6

    for month, out, minutes, days in raw:
        found = {key: town.figure(key, month).value for key in ("saifi", "saidi", "caidi", "asai")}
        assert found == pytest.approx(
            {
                "saifi": out / CUSTOMERS,
                "saidi": minutes / CUSTOMERS,
                "caidi": minutes / out,
                "asai": 1 - minutes / CUSTOMERS / (days * 24 * 60),
            }
        ), month


def test_major_events_need_a_year_before(town):
    found = town.figure("saidi_ex_med", "2024-06")

    assert found.value is None
    assert found.reason is not None
