"""Measures of one's own: files in the home's catalogue, and what is said of a wrong one."""

from __future__ import annotations

import pytest
from support.figures import NOW
from support.tables import CITY, CUSTOMERS, HALL

from powercx.analytics.lake.tables.reference import CUSTOMER, ORG_UNIT
from powercx.analytics.lake.tables.service import SERVICE_ORDER
from powercx.analytics.measures import service
from powercx.base.errors import DefinitionError
from powercx.base.messages import use_language

ORDERS = """
order_id | customer_id | type_l1 | accepted_at      | channel
o1       | home        | enquiry | 2025-03-05 10:00 | hall
o2       | home        | enquiry | 2025-03-05 10:00 | app
"""

WHEN_ZH = (
    "，键“when”：列“accepted_at”不是日期（是时刻或其他类型），期间按日计。"
    "相近的日期列：accepted_on, completed_on。"
)
WHEN_EN = (
    ", key “when”: the column “accepted_at” holds no day (an instant, or something else), "
    "and periods are made of days. Nearest column of days: accepted_on, completed_on."
)


@pytest.fixture
def define(home, facts):
    """``define(TEXT)`` is a city with two orders and a measure of its own."""

    def write(text: str) -> None:
        facts(ORG_UNIT, CITY)
        facts(CUSTOMER, CUSTOMERS)
        facts(SERVICE_ORDER, ORDERS)
        folder = home.catalog / "measures"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "own.yaml").write_text(text, "utf-8")

    return write


def test_a_measure_of_ones_own_is_computed_like_any_other(define, measure):
    define(HALL)

    assert measure("hall_share", period="2025-03") == [
        {"org": "city", "numerator": 1, "denominator": 2, "value": 0.5}
    ]


def test_a_file_with_the_key_of_a_built_in_measure_replaces_it(define, measure):
    define(HALL.replace("key: hall_share", "key: online_share"))

    assert measure.value("online_share", period="2025-03") == 0.5
    told = measure.explain("online_share", period="2025-03")
    assert told["definition"]["file"].endswith("own.yaml")


def test_one_that_came_after_the_refresh_says_that_it_is_not_counted(define, home, measure):
    define(HALL.replace("key: hall_share", "key: first"))
    measure.value("first", period="2025-03")
    (home.catalog / "measures" / "later.yaml").write_text(HALL, "utf-8")

    [row] = service.show(home, "hall_share", periods=["2025-03"]).rows

    assert (row.value, row.reason) == (None, "figure.not_counted")
    service.refresh(home, at=NOW)
    assert service.show(home, "hall_share", periods=["2025-03"]).rows[0].value == 0.5


def test_one_that_changed_after_the_refresh_says_so(define, home, measure):
    define(HALL)
    measure.value("hall_share", period="2025-03")
    own = home.catalog / "measures" / "own.yaml"
    own.write_text(HALL.replace("'hall')", "'app')"), "utf-8")

    [row] = service.show(home, "hall_share", periods=["2025-03"]).rows

    assert (row.value, row.notes[-1]) == (0.5, "figure.definition_changed")


@pytest.mark.parametrize(
    ("old", "new", "zh", "en"),
    [
        (
            "where channel",
            "where chanel",
            "，键“numerator”：事实中没有列“chanel”。相近的列：channel。",
            ", key “numerator”: the fact has no column “chanel”. Nearest: channel.",
        ),
        (
            "when: accepted_on",
            "when: accepted_at",
            WHEN_ZH,
            WHEN_EN,
        ),
        (
            "fact: order",
            "fact: ordr",
            "，键“fact”：没有派生事实“ordr”。相近的：order。",
            ", key “fact”: there is no derived fact “ordr”. Nearest: order.",
        ),
        (
            "better: lower",
            "beter: lower",
            " 第 6 行：未知的键“beter”。相近的键：better, filter。",
            ", line 6: unknown key “beter”. Nearest: better, filter.",
        ),
        (
            "better: lower",
            "better: less",
            " 第 6 行，键“better”：只能是 'higher', 'lower' 之一。",
            ", line 6, key “better”: write one of 'higher', 'lower'.",
        ),
        (
            "unit: ratio\n",
            "",
            " 第 1 行，键“unit”：缺少这个键，请补上。",
            ", line 1, key “unit”: this key is missing; add it.",
        ),
        (
            "denominator: count(*)\n",
            "",
            " 第 1 行，键“—”：有 numerator 就要有 denominator 或 population。",
            ", line 1, key “—”: a numerator needs a denominator or a population.",
        ),
        (
            "denominator: count(*)",
            "population: {of: customers, at: start}",
            " 第 10 行，键“population.at”：只能是 'served', 'end', 'before' 之一。",
            ", line 10, key “population.at”: write one of 'served', 'end', 'before'.",
        ),
        (
            "interval: wilson",
            "lookahead: 500",
            " 第 11 行，键“lookahead”：应 ≤ 400。",
            ", line 11, key “lookahead”: should be ≤ 400.",
        ),
        (
            "interval: wilson",
            "lookahead: soon",
            " 第 11 行，键“lookahead”：应是整数。",
            ", line 11, key “lookahead”: should be a whole number.",
        ),
        (
            "key: hall_share",
            "key: Hall share",
            " 第 1 行，键“key”：应符合 ^[a-z][a-z0-9_]*$。",
            ", line 1, key “key”: should match ^[a-z][a-z0-9_]*$.",
        ),
    ],
)
def test_a_wrong_measure_is_told_with_its_place_and_remedy(define, measure, home, old, new, zh, en):
    define(HALL.replace(old, new))

    with pytest.raises(DefinitionError) as caught:
        measure("hall_share", period="2025-03")

    said = []
    for language in ("zh", "en"):
        with use_language(language):
            said.append(str(caught.value).removeprefix(str(home.catalog / "measures" / "own.yaml")))
    assert said == [zh, en]


HEAD = HALL.split("fact:", maxsplit=1)[0] + "source: own choice\n"


@pytest.mark.parametrize(
    ("rest", "key", "reason"),
    [
        ("rollup: derived\nformula: saidi_value +", "formula", "measure.no_formula"),
        ("rollup: derived\nformula: abs(saidi_value)", "formula", "measure.no_formula"),
        ("rollup: derived\nformula: sadi_value", "formula", "measure.unknown_part"),
        ("rollup: derived\nformula: saidi_valu", "formula", "measure.unknown_part"),
        (
            "rollup: derived\nformula: csat_value - benchmark_best",
            "formula",
            "measure.no_benchmark",
        ),
        (
            "rollup: latest\nfact: external_rating\nwhen: period_from\nvalue: score",
            "—",
            "definition.latest",
        ),
        (
            "rollup: voltage\nfact: voltage\nwhen: month\nvalue: minutes_over",
            "—",
            "definition.voltage",
        ),
        (
            "rollup: index\ncomponents: [{measure: csat, floor: 1, target: 1}]",
            "components.0",
            "definition.no_scale",
        ),
        (
            "rollup: end\nstock: e_bill\npopulation: {of: customers}\ntable: bil",
            "table",
            "definition.no_table",
        ),
    ],
)
def test_no_form_of_a_wrong_measure_passes_or_crashes(define, measure, rest, key, reason):
    define(HEAD + rest)

    with pytest.raises(DefinitionError) as caught:
        measure("hall_share", period="2025-03")

    told = caught.value.params.get("reason", caught.value)
    assert (caught.value.params["key"], told.code) == (key, reason)


def test_a_term_that_stands_for_nothing_names_the_nearest(define, measure):
    define(HEAD + "rollup: derived\nformula: saidi_valu")

    with pytest.raises(DefinitionError) as caught:
        measure("hall_share", period="2025-03")

    assert str(caught.value.params["nearest"]).startswith("saidi_value")


def test_figures_say_that_more_has_been_loaded_since(define, home, facts, measure):
    define(HALL)
    measure.value("hall_share", period="2025-03")
    facts(SERVICE_ORDER, ORDERS.replace("o1 ", "o3 "))

    with service.open_session(home) as session:
        assert session.behind == ["service_order"]


def test_a_unit_may_be_asked_for_by_its_name(define, home, measure):
    define(HALL)
    measure.value("hall_share", period="2025-03")

    with service.open_session(home) as session:
        name = session.tree.names["city"]
    by_name = service.show(home, "hall_share", orgs=[name], periods=["2025-03"])

    assert [row.org for row in by_name.rows] == ["city"]
