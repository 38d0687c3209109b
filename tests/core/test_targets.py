"""Targets: which is in force, who may set one where, and what happens when two do."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from django.test import Client
from support.site import AT, Site

from powercx.analytics.measures.figures import Figure
from powercx.apps.core import lake
from powercx.apps.core.domain import targets
from powercx.apps.core.domain.audit import SYSTEM
from powercx.apps.core.domain.people import ChangedMeanwhile
from powercx.apps.core.domain.targets import Aim, BadTarget
from powercx.apps.core.enums import Role
from powercx.apps.core.models import AuditEntry, Target
from powercx.apps.core.queries.people import scope_of
from powercx.apps.core.queries.targets import targets_for
from powercx.apps.core.rules import NotAllowed, Scope, UnknownUnit
from powercx.base.periods import parse_period

KEY, DEFINED = "connection_on_time", 0.98

# Rows that are set, then what holds in the station on the last day of the period, and from where.
CASES = {
    "none set": ("", "2025-03", DEFINED, "definition"),
    "own": ("station 2025-01-01 .. 0.90", "2025-03", 0.90, "own"),
    "of the unit above": ("bureau 2025-01-01 .. 0.91", "2025-03", 0.91, "above"),
    "nearest above": (
        "company 2025-01-01 .. 0.92; bureau 2024-01-01 .. 0.91",
        "2025-03",
        0.91,
        "above",
    ),
    "own before above": (
        "bureau 2025-02-01 .. 0.91; station 2024-01-01 .. 0.90",
        "2025-03",
        0.90,
        "own",
    ),
    "everywhere": ("everywhere 2025-01-01 .. 0.93", "2025-03", 0.93, "company"),
    "of another unit": ("other 2025-01-01 .. 0.50", "2025-03", DEFINED, "definition"),
    "not begun": ("station 2025-04-01 .. 0.90", "2025-03", DEFINED, "definition"),
    "begun on the last day": ("station 2025-03-31 .. 0.90", "2025-03", 0.90, "own"),
    "over the day before": ("station 2025-01-01 2025-03-30 0.90", "2025-03", DEFINED, "definition"),
    "over on the last day": ("station 2025-01-01 2025-03-31 0.90", "2025-03", 0.90, "own"),
    "of two the later": (
        "station 2025-01-01 .. 0.90; station 2025-02-01 .. 0.94",
        "2025-03",
        0.94,
        "own",
    ),
    "the later is over": (
        "station 2025-01-01 .. 0.90; station 2025-02-01 2025-02-28 0.94",
        "2025-03",
        0.90,
        "own",
    ),
    "a year ends in december": ("station 2025-07-01 .. 0.90", "2025", 0.90, "own"),
}


@pytest.mark.parametrize(("rows", "period", "value", "source"), CASES.values(), ids=CASES)
def test_the_target_in_force(site: Site, rows: str, period: str, value: float, source: str):
    bureau, other = site.bureaus[:2]
    station = site.tree.children(bureau)[0]
    units = {
        "station": station,
        "bureau": bureau,
        "company": site.company,
        "other": other,
        "everywhere": "",
    }
    for row in filter(None, rows.split("; ")):
        unit, first, last, reached = row.split()
        Target.objects.create(
            measure=KEY,
            org_id=units[unit],
            starts_on=first,
            ends_on=None if last == ".." else last,
            value=float(reached),
            set_at=AT,
        )

    held = in_force(site, station, period)

    assert (held.value, held.source.value) == (value, source)


def test_a_measure_without_any_target_has_none(site: Site):
    assert in_force(site, site.company, "2025-03", key="saidi") is None


@pytest.mark.parametrize("units", [1, 3])
def test_targets_of_many_units_take_one_query(site: Site, units: int, django_assert_num_queries):
    orgs, periods = site.bureaus[:units], [parse_period(f"2025-0{m}") for m in range(1, units + 1)]
    session = lake.figures(site.home).session

    with django_assert_num_queries(1):
        held = targets_for(session, [KEY, "saidi"], orgs=orgs, periods=periods)
        for org in orgs:
            held.of(KEY, Figure(org, periods[0], None))


def test_a_manager_sets_targets_in_their_own_units_only(site: Site):
    first, second = site.bureaus[:2]
    mine = scope(site, Role.ORG_MANAGER, first)

    made = put(mine, org_id=site.tree.children(first)[0])

    assert made.value == 0.9
    for out in (second, site.company, ""):
        with pytest.raises(UnknownUnit):
            put(mine, org_id=out)
    assert Target.objects.count() == 1


def test_who_may_not_set_targets_does_not(site: Site):
    with pytest.raises(NotAllowed):
        put(scope(site, Role.EXECUTIVE), org_id=site.company)


def test_a_target_cannot_be_moved_out_of_reach_or_changed_there(site: Site):
    first, second = site.bureaus[:2]
    mine = scope(site, Role.ORG_MANAGER, first)
    own = put(mine, org_id=first)
    theirs = put(scope(site, Role.ORG_MANAGER, second), org_id=second)

    with pytest.raises(UnknownUnit):
        alter(own, mine, org_id=second)
    with pytest.raises(UnknownUnit):
        alter(theirs, mine, org_id=first)
    with pytest.raises(UnknownUnit):
        targets.remove_target(target=theirs, version=1, scope=mine, actor=SYSTEM, at=AT)


@pytest.mark.parametrize(
    "wrong",
    [{"ends_on": date(2024, 12, 31)}, {"value": float("nan")}, {"baseline": float("inf")}],
    ids=["ends before it begins", "no number", "endless"],
)
def test_a_target_that_contradicts_itself_is_refused(site: Site, wrong: dict[str, object]):
    with pytest.raises(BadTarget):
        put(scope(site, Role.EXPERIENCE_MANAGER), org_id=site.company, **wrong)


def test_a_second_save_on_the_old_version_is_told(site: Site):
    mine = scope(site, Role.EXPERIENCE_MANAGER)
    target = put(mine, org_id=site.company)
    alter(target, mine, value=0.95)

    with pytest.raises(ChangedMeanwhile):
        alter(target, mine, value=0.97)

    assert Target.objects.get().value == 0.95


def test_every_change_is_told_in_the_audit_chain(site: Site):
    mine = scope(site, Role.EXPERIENCE_MANAGER)
    target = put(mine, org_id=site.company)
    alter(target, mine, value=0.95)
    entry = targets.remove_target(target=target, version=2, scope=mine, actor=SYSTEM, at=AT)
    targets.restore_target(entry=entry, scope=mine, actor=SYSTEM, at=AT)

    told = AuditEntry.objects.filter(record_type="target", record_id=target.pk).order_by("seq")

    assert [each.action for each in told] == ["create", "change", "remove", "restore"]
    assert told[1].detail == {"value": [0.9, 0.95], "version": [1, 2]}
    assert {each.org_id for each in told} == {site.company}


def test_a_removed_target_comes_back_as_it_was(site: Site):
    mine = scope(site, Role.EXPERIENCE_MANAGER)
    target = put(mine, org_id=site.company, ends_on=date(2025, 12, 31), baseline=0.7, note="Q1")
    entry = targets.remove_target(target=target, version=1, scope=mine, actor=SYSTEM, at=AT)
    assert not Target.objects.exists()

    back = targets.restore_target(entry=entry, scope=mine, actor=SYSTEM, at=AT)

    assert back.pk == target.pk
    assert targets.state_of(back) == {**targets.state_of(target), "version": 2}


# Pages ---------------------------------------------------------------------------------------


def test_a_share_is_typed_in_per_cent_and_the_list_says_who_set_it(site: Site):
    client = site.client(Role.EXPERIENCE_MANAGER)

    answer = client.post(f"/measures/{KEY}/target/", sent(site.company), follow=True)

    assert Target.objects.get().value == 0.955
    page = answer.content.decode()
    assert "95.5%" in page
    assert site.person(Role.EXPERIENCE_MANAGER).name in page


def test_what_was_typed_is_not_lost_when_somebody_else_saved_first(site: Site):
    target = put(scope(site, Role.EXPERIENCE_MANAGER), org_id=site.company)
    alter(target, scope(site, Role.EXPERIENCE_MANAGER), value=0.8)
    client, address = site.client(Role.EXPERIENCE_MANAGER), f"/measures/{KEY}/targets/{target.pk}/"

    told = client.post(address, sent(site.company, value="97", version="1"))

    page = told.content.decode()
    assert 'value="97"' in page
    assert "80.0" in page
    assert Target.objects.get().value == 0.8
    client.post(address, sent(site.company, value="97", version="2"))
    assert Target.objects.get().value == 0.97


def test_a_removal_can_be_undone_from_the_list(site: Site):
    target = put(scope(site, Role.EXPERIENCE_MANAGER), org_id=site.company)
    client = site.client(Role.EXPERIENCE_MANAGER)

    gone = client.post(f"/measures/{KEY}/targets/{target.pk}/remove/", {"version": 1}, follow=True)
    entry = gone.context["removed"].seq
    client.post(f"/measures/{KEY}/targets/restore/", {"entry": entry})

    assert Target.objects.get().pk == target.pk


def test_targets_of_units_out_of_reach_are_neither_listed_nor_opened(site: Site):
    first, second = site.bureaus[:2]
    whole = scope(site, Role.EXPERIENCE_MANAGER)
    own, above, theirs = (put(whole, org_id=o) for o in (first, site.company, second))
    client = site.client(Role.ORG_MANAGER, first)

    lines = client.get(f"/measures/{KEY}/targets/").context["lines"]

    assert {line.target.pk for line in lines} == {own.pk, above.pk}
    assert {line.target.pk for line in lines if line.editable} == {own.pk}
    codes = [client.get(f"/measures/{KEY}/targets/{t.pk}/").status_code for t in (own, theirs)]
    assert codes == [200, 404]
    assert post_remove(client, theirs) == 404
    assert Target.objects.count() == 3


def test_bad_input_is_told_beside_the_field_and_nothing_is_kept(site: Site):
    client = site.client(Role.EXPERIENCE_MANAGER)

    answer = client.post(
        f"/measures/{KEY}/target/", sent(site.company, value="viel", starts_on="31.12.2025")
    )

    assert set(answer.context["form"].errors) == {"value", "starts_on"}
    assert not Target.objects.exists()


def test_a_measure_that_is_not_there_has_no_targets(site: Site):
    assert site.client(Role.EXPERIENCE_MANAGER).get("/measures/no_such/targets/").status_code == 404


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_measure_without_targets_says_what_they_are_for(site: Site, language: str):
    client = site.client(Role.EXPERIENCE_MANAGER, language=language)

    page = client.get(f"/measures/{KEY}/targets/").content.decode()

    word = {"zh": "还没有人为这个指标设定目标值", "en": "Nobody has set a target"}[language]
    assert word in page


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_takes_as_many_queries_for_one_row_as_for_three(
    site: Site, rows: int, django_assert_max_num_queries
):
    for _ in range(rows):
        put(scope(site, Role.EXPERIENCE_MANAGER), org_id=site.company)
    client = site.client(Role.EXPERIENCE_MANAGER)

    with django_assert_max_num_queries(7):
        client.get(f"/measures/{KEY}/targets/")


def scope(site: Site, role: Role, org: str = "") -> Scope:
    return scope_of(site.person(role, org), site.tree)


def put(by: Scope, **given: object) -> Target:
    aim = Aim(KEY, "", date(2025, 1, 1), None, 0.9)
    return targets.set_target(aim=replace(aim, **given), scope=by, actor=SYSTEM, at=AT)


def alter(target: Target, by: Scope, **given: object) -> Target:
    aim = Aim(KEY, target.org_id, date(2025, 1, 1), None, 0.9)
    return targets.change_target(
        target=target,
        version=target.version,
        aim=replace(aim, **given),
        scope=by,
        actor=SYSTEM,
        at=AT,
    )


def in_force(site: Site, org: str, period: str, key: str = KEY):
    span = parse_period(period)
    held = targets_for(lake.figures(site.home).session, [key], orgs=[org], periods=[span])
    return held.of(key, Figure(org, span, None))


def sent(org: str, **given: str) -> dict[str, str]:
    return {"org_id": org, "starts_on": "2025-01-01", "value": "95.5", **given}


def post_remove(client: Client, target: Target) -> int:
    return client.post(
        f"/measures/{KEY}/targets/{target.pk}/remove/", {"version": target.version}
    ).status_code
