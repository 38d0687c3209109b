"""Surveys, ratings, contracts, labels of utterances and the indices made of them."""

from __future__ import annotations

from datetime import date

import pytest
from support.figures import Asker
from support.lake import write_labels
from support.tables import CITY, CUSTOMERS

from powercx.analytics.lake.tables.reference import CUSTOMER, ORG_UNIT
from powercx.analytics.lake.tables.service import SUBSCRIPTION
from powercx.analytics.lake.tables.voice import (
    BENCHMARK,
    EXTERNAL_RATING,
    SURVEY_ANSWER,
    SURVEY_INVITATION,
)
from powercx.analytics.statistics import intervals

# satisfaction 5 4 3 2; recommendation 10 9 8 6 and 0; effort 7 and 4; value 5 and 3; staying 4.
ANSWERS = """
survey   | response_id | org_id | customer_id | at               | item                 | item_kind | value
relation | r1          | n1     | home        | 2025-03-05 10:00 | csat                 | csat      | 5
relation | r2          | n1     | home2       | 2025-03-05 10:00 | csat                 | csat      | 4
relation | r3          | n1     |             | 2025-03-05 10:00 | csat                 | csat      | 3
relation | r4          | n2     |             | 2025-03-05 10:00 | csat                 | csat      | 2
relation | r5          | n2     |             | 2025-03-05 10:00 | csat                 | csat      |
relation | r1          | n1     | home        | 2025-03-05 10:00 | nps                  | nps       | 10
relation | r2          | n1     | home2       | 2025-03-05 10:00 | nps                  | nps       | 9
relation | r3          | n1     |             | 2025-03-05 10:00 | nps                  | nps       | 8
relation | r4          | n2     |             | 2025-03-05 10:00 | nps                  | nps       | 6
moment   | m1          | n2     |             | 2025-03-05 10:00 | again                | nps       | 0
moment   | m1          | n2     |             | 2025-03-05 10:00 | nps                  | likert    | 10
relation | r1          | n1     | home        | 2025-03-05 10:00 | ces                  | ces       | 7
relation | r2          | n1     | home2       | 2025-03-05 10:00 | ces                  | ces       | 4
relation | r1          | n1     | home        | 2025-03-05 10:00 | value_for_money      | likert    | 5
relation | r2          | n1     | home2       | 2025-03-05 10:00 | value_for_money      | likert    | 3
relation | r1          | n1     | home        | 2025-03-05 10:00 | repurchase_intention | likert    | 4
"""  # noqa: E501 - a table reads across
INVITATIONS = """
survey   | invitation_id | org_id | at               | delivered | completed_at     | wave
relation | i1            | n1     | 2025-03-01 10:00 | yes       | 2025-03-05 10:00 | 1
relation | i2            | n1     | 2025-03-01 10:00 | yes       |                  | 1
relation | i3            | n1     | 2025-03-31 10:00 | yes       | 2025-04-01 10:00 | 1
relation | i4            | n1     | 2025-03-01 10:00 | no        |                  | 1
relation | i5            | n1     | 2025-03-01 10:00 |           |                  | 1
"""
CONTRACTS = """
subscription_id | org_id | customer_id | product | started_on | ends_on    | renewed
s1              | n1     | home        | pv      | 2024-04-01 | 2025-03-31 | yes
s2              | n1     | home        | green   | 2025-03-10 |            |
s3              | n2     | shop        | pv      | 2024-03-01 | 2025-03-01 | no
s4              | n2     | plant       | pv      | 2024-03-01 | 2025-03-15 |
s5              | n2     | shop        | pv      | 2025-03-31 | 2026-03-30 |
s6              | s1     | farm        | pv      | 2025-04-01 | 2026-03-31 |
"""
RATINGS = """
rating_id | org_id | period  | rater  | score | grade
a         | city   | 2024    | 市政府 | 86.9  | 第2名
b         | city   | 2025H1  | 市政府 | 88.5  | 3
c         | city   | 2025-02 | 消协   | 91    | 优
d         | n1     | 2024    | 市政府 | 80    | 1
"""
OTHERS = """
utility | metric    | period  | value
东莞    | csat_mean | 2025-03 | 81.57
佛山    | csat_mean | 2025-03 | 70
东莞    | csat_mean | 2025    | 99
东莞    | csat      | 2025-03 | 0.99
"""


@pytest.fixture(scope="module")
def voice(world) -> Asker:
    tables = {
        ORG_UNIT: CITY,
        CUSTOMER: CUSTOMERS,
        SURVEY_ANSWER: ANSWERS,
        SURVEY_INVITATION: INVITATIONS,
        SUBSCRIPTION: CONTRACTS,
        EXTERNAL_RATING: RATINGS,
        BENCHMARK: OTHERS,
    }
    return world(tables)


def test_satisfaction_is_the_share_of_the_two_best_marks(voice):
    assert voice("csat", period="2025-03") == [
        {"org": "city", "numerator": 2, "denominator": 4, "value": 0.5}
    ]


def test_satisfaction_on_a_scale_of_100(voice):
    # 100, 75, 50 and 25.
    assert voice("csat_mean", period="2025-03") == [
        {"org": "city", "numerator": 250, "denominator": 4, "value": 62.5}
    ]


def test_recommendation_is_of_items_declared_so(voice):
    # 10 and 9 promote, 6 and 0 detract; the likert item of the name `nps` is none.
    rows = voice("nps", org="city,n1", period="2025-03")

    assert [(r["numerator"], r["denominator"]) for r in rows] == [(0, 5), (2, 3)]
    assert [r["value"] for r in rows] == [0.0, pytest.approx(200 / 3)]


def test_intervals_of_answers(voice):
    figures = {
        key: voice.answer(key, orgs=["city"], periods=["2025-03"]).rows[0]
        for key in ("csat", "csat_mean", "nps", "ces", "repurchase_intention")
    }

    bounds = {key: (figure.low, figure.high) for key, figure in figures.items()}
    assert bounds["csat"] == pytest.approx(intervals.wilson(2, 4))
    assert bounds["csat_mean"] == pytest.approx(
        intervals.mean_t(4, 250, 100**2 + 75**2 + 50**2 + 25**2)
    )
    low, high = intervals.nps(2, 2, 5)
    assert bounds["nps"] == pytest.approx((100 * low, 100 * high))
    assert bounds["ces"] == pytest.approx(intervals.mean_t(2, 11, 65))
    # One answer has no spread.
    assert bounds["repurchase_intention"] == (None, None)


def test_effort_value_and_staying_are_means(voice):
    values = [
        voice.value(key, period="2025-03")
        for key in ("ces", "value_for_money", "repurchase_intention")
    ]

    assert values == [5.5, 4.0, 4.0]


def test_perceived_value_scales_value_and_effort_alike(voice):
    # (4 - 1)/4 = 0.75 and (5.5 - 1)/6 = 0.75.
    assert voice.value("perceived_value", period="2025-03") == pytest.approx(75)


def test_answers_are_told_by_survey(voice):
    rows = voice("nps", period="2025-03", by="survey")

    assert [(r["segment"], r["numerator"], r["denominator"]) for r in rows] == [
        ("moment", -1, 1),
        ("relation", 1, 4),
    ]


def test_response_is_completed_of_delivered_by_invitation(voice):
    assert voice("survey_response", period="2025-03") == [
        {"org": "city", "numerator": 2, "denominator": 3, "value": 2 / 3}
    ]


def test_renewal_is_by_the_day_the_contract_ends(voice):
    # s1 yes, s3 no; whether s4 was renewed is not known.
    assert voice("renewal", period="2025-03") == [
        {"org": "city", "numerator": 1, "denominator": 2, "value": 0.5}
    ]


def test_penetration_counts_customers_with_a_contract_on_the_last_day_once(voice):
    # 31 March: home (twice), shop from that day; plant's ended. February: home, shop, plant.
    rows = voice("service_penetration", period="2025-02,2025-03,2025-03-30")

    assert [(r["numerator"], r["denominator"]) for r in rows] == [(3, 5), (2, 5), (1, 5)]


def test_government_rating_is_the_latest_of_each_rater(voice):
    rows = voice("government_rating", period="2024,2025-01,2025-03", by="rater")

    assert [(r["period"], r["segment"], r["value"]) for r in rows] == [
        ("2024", "市政府", 86.9),
        ("2025-01", "市政府", 88.5),
        ("2025-03", "市政府", 88.5),
        ("2025-03", "消协", 91.0),
    ]


def test_government_rank_is_the_number_in_the_grade(voice):
    rows = voice("government_rank", org="city,n1", period="2024,2025-03", by="rater")

    assert [(r["org"], r["period"], r["value"]) for r in rows] == [
        ("city", "2024", 2.0),
        ("city", "2025-03", 3.0),
        ("n1", "2024", 1.0),
        ("n1", "2025-03", 1.0),
    ]


def test_government_rating_of_a_unit_nobody_rated_is_no_data(voice):
    assert voice.value("government_rating", org="n2", period="2025-03") is None


def test_lead_is_over_the_best_other_of_the_same_measure_and_period(voice):
    values = [voice.value("differentiation", period=period) for period in ("2025-03", "2025-02")]

    assert values == [pytest.approx(62.5 - 81.57), None]


def test_loyalty_weighs_renewal_penetration_and_staying(voice):
    # renewal (0.5 - 0.4)/0.5 = 20, penetration 0.4 of 0.2 held to 100, staying (4 - 1)/4 = 75.
    expected = 0.4 * 20 + 0.2 * 100 + 0.4 * 75

    assert voice.value("loyalty_index", period="2025-03") == pytest.approx(expected)


def test_index_leaves_out_absent_measures_and_spreads_their_weight(voice):
    # n1: renewal 1 is held to 100, penetration 1 of 1 to 100, staying 75. n2: nobody was asked.
    n1, n2 = (voice.value("loyalty_index", org=org, period="2025-03") for org in ("n1", "n2"))

    assert n1 == pytest.approx(0.4 * 100 + 0.2 * 100 + 0.4 * 75)
    # n2: renewal 0, penetration 1 of 3 (shop; home2 and plant have none), weights 0.4 and 0.2.
    assert n2 == pytest.approx((0.4 * 0 + 0.2 * 100) / 0.6)


def test_net_sentiment_is_of_labelled_utterances(home, facts, measure):
    facts(ORG_UNIT, CITY)
    said = ["positive", "positive", "negative", "neutral", None]
    day = date(2025, 3, 5)
    write_labels(
        home,
        [
            {"feedback_id": f"{n}", "org_id": "n1", "date": day, "sentiment": s}
            for n, s in enumerate(said)
        ],
    )

    assert measure("voice_net", period="2025-03") == [
        {"org": "city", "numerator": 1, "denominator": 4, "value": 0.25}
    ]
