"""Half-hourly readings of Australian homes: summed to local days, and never taken for days."""

from __future__ import annotations

from decimal import Decimal

import pytest
from real.datasets import DATA, RealHome, figures, needs

FILE = DATA / "sgsc_smart_meter10" / "halfhourly.parquet"
ZONE = "Australia/Sydney"
pytestmark = needs("sgsc_smart_meter10")
DAYS = (
    "SELECT customer_id, cast(reading_datetime AS DATE) AS day, count(*) AS readings, "
    "sum(x) AS kwh, coalesce(sum(x) FILTER (hour(reading_datetime) BETWEEN 14 AND 19), 0) "
    "AS peak_kwh, coalesce(sum(x) FILTER (hour(reading_datetime) < 7), 0) AS valley_kwh "
    f"FROM (SELECT *, cast(general_supply_kwh AS DECIMAL(12,3)) AS x FROM '{FILE}') GROUP BY ALL"
)


@pytest.fixture(scope="module")
def told():
    return figures("sgsc_smart_meter10")["recomputed"]


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> RealHome:
    made = RealHome(tmp_path_factory.mktemp("sgsc"), ZONE)
    people = "".join(f"{who},residential,tou,2012-01-01\n" for (who,) in made.raw(CUSTOMERS))
    made.text("customer.csv", f"customer_id,usage_category,tariff,opened_on\n{people}")
    made.load(made.prepared("days.parquet", DAYS), "sgsc_smart_meter10_days")
    return made


CUSTOMERS = f"SELECT DISTINCT customer_id FROM '{FILE}'"


def test_no_energy_is_lost(home, told):
    [(homes, energy, parts)] = home.rows(
        "usage_daily",
        "SELECT count(DISTINCT customer_id), sum(kwh), sum(peak_kwh + flat_kwh + valley_kwh)",
    )

    assert homes == told["customers"]
    assert energy == parts == Decimal(str(told["total_kwh"]))


def test_mean_half_hour_of_every_home(home, told):
    readings = dict(home.raw(f"SELECT customer_id, count(*) FROM '{FILE}' GROUP BY customer_id"))
    energy = dict(
        home.rows("usage_daily", "SELECT customer_id, sum(kwh)::DOUBLE GROUP BY customer_id")
    )

    means = {who: energy[who] / readings[who] for who in energy}

    assert sum(readings.values()) == told["rows"]
    assert means == pytest.approx(told["mean_kwh_per_halfhour"], abs=1e-6)


def test_share_of_the_valley_by_month(home):
    raw = home.raw(
        "SELECT strftime(day, '%Y-%m'), sum(valley_kwh)::DOUBLE, sum(kwh)::DOUBLE "
        f"FROM ({DAYS}) WHERE day BETWEEN '2012-03-01' AND '2014-02-28' GROUP BY 1 ORDER BY 1"
    )

    found = home.figures("peak_shift", "2012-03..2014-02", by="month")

    assert [f.period.label for f in found] == [month for month, *_ in raw]
    assert [f.value for f in found] == pytest.approx([v / whole for _, v, whole in raw])


def test_days_on_which_the_clock_changes_stay_whole(home):
    """An instant keeps its local day on the days of 23 and 25 hours."""
    for day in ("2012-10-07", "2013-04-07", "2013-10-06"):
        [(raw,)] = home.raw(
            f"SELECT sum(general_supply_kwh) FROM '{FILE}' "
            f"WHERE cast(reading_datetime AS DATE) = '{day}'"
        )
        [(energy,)] = home.rows("usage_daily", f"SELECT sum(kwh)::DOUBLE WHERE date = '{day}'")
        assert energy == pytest.approx(raw), day


def test_half_hours_are_not_taken_for_days(tmp_path, told):
    home = RealHome(tmp_path, ZONE)

    report = home.load(FILE, "sgsc_smart_meter10_raw")

    # Different rows of one day are all set aside; a day on which all are alike is one row.
    [(alike,)] = home.raw(
        "SELECT count(*) FROM (SELECT count(DISTINCT round(general_supply_kwh, 3)) AS n "
        f"FROM '{FILE}' GROUP BY customer_id, cast(reading_datetime AS DATE)) WHERE n = 1"
    )
    assert (report.read, report.loaded) == (told["rows"], alike)
    assert report.reasons == {"conflicting_key": report.quarantined}
