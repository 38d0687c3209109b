"""Orders of all types; the orders are known until 31 March 2025, their latest local day."""

from __future__ import annotations

import pytest
from support.figures import Asker
from support.tables import CITY, CUSTOMERS

from powercx.analytics.lake.tables.reference import CUSTOMER, ORG_UNIT
from powercx.analytics.lake.tables.service import SERVICE_ORDER
from powercx.analytics.statistics.intervals import poisson_exact

DUE = """
order_id | org_id | type_l1 | status    | accepted_at      | due_at           | completed_at
in_time  | n1     | enquiry | done      | 2025-03-08 09:00 | 2025-03-10 18:00 | 2025-03-10 18:00
minute   | n1     | enquiry | done      | 2025-03-08 09:00 | 2025-03-10 18:00 | 2025-03-10 18:01
twenty   | n1     | enquiry | done      | 2025-02-20 09:00 | 2025-02-28 18:00 | 2025-03-20 09:00
open     | n1     | enquiry | open      | 2025-03-08 09:00 | 2025-03-30 12:00 |
young    | n1     | enquiry | open      | 2025-03-08 09:00 | 2025-03-31 12:00 |
limitless| n1     | enquiry | done      | 2025-03-08 09:00 |                  | 2025-03-09 09:00
stopped  | n1     | enquiry | cancelled | 2025-03-08 09:00 | 2025-03-10 18:00 | 2025-03-09 09:00
last     | s1     | praise  | open      | 2025-03-31 09:00 |                  |
"""
# Hours: in_time 57, minute 57 + 1/60, twenty 672, limitless 24.
FACE = """
order_id | org_id | customer_id | type_l1    | status    | channel | accepted_at       | completed_at      | face_scan | face_scan_eligible | referred_by | callback_score
a        | n1     | home        | connection | done      | app     | 2025-03-03 16:30Z | 2025-03-10 10:00  | yes       |                    | shop        | 5
b        | n1     | home        | change     | done      | hall    | 2025-03-04 10:00  | 2025-03-10 10:00  | no        |                    |             | 3
c        | n1     | home        | change     | done      | wechat  | 2025-03-04 10:00  | 2025-03-10 10:00  | yes       | no                 |             |
d        | n1     | home        | billing    | open      | gov     | 2025-03-04 10:00  |                   | no        | yes                |             | 5
e        | n1     | home        | billing    | done      |         | 2025-03-04 10:00  | 2025-04-01 10:00  |           |                    |             | 4
f        | n1     | home        | change     | open      | kiosk   | 2025-03-04 10:00  |                   |           |                    |             |
g        | n1     | home        | change     | cancelled | app     | 2025-03-04 10:00  | 2025-03-10 10:00  | yes       |                    | shop        | 1
"""  # noqa: E501 - a table reads across
COMPLAINTS = """
order_id | org_id | customer_id | type_l1   | type_l2 | status    | accepted_at      | regulator
a        | n1     | home        | complaint | service | done      | 2025-03-01 00:00 | none
b        | n1     | home        | complaint | outage  | open      | 2025-03-31 23:59 | 12398
c        | n2     | shop        | complaint | outage  | open      | 2025-03-15 12:00 |
d        | n2     | shop        | complaint | outage  | cancelled | 2025-03-15 12:00 | 12398
e        | n2     | shop        | opinion   |         | open      | 2025-03-15 12:00 | 12398
f        | n1     | home        | complaint | service | done      | 2025-02-28 23:59 | none
g        | n1     | home        | complaint | service | done      | 2024-03-05 12:00 | none
h        | s1     | farm        | complaint | service | done      | 2024-03-06 12:00 | none
i        | s1     | farm        | complaint | service | done      | 2024-03-31 12:00 | none
j        | s1     | farm        | enquiry   |         | done      | 2025-04-02 12:00 | none
"""
# Open in March: `home` 31 days, `late` 16, `gone` 9 (its last day is the 9th): 56/31 at n1.
OPEN = """
customer_id | org_id | usage_category | opened_on  | closed_on  | status
home        | n1     | residential    | 2020-01-01 |            | closed
late        | n1     | residential    | 2025-03-16 |            | active
gone        | n1     | residential    | 2020-01-01 | 2025-03-10 | active
shop        | n2     | commercial     | 2020-01-01 |            |
farm        | s1     | agricultural   | 2025-01-01 |            |
"""


@pytest.fixture(scope="module")
def due(world) -> Asker:
    return world({ORG_UNIT: CITY, SERVICE_ORDER: DUE})


def test_on_time_counts_an_order_once_on_the_day_it_is_decided(due):
    days = due("order_on_time", period="2025-03-01,2025-03-10,2025-03-11,2025-03-20,2025-03-31")

    assert [(r["numerator"], r["denominator"]) for r in days] == [
        *((0, 1), (1, 1), (0, 1), (0, 0), (0, 1))
    ]


def test_on_time_leaves_out_the_undecided_the_limitless_and_the_cancelled(due):
    assert due("order_on_time", period="2025-03") == [
        {"org": "city", "numerator": 1, "denominator": 4, "value": 0.25}
    ]


def test_duration_is_in_hours_by_completion(due):
    [row] = due("order_duration", period="2025-03")

    assert row["denominator"] == 4
    assert row["value"] == pytest.approx((57 + 57 + 1 / 60 + 672 + 24) / 4, abs=1e-9)


def test_percentiles_lie_within_the_stated_error_of_the_histogram(due):
    # Of 24, 57, 57.02 and 672 hours the median lies at 57, the nine tenths at the last.
    assert due.value("order_duration_p50", period="2025-03") == pytest.approx(57, rel=0.01)
    assert due.value("order_duration_p90", period="2025-03") == pytest.approx(672, rel=0.01)


@pytest.fixture(scope="module")
def face(world) -> Asker:
    return world({ORG_UNIT: CITY, CUSTOMER: CUSTOMERS, SERVICE_ORDER: FACE})


def test_online_share_leaves_out_orders_of_unknown_channel(face):
    # Online: a app, c wechat, d gov; not: b hall, f kiosk. e has no channel, g is cancelled.
    assert face("online_share", period="2025-03") == [
        {"org": "city", "numerator": 3, "denominator": 5, "value": 0.6}
    ]


def test_an_order_of_half_past_midnight_belongs_to_the_new_local_day(face):
    days = face("online_share", period="2025-03-03,2025-03-04")

    assert [(r["numerator"], r["denominator"]) for r in days] == [(0, 0), (3, 5)]


def test_face_scan_is_of_eligible_orders_or_connections_and_changes(face):
    # Eligible: a and b by type, d as said; c is said not to be; f's use is not known.
    assert face("face_scan_share", period="2025-03") == [
        {"org": "city", "numerator": 1, "denominator": 3, "value": 1 / 3}
    ]


def test_referral_is_of_all_orders(face):
    assert face("referral", period="2025-03") == [
        {"org": "city", "numerator": 1, "denominator": 6, "value": 1 / 6}
    ]


def test_callback_is_of_completed_orders_with_a_score_by_completion(face):
    months = face("callback_satisfaction", period="2025-03,2025-04")

    assert [(r["numerator"], r["denominator"]) for r in months] == [(1, 2), (1, 1)]


@pytest.fixture(scope="module")
def complaints(world) -> Asker:
    return world({ORG_UNIT: CITY, CUSTOMER: OPEN, SERVICE_ORDER: COMPLAINTS})


def test_complaint_rate_is_per_ten_thousand_customers_served(complaints):
    [row] = complaints("complaint_rate", org="n1", period="2025-03")

    assert row["numerator"] == 2
    assert row["denominator"] == pytest.approx(56 / 31)
    assert row["value"] == pytest.approx(10_000 * 2 / (56 / 31))


def test_complaint_rate_is_of_the_period_and_not_per_month(complaints):
    # February and March at n1: 3 complaints; home 59, late 16, gone 28 + 9 customer-days of 59.
    value = complaints.value("complaint_rate", org="n1", period="2025-02..2025-03")

    assert value == pytest.approx(10_000 * 3 / ((59 + 16 + 37) / 59))


def test_complaints_are_told_by_kind_over_all_customers(complaints):
    rows = complaints("complaint_rate", org="city", period="2025-03", by="type_l2")

    assert [(r["segment"], r["numerator"]) for r in rows] == [("outage", 2), ("service", 1)]
    assert [r["denominator"] for r in rows] == pytest.approx([56 / 31 + 2] * 2)


def test_regulator_complaints_are_those_that_went_through_it(complaints):
    [row] = complaints("regulator_complaint", org="city", period="2025-03")

    assert row["numerator"] == 1
    assert row["value"] == pytest.approx(10_000 / (56 / 31 + 2))


def test_complaint_change_is_against_the_same_days_a_year_earlier(complaints):
    # City: 3 in March 2025, 3 in March 2024. n1: 2 and 1. n2: none the year before.
    values = [
        complaints.value("complaint_change", org=org, period="2025-03")
        for org in ("city", "n1", "s1", "n2")
    ]

    assert values == [0.0, 1.0, -1.0, None]


def test_complaint_change_after_the_data_is_no_data(complaints):
    # Known until 2 April 2025: that nobody complained in March 2026 is not known.
    assert complaints.value("complaint_change", period="2026-03") is None


def test_complaint_rate_before_the_data_begins_is_no_data(complaints):
    assert complaints.value("complaint_rate", org="n1", period="2023") is None


def test_complaint_rate_of_a_unit_without_customers_is_no_data(complaints):
    # s1 had no customer in 2024, when two complained.
    assert complaints("complaint_rate", org="s1", period="2024-03") == [
        {"org": "s1", "numerator": 2, "denominator": 0, "value": None}
    ]


def test_complaint_rate_of_a_class_nobody_complained_in_is_zero(complaints):
    rows = complaints("complaint_rate", org="city", period="2025-03", by="class")

    # farm, the only one of its class, did not complain in March 2025.
    assert [(r["segment"], r["numerator"], r["denominator"]) for r in rows] == [
        ("agricultural", 0, 1),
        ("commercial", 1, 1),
        ("residential", 2, pytest.approx(56 / 31)),
    ]


def test_complaint_change_of_a_class_that_stopped_complaining_is_all_of_it(complaints):
    rows = complaints("complaint_change", org="city", period="2025-03", by="class")

    assert {r["segment"]: r["value"] for r in rows} == {
        "agricultural": -1.0,
        "commercial": None,
        "residential": 1.0,
    }


def test_complaint_rate_has_the_exact_interval_of_its_count(complaints):
    [figure] = complaints.answer("complaint_rate", orgs=["n1"], periods=["2025-03"]).rows

    expected = poisson_exact(2, 56 / 31 / 10_000)
    assert (figure.low, figure.high) == pytest.approx(expected)
