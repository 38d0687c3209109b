"""Voltage, bills, payment and time of use, worked by hand."""

from __future__ import annotations

import pytest
from support.figures import Asker
from support.tables import CITY, CUSTOMERS

from powercx.analytics.lake.tables.reference import CUSTOMER, ORG_UNIT
from powercx.analytics.lake.tables.supply import BILL, USAGE_DAILY, VOLTAGE_MONTH
from powercx.analytics.statistics.intervals import RatioSums, ratio_delta

# n1: V_A 0.98, V_B 0.95, V_D 1 - 40/4000 = 0.99, no C. n2: only D. s1: only A.
VOLTAGE = """
point_id | org_id | point_class | month   | minutes_monitored | minutes_over | minutes_under
a        | n1     | A           | 2025-03 | 1000              | 10           | 10
b        | n1     | B           | 2025-03 | 1000              | 0            | 50
d1       | n1     | D           | 2025-03 | 1000              | 30           | 0
d2       | n1     | D           | 2025-03 | 3000              | 10           | 0
d3       | n2     | D           | 2025-03 | 1000              | 0            | 20
a2       | s1     | A           | 2025-03 | 1000              | 0            | 100
a        | n1     | A           | 2025-02 | 3000              | 0            | 0
c        | n1     | C           | 2025-02 | 2000              | 100          | 0
"""
# Known until 20 March, the last payment.
BILLS = """
bill_id | org_id | customer_id | issued_on  | amount_cny | due_on     | paid_on    | paid_cny | error_kind | error_cny
right   | n1     | home        | 2025-01-10 | 100.00     | 2025-01-31 | 2025-01-31 | 100.00   | none       |
wrong   | n1     | home        | 2025-01-15 | 200.50     | 2025-02-10 | 2025-02-11 | 200.50   | reading    | -20.25
unpaid  | n1     | home2       | 2025-01-20 | 300.00     | 2025-02-10 |            |          |            |
slow    | n1     | home2       | 2025-01-20 | 50.00      | 2025-02-10 | 2025-03-03 | 50.00    | none       | 0
march   | n1     | home        | 2025-02-20 | 400.00     | 2025-03-20 | 2025-03-20 | 400.00   | none       |
ahead   | n1     | home        | 2025-02-25 | 80.00      | 2025-03-21 |            |          | pricing    | 5.10
partly  | n2     | shop        | 2025-01-31 | 60.00      |            | 2025-02-05 | 20.00    | none       |
"""  # noqa: E501 - a table reads across
# home changes to time of use on 11 March.
TARIFFS = """
customer_id | org_id | usage_category | opened_on  | valid_from | tariff
home        | n1     | residential    | 2020-01-01 |            | flat
home        | n1     | residential    | 2020-01-01 | 2025-03-11 | tou
shop        | n2     | commercial     | 2020-01-01 |            | tou
home2       | n2     | residential    | 2020-01-01 |            | flat
"""
USAGE = """
usage_point_id | org_id | customer_id | date       | kwh    | valley_kwh
u1             |        | home        | 2025-03-10 | 100    | 90
u1             |        | home        | 2025-03-11 | 10.125 | 4.050
u1             |        | home        | 2025-03-12 | 10     |
u4             |        | shop        | 2025-03-10 | 40     | 10
u3             |        | home2       | 2025-03-10 | 40     | 10
"""


@pytest.fixture(scope="module")
def voltage(world) -> Asker:
    return world({ORG_UNIT: CITY, VOLTAGE_MONTH: VOLTAGE})


@pytest.mark.parametrize(
    ("org", "period", "value"),
    [
        ("n1", "2025-03", 0.5 * 0.98 + 0.5 * (0.95 + 0.99) / 2),
        ("n2", "2025-03", 0.98),
        ("s1", "2025-03", 0.9),
        # A: (20 + 100) of 2000; B 50 of 1000; D 60 of 5000.
        ("city", "2025-03", 0.5 * 0.94 + 0.5 * (0.95 + 0.988) / 2),
        # Minutes are pooled over the months: A 20 of 4000, B 0.95, C 100 of 2000, D 0.99.
        ("n1", "2025Q1", 0.5 * 0.995 + 0.5 * (0.95 + 0.95 + 0.99) / 3),
        ("n1", "2025-02..2025-03", 0.5 * 0.995 + 0.5 * (0.95 + 0.95 + 0.99) / 3),
        ("n2", "2025-02", None),
        ("n1", "2025-03-01", None),
        ("n1", "2025-03-01..2025-03-30", None),
        ("n1", "2025-W10", None),
    ],
)
def test_voltage_weighs_class_a_against_the_mean_of_the_others(voltage, org, period, value):
    found = voltage.value("voltage_compliance", org=org, period=period)

    assert found == (None if value is None else pytest.approx(value, rel=1e-12))


@pytest.fixture(scope="module")
def bills(world) -> Asker:
    return world({ORG_UNIT: CITY, CUSTOMER: CUSTOMERS, BILL: BILLS})


def test_bill_error_leaves_out_bills_of_unknown_state(bills):
    # January: wrong of right, wrong, slow, partly; `unpaid` does not say.
    assert bills("bill_error", period="2025-01") == [
        {"org": "city", "numerator": 1, "denominator": 4, "value": 0.25}
    ]
    assert bills.value("bill_error_10k", period="2025-01") == 2500


def test_charge_error_is_of_all_bills_whichever_way_it_goes(bills):
    [row] = bills("charge_error", period="2025-01")

    assert (row["numerator"], row["denominator"]) == (20.25, 710.5)
    assert row["value"] == pytest.approx(20.25 / 710.5, rel=1e-12)


def test_charge_error_has_its_interval_from_customers(bills):
    # January by customer: home 20.25 of 300.50, home2 0 of 350, shop 0 of 60.
    [figure] = bills.answer("charge_error", orgs=["city"], periods=["2025-01"]).rows

    units = RatioSums(
        n=3,
        x=20.25,
        y=710.5,
        xx=20.25**2,
        xy=20.25 * 300.5,
        yy=300.5**2 + 350**2 + 60**2,
    )
    assert (figure.low, figure.high) == pytest.approx(ratio_delta(units), rel=1e-9)


def test_intervals_of_charges_are_the_same_asked_together_or_alone(bills):
    orgs, periods = ["city", "north", "n1", "n2", "south"], ["2025-01", "2025-02", "2025Q1"]

    for by in (None, "class", "channel"):
        together = bills.answer("charge_error", orgs=orgs, periods=periods, by=by).rows
        alone = [
            figure
            for org in orgs
            for period in periods
            for figure in bills.answer("charge_error", orgs=[org], periods=[period], by=by).rows
        ]
        assert together == alone
        assert any(figure.low is not None for figure in together)


def test_collection_counts_what_was_paid_until_30_days_after_the_end(bills):
    # January: until 2 March. right, wrong and the 20 of partly; slow came on the 3rd.
    assert bills("collection", period="2025-01") == [
        {"org": "city", "numerator": 320.5, "denominator": 710.5, "value": 320.5 / 710.5}
    ]


def test_collection_of_a_shorter_period_ends_earlier(bills):
    # Until 9 February: right is paid; wrong was on the 11th, seen until the 14th.
    rows = bills("collection", org="n1", period="2025-01-10,2025-01-10..2025-01-15")

    assert [(r["numerator"], r["denominator"]) for r in rows] == [(100, 100), (300.5, 300.5)]


def test_collection_adds_over_units_but_not_over_time(bills):
    # Seen from 3 February on, slow counts: until 5 March.
    rows = bills("collection", org="n1,n2,city", period="2025-01-10..2025-02-03")

    assert [r["numerator"] for r in rows] == [350.5, 20, 370.5]


def test_collection_is_no_data_before_the_30_days_are_over(bills):
    # Known until 20 March: the last end that can be judged is 18 February.
    values = [
        bills.value("collection", period=period)
        for period in ("2025-01-10..2025-02-18", "2025-01-10..2025-02-19", "2025-02", "2025Q1")
    ]

    assert values == [370.5 / 710.5, None, None, None]


def test_on_time_payment_is_of_bills_due_within_the_data(bills):
    # January: right, to the day. February: wrong a day late, unpaid, slow. March: march to the
    # day; ahead is due on the 21st, beyond the data. partly has no due date.
    rows = bills("on_time_payment", period="2025-01,2025-02,2025-03")

    assert [(r["numerator"], r["denominator"]) for r in rows] == [(1, 1), (0, 3), (1, 1)]


def test_valley_share_is_of_customers_on_time_of_use_on_the_day(world):
    usage = world({ORG_UNIT: CITY, CUSTOMER: TARIFFS, USAGE_DAILY: USAGE})

    # home from the 11th: 4.05 of 10.125 (the 12th's valley is not known); shop 10 of 40.
    rows = usage("peak_shift", org="n1,n2,city", period="2025-03")

    assert [(r["numerator"], r["denominator"]) for r in rows] == [
        *((4.05, 10.125), (10, 40), (14.05, 50.125))
    ]
