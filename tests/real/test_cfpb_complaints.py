"""Real complaints: counts by month, product and channel, answers in time, what people wrote."""

from __future__ import annotations

import pytest
from real.datasets import DATA, RealHome, counted, needs, numerators, same_but_masked

FILE = DATA / "cfpb_complaints" / "dev_complaints.parquet"
PERIOD = "2015..2020"
SERVED = 1_000_000
pytestmark = needs("cfpb_complaints")


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> RealHome:
    made = RealHome(tmp_path_factory.mktemp("cfpb"), "America/New_York")
    made.load(FILE, "cfpb_complaints")
    return made


def test_every_complaint_loads_once(home):
    [(complaints,)] = home.raw(f"SELECT count(*) FROM '{FILE}'")

    assert counted(home.load(FILE, "cfpb_complaints")) == {
        "read": complaints,
        "duplicate": complaints,
    }


def test_complaints_of_every_month(home):
    raw = home.raw(
        f"""SELECT strftime("Date received", '%Y-%m'), count(*) FROM '{FILE}' GROUP BY 1"""
    )

    found = home.figures("complaint_rate", PERIOD, by="month")

    assert {f.period.label: f.numerator for f in found if f.numerator} == dict(raw)


def test_complaints_about_every_product(home):
    raw = home.raw(f"SELECT \"Product\", count(*) FROM '{FILE}' GROUP BY 1")

    assert numerators(home.figures("complaint_rate", PERIOD, by="type_l2")) == dict(raw)


def test_complaints_made_online(home):
    [(online, complaints)] = home.raw(
        """SELECT count(*) FILTER ("Submitted via" IN ('Web', 'Referral')), count(*) """
        f"FROM '{FILE}'"
    )

    found = home.figure("online_share", PERIOD)

    assert (found.numerator, found.denominator) == (online, complaints)


def test_answered_in_time(home):
    [(timely, complaints)] = home.raw(
        f"""SELECT count(*) FILTER ("Timely response?" = 'Yes'), count(*) FROM '{FILE}'"""
    )

    found = home.figure("order_on_time", PERIOD)

    assert (found.numerator, found.denominator) == (timely, complaints)
    assert found.value == pytest.approx(timely / complaints)


def test_narratives(tmp_path):
    home = RealHome(tmp_path, "America/New_York")
    report = home.load(FILE, "cfpb_narratives")
    columns = 'cast("Complaint ID" AS VARCHAR), "Consumer complaint narrative"'
    raw = dict(home.raw(f"SELECT {columns} FROM '{FILE}'"))

    found = dict(home.rows("feedback", "SELECT feedback_id, text"))

    assert counted(report) == {"read": len(raw), "loaded": len(raw)}
    assert all(same_but_masked(raw[key] or "", found[key] or "") for key in raw)
    assert sum(raw[key] != found[key] for key in raw) < 0.03 * len([t for t in raw.values() if t])
