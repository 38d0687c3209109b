"""Connections on the calendar of the Spring Festival 2025.

Off from 28 January to 4 February; Sunday 26 January and Saturday 8 February are made up for.
Limits (State Grid 2022, to which China Southern Grid falls back): residential 5 working days, low
voltage 6, high voltage 22 or 32.
"""

from __future__ import annotations

import pytest
from support.figures import Asker
from support.tables import CITY, CUSTOMERS

from powercx.analytics.lake.tables.reference import CUSTOMER, ORG_UNIT
from powercx.analytics.lake.tables.service import SERVICE_ORDER

# Working days in (24 January, 7 February]: 26 and 27 January, 5, 6 and 7 February.
ORDERS = """
order_id | org_id | customer_id | type_l1    | status    | accepted_at      | completed_at     | voltage_level
five     | n1     | home        | connection | done      | 2025-01-24 17:00 | 2025-02-07 09:00 | low
six      | n1     | home        | connection | done      | 2025-01-24 09:00 | 2025-02-08 09:00 | low
never    | n1     | home        | connection | open      | 2025-01-24 09:00 |                  | low
high     | n1     | home        | connection | done      | 2025-01-24 09:00 | 2025-02-10 09:00 | high_single
shop     | n2     | shop        | connection | done      | 2025-01-24 09:00 | 2025-02-08 09:00 | low
weekend  | n2     | home2       | connection | done      | 2025-02-14 09:00 | 2025-02-23 09:00 | low
monday   | n2     | home2       | connection | done      | 2025-02-14 09:00 | 2025-02-24 09:00 | low
plant    | n2     | plant       | connection | done      | 2025-01-02 09:00 | 2025-02-12 09:00 | high_single
unknown  | n2     | shop        | connection | done      | 2025-02-10 09:00 | 2025-02-11 09:00 |
stopped  | n2     | shop        | connection | cancelled | 2025-02-10 09:00 | 2025-02-11 09:00 | low
other    | n2     | shop        | change     | done      | 2025-02-10 09:00 | 2025-02-11 09:00 | low
young    | n2     | shop        | connection | open      | 2025-03-05 09:00 |                  | low
last     | n2     | shop        | enquiry    | done      | 2025-03-06 09:00 | 2025-03-06 10:00 |
"""  # noqa: E501 - a table reads across


@pytest.fixture(scope="module")
def festival(world) -> Asker:
    return world({ORG_UNIT: CITY, CUSTOMER: CUSTOMERS, SERVICE_ORDER: ORDERS})


def test_on_time_counts_an_order_once_on_the_day_it_is_decided(festival):
    days = festival("connection_on_time", org="n1", period="2025-02-07,2025-02-08,2025-02-10")

    # On the 7th `five` is done on its fifth working day. On the 8th, the sixth, the others are
    # late: `six` finished that day, `high` later (residential goes by category, not voltage),
    # `never` not at all.
    assert days == [
        {"org": "n1", "period": "2025-02-07", "numerator": 1, "denominator": 1, "value": 1.0},
        {"org": "n1", "period": "2025-02-08", "numerator": 0, "denominator": 3, "value": 0.0},
        {"org": "n1", "period": "2025-02-10", "numerator": 0, "denominator": 0, "value": None},
    ]


def test_on_time_leaves_out_undecided_cancelled_and_unlimited_orders(festival):
    # n2: `shop` 6 of 6, `weekend` 5 of 5 on a Sunday, `monday` 6 of 5, `plant` 25 of 22 (below).
    # `unknown` has no limit, `stopped` is cancelled, `young` is not decided by 6 March.
    assert festival("connection_on_time", org="n2", period="2025-02..2025-03") == [
        {"org": "n2", "numerator": 2, "denominator": 4, "value": 0.5}
    ]


def test_on_time_is_told_by_voltage_level(festival):
    assert festival("connection_on_time", period="2025-02", by="voltage_level") == [
        {"org": "city", "segment": "high_single", "numerator": 0, "denominator": 2, "value": 0.0},
        {"org": "city", "segment": "low", "numerator": 3, "denominator": 6, "value": 0.5},
    ]


def test_high_voltage_order_is_late_on_its_23rd_working_day(festival):
    # Working days after 2 January: 17 in January (3, 6-10, 13-17, 20-24, 26), then 27 January is
    # the 18th, 5, 6, 7 and 8 February are the 19th to 22nd; the 10th is the 23rd.
    days = festival("connection_on_time", org="n2", period="2025-02-10", by="voltage_level")

    assert days == [
        {"org": "n2", "segment": "high_single", "numerator": 0, "denominator": 1, "value": 0.0}
    ]


def test_time_is_the_mean_of_working_days_of_completed_orders(festival):
    # n1: five 5, six 6, high 7 (10 February is the 7th working day after 24 January).
    assert festival("connection_time", org="n1", period="2025-02") == [
        {"org": "n1", "numerator": 18, "denominator": 3, "value": 6.0}
    ]


def test_time_of_any_voltage_level_counts_and_cancelled_orders_do_not(festival):
    # n2: shop 6, weekend 5, monday 6, plant 25 (24th: 11, 25th: 12 February), unknown 1.
    assert festival("connection_time", org="n2", period="2025-02", by="voltage_level") == [
        {"org": "n2", "segment": "high_single", "numerator": 25, "denominator": 1, "value": 25.0},
        {"org": "n2", "segment": "low", "numerator": 17, "denominator": 3, "value": 17 / 3},
        {"org": "n2", "segment": None, "numerator": 1, "denominator": 1, "value": 1.0},
    ]


def test_on_time_of_a_time_without_decisions_is_no_data_and_not_zero(festival):
    assert festival("connection_on_time", period="2024-12") == [
        {"org": "city", "numerator": 0, "denominator": 0, "value": None}
    ]
