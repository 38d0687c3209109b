"""Who is counted, when and where: opening days, versions, orphans."""

from __future__ import annotations

import pytest
from support.figures import Asker
from support.tables import CITY

from powercx.analytics.lake.tables.reference import CUSTOMER, ORG_UNIT
from powercx.analytics.lake.tables.service import SERVICE_ORDER

# mover goes from n1 to n2, from residential to commercial and to electronic bills on 16 March.
# closing leaves by choice with 10 March; moved, for another reason; the status says nothing.
CUSTOMERS = """
customer_id | valid_from | org_id | usage_category | opened_on  | closed_on  | close_reason | e_bill | auto_pay | status
mover       |            | n1     | residential    | 2024-01-01 |            |              | no     | yes      | closed
mover       | 2025-03-16 | n2     | commercial     | 2024-01-01 |            |              | yes    | no       | active
closing     |            | n1     | residential    | 2024-01-01 | 2025-03-10 | by_choice    | yes    |          | active
moved       |            | n1     | residential    | 2024-01-01 | 2025-03-31 | moved        | yes    | yes      | active
opening     |            | n2     | residential    | 2025-03-31 |            |              | yes    | yes      |
brief       |            | s1     | agricultural   | 2025-03-05 | 2025-03-05 | by_choice    | yes    | yes      |
dateless    |            | s1     | agricultural   |            |            |              | yes    | yes      |
stray       |            | gone   | residential    | 2024-01-01 |            |              | yes    | yes      |
homeless    |            |        | residential    | 2024-01-01 |            |              |        |          |
"""  # noqa: E501 - a table reads across
ORDERS = """
order_id | org_id | customer_id | type_l1   | channel | accepted_at
before   |        | mover       | complaint | app     | 2025-03-15 23:59
after    |        | mover       | complaint | app     | 2025-03-16 00:00
own      | s1     | mover       | complaint | hall    | 2025-03-16 00:00
orphan   |        | nobody      | complaint | hall    | 2025-03-16 00:00
lost     | nowhere| closing     | complaint | hall    | 2025-03-05 12:00
bureau   | north  |             | complaint |         | 2025-03-05 12:00
last     | city   |             | enquiry   | hall    | 2025-04-30 12:00
"""


@pytest.fixture(scope="module")
def people(world) -> Asker:
    return world({ORG_UNIT: CITY, CUSTOMER: CUSTOMERS, SERVICE_ORDER: ORDERS})


def _parts(rows):
    return [(row["numerator"], row["denominator"]) for row in rows]


def test_share_of_customers_is_of_those_open_on_the_last_day(people):
    # 15 March: mover (no), moved, stray. 31 March: mover at n2, opening, stray. Closing and moved
    # are gone, brief was never open for a day, dateless has no dates; homeless is not known of.
    rows = people("ebill_share", org="city", period="2025-03-15,2025-03")

    assert _parts(rows) == [(2, 3), (3, 3)]


def test_share_of_a_longer_period_is_that_of_its_last_day(people):
    rows = people("ebill_share", org="city", period="2025Q1,2025-03,2025-03-31")

    assert _parts(rows) == [(3, 3)] * 3


def test_customers_count_where_they_are_on_the_day(people):
    n1 = people("ebill_share", org="n1", period="2025-03-15,2025-03-16")
    n2 = people("autopay_share", org="n2", period="2025-03-15,2025-03-16,2025-03-31")

    assert _parts(n1) == [(1, 2), (1, 1)]
    assert _parts(n2) == [(0, 0), (0, 1), (1, 2)]


def test_class_of_a_customer_is_that_of_the_day(people):
    rows = people("ebill_share", org="north", period="2025-03", by="class")

    assert [(r["segment"], r["numerator"], r["denominator"]) for r in rows] == [
        ("commercial", 1, 1),
        ("residential", 1, 1),
    ]


def test_churn_is_of_those_open_on_the_day_before(people):
    # closing by choice in March, brief within it; on 28 February five were open (mover, closing,
    # moved, stray, homeless).
    assert people("churn", org="city,n1,s1", period="2025-03") == [
        {"org": "city", "numerator": 2, "denominator": 5, "value": 0.4},
        {"org": "n1", "numerator": 1, "denominator": 3, "value": 1 / 3},
        {"org": "s1", "numerator": 1, "denominator": 0, "value": None},
    ]


def test_served_of_a_quarter_is_the_mean_over_its_days(people):
    # n1: mover 59 + 15, closing 59 + 9, moved 59 + 30 customer-days of 90.
    [row] = people("complaint_rate", org="n1", period="2025Q1")

    assert row["denominator"] == pytest.approx((74 + 68 + 89) / 90)


def test_served_of_a_year_is_the_day_weighted_mean_of_its_months(people):
    months = people("complaint_rate", org="city", period="2024", by="month")
    [year] = people("complaint_rate", org="city", period="2024")

    # No order is known of 2024, so the rate is no data, yet who was served is.
    lengths = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    weighted = sum(r["denominator"] * n for r, n in zip(months, lengths, strict=True)) / 366
    assert year["denominator"] == pytest.approx(weighted) == pytest.approx(5)
    assert year["value"] is None


def test_a_row_belongs_to_its_own_unit_else_to_its_customers_on_that_day(people):
    rows = people("complaint_rate", org="n1,n2,s1,north,unassigned,city", period="2025-03")

    # n1 before, n2 after, s1 own; north the two and its own one; unassigned orphan and lost.
    assert [row["numerator"] for row in rows] == [1, 1, 1, 3, 2, 6]


def test_class_of_a_row_is_its_customers_on_that_day(people):
    rows = people("complaint_rate", org="city", period="2025-03", by="class")

    assert {r["segment"]: r["numerator"] for r in rows} == {
        "residential": 2,
        "commercial": 2,
        None: 2,
    }


def test_units_beneath_add_up_with_the_unassigned(people):
    rows = people("complaint_rate", org="city", period="2025-03", by="org")

    assert [(r["org"], r["numerator"]) for r in rows] == [
        ("city", 6),
        ("north", 3),
        ("south", 1),
        ("unassigned", 2),
    ]
    # stray's unit is not known, homeless has none.
    assert rows[0]["denominator"] == pytest.approx(sum(r["denominator"] for r in rows[1:]))
    assert rows[3]["denominator"] == 2


def test_orders_are_told_by_channel(people):
    rows = people("online_share", org="city", period="2025-03", by="channel")

    assert [(r["segment"], r["numerator"], r["denominator"]) for r in rows] == [
        ("app", 2, 2),
        ("hall", 0, 3),
    ]


def test_a_unit_is_known_whenever_its_record_begins_and_has_the_area_of_the_day(facts, measure):
    facts(
        ORG_UNIT,
        """
        org_id | parent_id | name | area_class | valid_from
        city   |           | 市局 |            |
        n1     | city      | 一所 | rural      | 2025-03-01
        n1     | city      | 一所 | urban      | 2025-03-11
        """,
    )
    facts(
        SERVICE_ORDER,
        """
        org_id | type_l1 | accepted_at      | arrived_at
        n1     | fault   | 2025-02-28 10:00 | 2025-02-28 11:00
        n1     | fault   | 2025-03-10 10:00 | 2025-03-10 11:00
        n1     | fault   | 2025-03-11 10:00 | 2025-03-11 11:00
        """,
    )

    # An hour is in time in the country (90 minutes), late in town (45); February is not said.
    rows = measure("fault_arrival_on_time", org="n1", period="2025-02-28,2025-03-10,2025-03-11")
    mean = measure("fault_arrival_mean", org="n1", period="2025-02..2025-03")

    assert [(r["numerator"], r["denominator"]) for r in rows] == [(0, 0), (1, 1), (0, 1)]
    assert mean == [{"org": "n1", "numerator": 180, "denominator": 3, "value": 60.0}]
