from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from powercx.analytics.definitions.catalogue import SHIPPED, Catalogue, MeasureFile
from powercx.analytics.definitions.measures import (
    DerivedMeasure,
    FactMeasure,
    IndexMeasure,
    Measure,
    Text,
)
from powercx.analytics.definitions.rulesets import limits_in_force
from powercx.analytics.measures.formula import names
from powercx.analytics.statistics.weights import ahp
from powercx.base.home import Config
from powercx.standard.clauses import load

# Every key of metrics.md, and the two survey items its effect aspects speak of.
EXPECTED = {
    "interaction": """connection_time connection_on_time order_on_time order_duration
        order_duration_p50 order_duration_p90 fault_arrival_on_time fault_arrival_mean
        fault_restore_time fault_restore_on_time hotline_answer_20s hotline_abandon
        first_contact_resolution repeat_contact_30d channel_switch outage_notice
        saidi saifi caidi asai maifi saidi_unplanned saifi_unplanned
        saidi_ex_med saifi_ex_med caidi_ex_med
        saidi_dlt836 saifi_dlt836 caidi_dlt836 asai_dlt836 maifi_dlt836""",
    "perception": """csat csat_mean nps ces callback_satisfaction hotline_rating
        voltage_compliance bill_error bill_error_10k charge_error complaint_rate voice_net
        survey_response perceived_value value_for_money repurchase_intention""",
    "behaviour": """online_share face_scan_share ebill_share autopay_share
        self_service_completion active_digital on_time_payment peak_shift""",
    "outcome": """government_rating government_rank renewal service_penetration collection churn
        referral complaint_change regulator_complaint experience_index loyalty_index
        service_quality_index differentiation""",
}
# Clause 8.8 names these; each says how the five considerations are met.
OF_THE_GUIDELINE = [
    "connection_time",
    "connection_on_time",
    "csat",
    "callback_satisfaction",
    "hotline_rating",
    "voltage_compliance",
    "bill_error",
    "charge_error",
    "face_scan_share",
    "online_share",
    "government_rating",
    "renewal",
]
UNITS = {
    *("ratio", "points", "min", "h", "working_days", "per_10k"),
    *("score", "rank", "times", "index"),
}
CATALOGUE = Catalogue()
FILES = CATALOGUE.measures


@pytest.mark.parametrize(("kind", "keys"), EXPECTED.items())
def test_catalogue_holds_every_measure_of_the_kind(kind: str, keys: str) -> None:
    found = {key for key, file in FILES.items() if file.measure.kind == kind}

    assert found == set(keys.split())


@pytest.mark.parametrize("file", FILES.values(), ids=FILES)
def test_file_is_named_by_its_key_in_the_folder_of_its_kind(file: MeasureFile) -> None:
    place = SHIPPED / "measures" / file.measure.kind / f"{file.measure.key}.yaml"

    assert (file.path, file.own) == (place, False)


@pytest.mark.parametrize("file", FILES.values(), ids=FILES)
def test_measure_has_clause_texts_unit_and_source(file: MeasureFile) -> None:
    measure = file.measure

    assert measure.clause in load()
    assert measure.unit in UNITS
    assert measure.source
    assert all(text.zh and text.en for text in _texts(measure))


def _texts(measure: Measure) -> list[Text]:
    assert measure.why is not None
    considerations = [
        getattr(measure.selection, name) for name in type(measure.selection).model_fields
    ]
    return [measure.name, measure.why, *[t for t in (measure.note, *considerations) if t]]


@pytest.mark.parametrize("key", OF_THE_GUIDELINE)
def test_measure_of_the_guideline_says_how_it_was_chosen(key: str) -> None:
    selection = FILES[key].measure.selection

    assert [name for name in type(selection).model_fields if getattr(selection, name) is None] == []


def test_only_measures_the_guideline_names_claim_it() -> None:
    claiming = {key for key, f in FILES.items() if f.measure.source.startswith("guideline")}

    # The rank is another face of the rating that is named.
    assert claiming == {*OF_THE_GUIDELINE, "government_rank"}


def test_names_are_told_apart_in_both_languages() -> None:
    for language in ("zh", "en"):
        said = [getattr(file.measure.name, language) for file in FILES.values()]

        assert sorted(said) == sorted(set(said))


def test_formulas_name_measures_there_are() -> None:
    known = {
        f"{key}_{part}{before}"
        for key in FILES
        for part in ("numerator", "denominator", "value")
        for before in ("", "_before")
    }
    derived = [f.measure for f in FILES.values() if isinstance(f.measure, DerivedMeasure)]

    unknown = [n for m in derived for n in names(m.formula) if n not in known]

    assert set(unknown) == {"days", "benchmark_best"}
    assert {m.benchmark for m in derived if m.benchmark} <= set(FILES)


def test_components_of_indices_are_measures_on_a_scale() -> None:
    indices = [f.measure for f in FILES.values() if isinstance(f.measure, IndexMeasure)]

    for component in (c for index in indices for c in index.components):
        assert component.measure in FILES
        assert component.floor != component.target


def test_experience_index_has_all_kinds_and_consistent_judgements() -> None:
    index = FILES["experience_index"].measure
    assert isinstance(index, IndexMeasure)
    components = [c.measure for c in index.components]

    judged = ahp(components, index.weights.judgements or [])

    assert {FILES[key].measure.kind for key in components} == set(EXPECTED)
    assert judged.consistency_ratio < 0.1
    assert sum(judged.weights.values()) == pytest.approx(1)


def test_components_of_indices_do_not_grow_with_the_period() -> None:
    """A rate "of the period asked for" would make a year look worse than a month."""
    growing = {
        key
        for key, f in FILES.items()
        if isinstance(f.measure, FactMeasure) and f.measure.population
    } - {"active_digital"}
    indices = [f.measure for f in FILES.values() if isinstance(f.measure, IndexMeasure)]

    assert {c.measure for index in indices for c in index.components} & growing == set()


def test_effects_fill_the_seven_aspects() -> None:
    effects = yaml.safe_load(Path(SHIPPED / "effects.yaml").read_text("utf-8"))

    assert [aspect["clause"] for aspect in effects.values()] == [f"8.11.{n}" for n in range(1, 8)]
    for aspect in effects.values():
        assert aspect["name"]["zh"]
        assert aspect["name"]["en"]
        assert aspect["measures"]
        assert set(aspect["measures"]) <= set(FILES)


@pytest.mark.parametrize(
    ("chosen", "item", "spoke", "values"),
    [
        ("csg", "connection", "sgcc_2022", (5, 6, 22, 32)),
        ("csg", "fault_arrival", "csg", (45, 90, 120)),
        ("csg", "fault_restore", "csg", (240, 300)),
        ("csg", "reconnect", "csg", (12,)),
        ("csg", "planned_outage_notice", "sgcc_2022", (7,)),
        ("sgcc_2022", "fault_arrival", "sgcc_2022", (45, 90, 120)),
        ("sgcc_2022", "fault_restore", "sgcc_2022", (180, 240)),
        ("sgcc_2022", "reconnect", "sgcc_2022", (24,)),
        ("national", "fault_arrival", "national", (60, 120, 240)),
    ],
)
def test_limit_is_told_by_the_rule_set_that_speaks(
    chosen: str, item: str, spoke: str, values: tuple[float, ...]
) -> None:
    found = limits_in_force(CATALOGUE.rulesets, chosen)[item]

    assert (found.ruleset, tuple(found.limit.values.values())) == (spoke, values)


def test_national_rules_are_silent_where_no_standard_speaks() -> None:
    assert {"connection", "fault_restore"} & set(
        limits_in_force(CATALOGUE.rulesets, "national")
    ) == set()


def test_default_rule_set_is_there() -> None:
    assert Config().ruleset in CATALOGUE.rulesets


def test_commitments_speak_of_averages_and_standards_of_bounds() -> None:
    forms = {key: rules.limits["fault_arrival"].form for key, rules in CATALOGUE.rulesets.items()}

    assert forms == {"csg": "average", "sgcc_2022": "average", "national": "not_exceed"}


def test_limits_known_only_in_general_or_from_weak_sources_are_not_confirmed() -> None:
    limits = [limit for rules in CATALOGUE.rulesets.values() for limit in rules.limits.values()]

    assert all(limit.source for limit in limits)
    assert [
        m.source for m in limits if ("(K)" in m.source or "weak" in m.source) and m.confirmed
    ] == []
