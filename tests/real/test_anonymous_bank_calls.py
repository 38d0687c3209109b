"""Hotline measures of the calls of a real call centre."""

from __future__ import annotations

from datetime import date

import pytest
from real.datasets import DATA, RealHome, counted, figures, needs

from powercx.analytics.measures import service

CALLS = DATA / "anonymous_bank_calls" / "dev_feb01_14.parquet"
ZONE = "Asia/Jerusalem"
PERIOD = "1999-02-01..1999-02-14"
USED = "WHERE answered IS NOT NULL"
pytestmark = needs("anonymous_bank_calls")


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> RealHome:
    made = RealHome(tmp_path_factory.mktemp("bank"), ZONE)
    made.load(CALLS, "anonymous_bank_calls")
    return made


@pytest.fixture(scope="module")
def told():
    return figures("anonymous_bank_calls")["1-14 Feb"]


def test_every_call_loads_once(home):
    [(calls,)] = home.raw(f"SELECT count(*) FROM '{CALLS}'")

    again = home.load(CALLS, "anonymous_bank_calls")

    assert counted(again) == {"read": calls, "duplicate": calls}
    assert (again.first, again.last) == (date(1999, 2, 1), date(1999, 2, 14))


def test_calls_abandoned(home, told):
    found = home.figure("hotline_abandon", PERIOD)

    assert (found.numerator, found.denominator) == (told["outcome"]["HANG"], told["calls"])
    assert found.value == pytest.approx(told["abandon_rate_all"])
    assert found.low < found.value < found.high


def test_calls_without_an_outcome_are_told(home, told):
    home.figure("hotline_abandon", PERIOD)
    [(calls,)] = home.raw(f"SELECT count(*) FROM '{CALLS}'")

    with service.open_session(home.home) as session:
        explained = session.explain("hotline_abandon", period=PERIOD).to_json()

    assert explained["rows"] == {
        "counted": told["calls"],
        "left_out": {"null:abandoned": calls - told["calls"]},
    }


def test_calls_answered_within_twenty_seconds(home, told):
    # Theirs is a share of the calls answered, ours of all offered: one number, two bases.
    answered = told["outcome"]["AGENT"]

    found = home.figure("hotline_answer_20s", PERIOD)

    assert found.denominator == told["calls"]
    assert found.numerator / answered == pytest.approx(told["served_within_20s_of_queue"])
    assert found.value == pytest.approx(
        told["served_within_20s_of_queue"] * answered / told["calls"]
    )


def test_calls_of_every_weekday(home, told):
    days = home.figures("hotline_abandon", PERIOD, by="month")
    assert [day.denominator for day in days] == [told["calls"]]

    weekdays = dict.fromkeys(map(str, range(7)), 0.0)
    for day in range(1, 15):
        found = home.figure("hotline_abandon", f"1999-02-{day:02}")
        weekdays[str(date(1999, 2, day).weekday())] += found.denominator
    assert weekdays == told["calls_by_weekday"]


def test_waiting_and_talking(home, told):
    [(queued, waiting)] = home.rows(
        "contact", f"SELECT count(*), avg(wait_s) {USED} AND wait_s > 0"
    )
    [(talking, half)] = home.rows(
        "contact", f"SELECT avg(talk_s), median(talk_s) {USED} AND answered AND talk_s > 0"
    )
    served = f"{USED} AND answered AND talk_s > 0"
    by_type = home.rows(
        "contact", f"SELECT business_type, avg(talk_s) {served} GROUP BY business_type"
    )
    by_priority = home.rows(
        "contact", f"SELECT touchpoint, avg(wait_s) {USED} AND wait_s > 0 GROUP BY touchpoint"
    )

    assert (queued, waiting) == (told["queued_calls"], pytest.approx(told["mean_q_time_queued_s"]))
    assert (talking, half) == (pytest.approx(told["mean_ser_time_s"]), told["median_ser_time_s"])
    assert dict(by_type) == pytest.approx(told["by_type_mean_ser"], abs=0.001)
    assert dict(by_priority) == pytest.approx(told["by_priority_mean_q"], abs=0.001)


def test_customers_who_called_again(home):
    # Nobody printed it; an independent count over the raw calls, whose days are whole.
    [(again, known)] = home.raw(
        "WITH calls AS (SELECT customer_id AS who, "
        "date + cast(vru_entry AS INTERVAL) - lag(date + cast(vru_entry AS INTERVAL)) OVER "
        "(PARTITION BY customer_id, type ORDER BY date + cast(vru_entry AS INTERVAL)) AS gap "
        f"FROM '{CALLS}' WHERE customer_id > 0) "
        "SELECT count(DISTINCT who) FILTER (gap <= INTERVAL 30 DAY), count(DISTINCT who) FROM calls"
    )

    found = home.figure("repeat_contact_30d", PERIOD)

    assert (found.numerator, found.denominator) == (again, known)
