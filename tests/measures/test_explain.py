"""The way back from a figure: rows, populations and parts of every form of measure."""

from __future__ import annotations

from datetime import date

import pytest
from support.figures import Asker
from support.tables import CITY

from powercx.analytics.lake.catalogue import TABLES
from powercx.analytics.lake.tables.reference import CUSTOMER, ORG_UNIT, USAGE_POINT
from powercx.analytics.lake.tables.service import CONTACT, SERVICE_ORDER, SUBSCRIPTION
from powercx.analytics.lake.tables.supply import INTERRUPTION, VOLTAGE_MONTH
from powercx.analytics.lake.tables.voice import BENCHMARK, EXTERNAL_RATING, SURVEY_ANSWER
from powercx.analytics.measures import service

# shop moved to n2 on 16 March and takes electronic bills since; of plant it is not known; when
# undated opened, neither; gone left in February, future has not opened yet.
CUSTOMERS = """
customer_id | valid_from | org_id | usage_category   | opened_on  | closed_on  | close_reason | e_bill
home        |            | n1     | residential      | 2020-01-01 |            |              | yes
shop        |            | n1     | commercial       | 2020-01-01 |            |              | no
shop        | 2025-03-16 | n2     | commercial       | 2020-01-01 |            |              | yes
plant       |            | n2     | large_industrial | 2020-01-01 |            |              |
farm        |            | s1     | agricultural     | 2025-03-22 |            |              | no
undated     |            | n1     | residential      |            |            |              | yes
gone        |            | n1     | residential      | 2020-01-01 | 2025-02-10 | by_choice    | yes
future      |            | n1     | residential      | 2025-04-01 |            |              | yes
"""  # noqa: E501 - a table reads across
# u1 and u2 are open as long as home, u3 by its own dates, u4 of nobody known; u5 has no date.
POINTS = """
usage_point_id | customer_id | org_id | opened_on  | closed_on
u1             | home        | n1     |            |
u2             | home        | n1     | 2025-03-30 |
u3             | shop        |        | 2019-01-01 | 2025-03-11
u4             | nobody      | n2     | 2019-01-01 |
u5             |             | n1     |            |
"""
OUTAGES = """
interruption_id | org_id | usage_point_id | planned | started_at       | restored_at
storm           | n1     | u1             | no      | 2025-03-06 10:00 | 2025-03-06 11:00
storm           | n2     | u4             | no      | 2025-03-06 10:00 | 2025-03-06 10:30
last            | n1     | u1             | no      | 2025-03-31 10:00 | 2025-03-31 10:02
"""
ORDERS = """
order_id  | org_id | type_l1   | accepted_at      | status    | callback_score | completed_at
now       | n1     | complaint | 2025-03-05 10:00 | done      |                |
now2      | n2     | complaint | 2025-03-06 10:00 | done      |                |
withdrawn | n1     | complaint | 2025-03-07 10:00 | cancelled |                |
last_year | n1     | complaint | 2024-03-31 10:00 | done      |                |
"""
VOLTAGE = """
point_id | org_id | point_class | month   | minutes_monitored | minutes_over | minutes_under
a        | n1     | A           | 2025-03 | 1000              | 10           | 10
b        | n1     | B           | 2025-03 | 1000              | 0            | 50
d        | n1     | D           | 2025-03 | 1000              |              | 0
d2       | n2     | D           | 2025-03 | 1000              | 10           | 0
"""
ANSWERS = """
survey | response_id | org_id | at               | item | item_kind | value
s      | r1          | n1     | 2025-03-05 10:00 | q1   | csat      | 5
s      | r2          | n1     | 2025-03-06 10:00 | q1   | csat      | 4
"""
CONTRACTS = """
subscription_id | org_id | customer_id | product | started_on | ends_on    | renewed
c1              | n1     | home        | pv      | 2024-04-01 | 2025-03-31 | yes
c2              | n1     | home        | green   | 2025-03-10 |            |
c3              | n2     | shop        | pv      | 2024-03-01 | 2025-03-01 | no
c4              | n2     | shop        | pv      | 2025-04-01 |            |
"""
RATINGS = """
rating_id | org_id | period | rater  | score
a         | city   | 2024   | 市政府 | 86.5
b         | city   | 2024H1 | 市政府 | 85
c         | city   | 2026   | 市政府 | 99
d         | n1     | 2024   | 市政府 | 80
e         | city   | 2023   | 市政府 |
"""
OTHERS = """
utility | metric    | period  | value | citation
东莞    | csat_mean | 2025-03 | 81.5  | 年报第 9 页
佛山    | csat_mean | 2025-03 | 70    | 网站
东莞    | csat_mean | 2025    | 99    | 年报第 1 页
东莞    | csat      | 2025-03 | 0.99  | 年报第 2 页
"""
CONTACTS = """
contact_id | org_id | customer_id | business_type | at               | channel | direction
first      | n1     | home        | billing       | 2025-03-05 10:00 | hotline | in
again      | n1     | home        | billing       | 2025-03-06 10:00 | hotline | in
unknown    | n1     |             | billing       | 2025-03-06 10:00 | hotline | in
"""


@pytest.fixture(scope="module")
def march(world) -> Asker:
    tables = {
        ORG_UNIT: CITY,
        CUSTOMER: CUSTOMERS,
        USAGE_POINT: POINTS,
        INTERRUPTION: OUTAGES,
        SERVICE_ORDER: ORDERS,
        VOLTAGE_MONTH: VOLTAGE,
        SURVEY_ANSWER: ANSWERS,
        SUBSCRIPTION: CONTRACTS,
        EXTERNAL_RATING: RATINGS,
        BENCHMARK: OTHERS,
        CONTACT: CONTACTS,
    }
    return world(tables)


def _rows(told, *columns):
    """Counted, left out and the sample's ``columns`` of an explanation or a population."""
    sample = [tuple(row[column] for column in columns) for row in told["sample"]]
    return told["rows"]["counted"], told["rows"]["left_out"], sample


def test_a_rate_shows_its_rows_and_the_population_it_is_per(march):
    told = march.explain("complaint_rate", period="2025-03")
    [served] = told["populations"]

    assert _rows(told, "order_id") == (2, {"cancelled": 1}, [("now",), ("now2",)])
    assert (served["name"], served["role"], served["at"]) == ("customers", "denominator", "served")
    assert served["value"] == told["figure"]["denominator"] == (3 * 31 + 10) / 31
    assert _rows(served, "customer_id", "org_id", "days") == (
        4,
        {"null:opened_on": 1},
        [("farm", "s1", 10), ("home", "n1", 31), ("plant", "n2", 31), ("shop", "n2", 31)],
    )


def test_an_organisation_is_told_of_its_own_part_of_the_population(march):
    [served] = march.explain("complaint_rate", org="n1", period="2025-03")["populations"]

    # shop leaves n1 with 15 March; undated would be there.
    assert _rows(served, "customer_id", "days") == (
        2,
        {"null:opened_on": 1},
        [("home", 31), ("shop", 15)],
    )


def test_usage_points_are_told_one_by_one(march):
    [served] = march.explain("saidi", period="2025-03")["populations"]

    # u5 has no date and nobody whose date would do.
    assert served["value"] == (31 + 2 + 10 + 31) / 31
    assert _rows(served, "usage_point_id", "customer_id", "days") == (
        4,
        {},
        [("u1", "home", 31), ("u2", "home", 2), ("u3", "shop", 10), ("u4", "nobody", 31)],
    )


def test_a_stock_shows_both_populations_and_of_whom_nothing_is_known(march):
    told = march.explain("ebill_share", period="2025-03")
    some, known = told["populations"]

    assert (some["name"], some["role"], some["at"], some["value"]) == (
        "e_bill",
        "numerator",
        "end",
        2,
    )
    assert _rows(some, "customer_id", "valid_from", "e_bill")[0::2] == (
        2,
        [("home", None, True), ("shop", date(2025, 3, 16), True)],
    )
    assert _rows(known, "customer_id", "e_bill") == (
        3,
        {"null:e_bill": 1, "null:opened_on": 1},
        [("farm", False), ("home", True), ("shop", True)],
    )
    assert _rows(told, "customer_id") == _rows(known, "customer_id")


def test_a_stock_of_contracts_shows_those_in_force_on_the_last_day(march):
    some, _ = march.explain("service_penetration", period="2025-03")["populations"]

    assert _rows(some, "customer_id", "subscription_id") == (
        1,
        {},
        [("home", "c1"), ("home", "c2")],
    )


def test_customers_lost_are_shown_with_their_records_and_those_they_are_a_share_of(march):
    told = march.explain("churn", period="2025-02")
    [before] = told["populations"]

    assert _rows(told, "customer_id", "close_reason") == (1, {}, [("gone", "by_choice")])
    assert _rows(before, "customer_id")[0] == told["figure"]["denominator"] == 4
    assert told["data"]["loads"] == before["data"]["loads"] == ["load-2"]


def test_data_version_and_loads_stand_beside_every_count(march):
    told = march.explain("saidi", period="2025-03")
    [served] = told["populations"]

    assert told["data"] == {"versions": {"interruption": 1}, "loads": ["load-4"]}
    assert served["data"] == {
        "versions": {"usage_point": 1, "customer": 1, "org_unit": 1},
        "loads": ["load-3"],
    }


def test_a_formula_is_told_by_its_parts(march):
    told = march.explain("caidi", period="2025-03")
    saidi, saifi = told["parts"]

    assert told["terms"] == {"saidi_numerator": 90, "saifi_numerator": 2}
    assert [part["part"]["terms"] for part in told["parts"]] == [
        ["saidi_numerator"],
        ["saifi_numerator"],
    ]
    assert saidi["definition"]["form"] == "sum(minutes) / usage_points (served)"
    assert _rows(saidi, "interruption_id", "usage_point_id", "minutes") == (
        2,
        {},
        [("storm", "u1", 60.0), ("storm", "u4", 30.0)],
    )
    assert saifi["figure"]["numerator"] == 2
    assert [one["name"] for one in saifi["populations"]] == ["usage_points"]


def test_a_formula_on_the_year_before_shows_the_rows_of_then(march):
    told = march.explain("complaint_change", period="2025-03")

    assert told["figure"]["value"] == 1
    assert [
        (part["part"]["terms"], part["figure"]["period"], *_rows(part, "order_id"))
        for part in told["parts"]
    ] == [
        (["complaint_rate_numerator"], "2025-03", 2, {"cancelled": 1}, [("now",), ("now2",)]),
        (
            ["complaint_rate_numerator_before"],
            "2024-03-01..2024-03-31",
            1,
            {},
            [("last_year",)],
        ),
    ]


def test_a_comparison_shows_whose_figure_it_is_held_against(march):
    told = march.explain("differentiation", period="2025-03")

    assert told["terms"] == {"csat_mean_value": 87.5, "benchmark_best": 81.5}
    assert _rows(told, "utility", "value", "citation") == (
        2,
        {"other_period": 1},
        [("东莞", 81.5, "年报第 9 页"), ("佛山", 70.0, "网站")],
    )
    assert told["data"] == {"versions": {"benchmark": 1}, "loads": ["load-10"]}
    assert [_rows(part, "response_id") for part in told["parts"]] == [(2, {}, [("r1",), ("r2",)])]


def test_an_index_is_told_by_weight_score_and_contribution_down_to_the_rows(march):
    told = march.explain("loyalty_index", period="2025-03")

    # Renewal 1 of 2, penetration 1 of 4; nobody answered of staying, so 0.4 and 0.2 share all.
    assert [
        (part["measure"], part["part"]["weight"], part["part"]["score"]) for part in told["parts"]
    ] == [
        ("renewal", 0.4, pytest.approx(20)),
        ("service_penetration", 0.2, 100),
        ("repurchase_intention", 0.4, None),
    ]
    assert [part["part"]["contribution"] for part in told["parts"]] == [
        pytest.approx(40 / 3),
        pytest.approx(100 / 3),
        None,
    ]
    assert told["figure"]["value"] == pytest.approx(140 / 3)
    renewal, penetration, staying = told["parts"]
    assert _rows(renewal, "subscription_id") == (2, {}, [("c3",), ("c1",)])
    assert [one["name"] for one in penetration["populations"]] == ["subscribers", "customers"]
    assert (staying["reason"], _rows(staying)) == ("figure.no_cases", (0, {}, []))


def test_an_index_of_formulas_goes_down_to_their_rows(march):
    told = march.explain("service_quality_index", period="2025-03")
    [asai] = [part for part in told["parts"] if part["measure"] == "asai"]
    [saidi] = asai["parts"]

    assert asai["terms"] == {"saidi_value": saidi["figure"]["value"], "days": 31}
    assert _rows(saidi, "interruption_id") == (2, {}, [("storm",), ("storm",)])


def test_voltage_is_told_by_class_of_points(march):
    told = march.explain("voltage_compliance", period="2025-03")

    # Nobody knows how long `d` was over.
    assert [
        (part["part"]["terms"], part["part"]["weight"], part["part"]["score"])
        for part in told["parts"]
    ] == [(["A"], 0.5, 0.98), (["B"], 0.25, 0.95), (["D"], 0.25, 0.99)]
    assert [_rows(part, "point_id") for part in told["parts"]] == [
        (1, {}, [("a",)]),
        (1, {}, [("b",)]),
        (1, {"null:minutes_over": 1}, [("d2",)]),
    ]
    assert told["rows"]["counted"] == 3


def test_a_rating_is_the_latest_and_those_before_are_shown(march):
    told = march.explain("government_rating", period="2025-03")

    assert _rows(told, "rating_id", "score", "why") == (
        1,
        {"earlier": 1, "null:score": 1},
        [("a", 86.5, None), ("b", 85.0, "earlier"), ("e", None, "null:score")],
    )


def test_different_customers_are_shown_by_their_rows(march):
    told = march.explain("repeat_contact_30d", period="2025-03")

    assert told["figure"]["n"] == 1
    assert _rows(told, "contact_id", "follows") == (2, {}, [("first", False), ("again", True)])


def test_no_more_rows_are_shown_than_asked_for(march):
    told = march.explain("saidi", period="2025-03", rows=1)
    none = march.explain("saidi", period="2025-03", rows=0)

    assert (len(told["sample"]), len(told["populations"][0]["sample"])) == (1, 1)
    assert (none["sample"], none["populations"][0]["sample"]) == ([], [])


def test_days_of_major_events_are_among_the_rows_left_out(world):
    # A quiet year, then a day in March that took everyone's power for a day.
    points = "\n".join(f"u{n} | n1 | 2020-01-01" for n in range(3))
    quiet = "\n".join(
        f"q{day} | n1 | u0 | {day} 10:00 | {day} 10:{minute}"
        for minute in range(10, 30)
        for day in (f"2024-{month:02d}-{minute:02d}" for month in range(1, 13))
    )
    tables = {
        ORG_UNIT: CITY,
        USAGE_POINT: f"usage_point_id | org_id | opened_on\n{points}",
        INTERRUPTION: f"""
        interruption_id | org_id | usage_point_id | started_at       | restored_at
        {quiet}
        new_year        | n1     | u0             | 2024-01-01 00:00 | 2024-01-01 00:10
        typhoon         | n1     | u0             | 2025-03-06 00:00 | 2025-03-07 00:00
        typhoon         | n1     | u1             | 2025-03-06 00:00 | 2025-03-07 00:00
        usual           | n1     | u2             | 2025-03-07 10:00 | 2025-03-07 10:20
        """,
    }

    told = world(tables).explain("saidi_ex_med", period="2025-03")

    assert _rows(told, "interruption_id") == (1, {"major_event_day": 2}, [("usual",)])


def test_nothing_personal_is_among_the_rows_shown(session: service.Session):
    personal = {column.name for table in TABLES.values() for column in table.personal}
    shown = {
        column
        for key in session.catalogue.measures
        for told in _all(session.explain(key, period="2025-03").to_json())
        for row in told["sample"]
        for column in row
    }

    assert "customer_id" in shown
    assert shown & personal == set()


def _all(told):
    """An explanation, its populations and all its parts."""
    yield told
    yield from told["populations"]
    for part in told["parts"]:
        yield from _all(part)


@pytest.mark.parametrize("org", ["city", "n1", "unassigned"])
def test_members_of_every_population_are_as_many_as_its_figure_says(
    session: service.Session, org: str
):
    """Stocks are added up from published changes, members are found one by one."""
    differing = {
        (key, one["name"]): (one["value"], one["rows"]["counted"])
        for key, file in session.catalogue.measures.items()
        if getattr(file.measure, "population", None)
        for one in session.explain(key, org=org, period="2025-03", rows=0).to_json()["populations"]
        if one["at"] != "served" and one["value"] != one["rows"]["counted"]
    }

    assert differing == {}
