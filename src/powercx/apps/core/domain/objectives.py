"""Objectives of customer experience (clause 4): made, changed, closed and opened again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.urls import reverse

from powercx.apps.core.domain import audit, outbox, records
from powercx.apps.core.domain.audit import Actor
from powercx.apps.core.domain.people import ChangedMeanwhile
from powercx.apps.core.domain.records import Subject
from powercx.apps.core.enums import Event, ObjectiveState, Permission
from powercx.apps.core.models import Objective, Person, Responsibility, Target
from powercx.apps.core.queries.objectives import access_objective
from powercx.apps.core.queries.targets import may_set
from powercx.apps.core.rules import Scope, UnknownUnit
from powercx.base.errors import UserError

TYPE = "objective"


class BadObjective(UserError):
    """The days contradict each other, or a measure is named twice."""


@dataclass(frozen=True, slots=True)
class Saying:
    """What is said of an objective; ``org_id`` empty for the whole company."""

    statement: str
    strategy: str
    owner: Person
    org_id: str
    starts_on: date
    ends_on: date
    review_on: date | None = None


@dataclass(frozen=True, slots=True)
class Yard:
    """A measure of an objective in one unit; ``pk`` of one that is there already."""

    measure: str
    org_id: str
    starts_on: date
    ends_on: date | None
    value: float
    baseline: float | None = None
    pk: int | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """Someone's part (R, A, C or I) in a process."""

    process: str
    person: Person
    part: str


def create_objective(
    *,
    saying: Saying,
    yards: Sequence[Yard],
    parts: Sequence[Part],
    scope: Scope,
    actor: Actor,
    at: datetime,
) -> Objective:
    """Set an objective with its measures and who does what.

    :raises UnknownUnit: it, or one of its measures, is for a unit out of reach.
    :raises BadObjective: the days contradict each other, or something is named twice.
    """
    _check(saying, yards, parts, scope)
    with transaction.atomic():
        made = Objective.objects.create(**_columns(saying), created_at=at)
        _measure(made, yards, actor, at)
        _assign(made, parts)
        _tell(made, "create", actor, at, audit.changes({}, state_of(made)))
    return made


def change_objective(
    *,
    objective: Objective,
    version: int,
    saying: Saying,
    yards: Sequence[Yard],
    parts: Sequence[Part],
    scope: Scope,
    actor: Actor,
    at: datetime,
) -> Objective:
    """Change an objective with all that belongs to it.

    :raises ChangedMeanwhile: ``version`` is not the one that is kept.
    :raises UnknownUnit: it, or one of its measures, is for a unit out of reach.
    :raises BadObjective: the days contradict each other, or something is named twice.
    """
    _check(saying, yards, parts, scope)
    with transaction.atomic():
        held = _held(objective, version, scope)
        before = state_of(held)
        for name, value in _columns(saying).items():
            setattr(held, name, value)
        held.version = version + 1
        held.save()
        _measure(held, yards, actor, at)
        _assign(held, parts)
        _tell(held, "change", actor, at, audit.changes(before, state_of(held)))
    return held


def set_state(
    *,
    objective: Objective,
    version: int,
    state: ObjectiveState,
    scope: Scope,
    actor: Actor,
    at: datetime,
) -> Objective:
    """Close an objective, or open it again.

    :raises ChangedMeanwhile: ``version`` is not the one that is kept.
    :raises UnknownUnit: it is for a unit out of reach.
    """
    with transaction.atomic():
        held = _held(objective, version, scope)
        before = {"state": held.state}
        held.state, held.version = state.value, version + 1
        held.save()
        action = "close" if state is ObjectiveState.CLOSED else "reopen"
        _tell(held, action, actor, at, audit.changes(before, {"state": held.state}))
    return held


def subject_of(scope: Scope, objective: Objective) -> Subject:
    """The objective as its comments, evidence, files and history know it."""
    return Subject(
        type=TYPE,
        id=str(objective.pk),
        title=objective.statement,
        url=reverse("core:objective", args=[objective.pk]),
        org_id=objective.org_id,
        editable=scope.may(Permission.OBJECTIVES_EDIT)
        and may_set(scope, objective.org_id, Permission.OBJECTIVES_EDIT),
        inside=may_set(scope, objective.org_id, Permission.OBJECTIVES),
    )


def access_parts(scope: Scope, record_id: str) -> Subject:
    """The way to the parts of one objective.

    :raises NotAllowed: objectives may not be seen at all.
    :raises UnknownRecord: there is none within reach.
    """
    scope.check(Permission.OBJECTIVES)
    pk = int(record_id) if record_id.isdecimal() else 0
    return subject_of(scope, access_objective(scope, pk))


def state_of(objective: Objective) -> dict[str, Any]:
    """What the audit chain keeps of an objective."""
    names = ("statement", "strategy", "org_id", "starts_on", "ends_on", "review_on", "state")
    targets = objective.targets.order_by("measure", "org_id", "pk")
    parts = objective.responsibilities.select_related("person").order_by("process", "part", "pk")
    return {name: getattr(objective, name) for name in names} | {
        "owner": objective.owner.username,
        "measures": [f"{t.measure} {t.org_id or '*'} {t.baseline}→{t.value}" for t in targets],
        "responsibilities": [f"{p.process} {p.part} {p.person.username}" for p in parts],
    }


def _columns(saying: Saying) -> dict[str, Any]:
    return {name: getattr(saying, name) for name in Saying.__slots__}


def _check(saying: Saying, yards: Sequence[Yard], parts: Sequence[Part], scope: Scope) -> None:
    scope.check(Permission.OBJECTIVES_EDIT)
    for org in (saying.org_id, *(yard.org_id for yard in yards)):
        if not may_set(scope, org, Permission.OBJECTIVES_EDIT):
            raise UnknownUnit("access.unknown_unit", org=org)
    if saying.ends_on < saying.starts_on:
        raise BadObjective("target.ends_before_start")
    if any(y.ends_on is not None and y.ends_on < y.starts_on for y in yards):
        raise BadObjective("target.ends_before_start")
    named = [(p.process, p.person.pk, p.part) for p in parts]
    if len(set(named)) < len(named):
        raise BadObjective("objective.part_twice")


def _measure(objective: Objective, yards: Sequence[Yard], actor: Actor, at: datetime) -> None:
    """Make the objective's targets these; one that stays the same keeps who set it."""
    held = {target.pk: target for target in objective.targets.all()}
    kept = {yard.pk for yard in yards}
    for pk, target in held.items():
        if pk not in kept:
            target.delete()
    for yard in yards:
        values = {name: value for name, value in asdict(yard).items() if name != "pk"}
        target = held.get(yard.pk or 0) or Target(objective=objective)
        if target.pk and all(getattr(target, name) == value for name, value in values.items()):
            continue
        for name, value in values.items():
            setattr(target, name, value)
        target.set_by, target.set_at = actor.person, at
        target.version += 1 if target.pk else 0
        target.save()


def _assign(objective: Objective, parts: Sequence[Part]) -> None:
    objective.responsibilities.all().delete()
    Responsibility.objects.bulk_create(
        Responsibility(objective=objective, process=p.process, person=p.person, part=p.part)
        for p in parts
    )


def _held(objective: Objective, version: int, scope: Scope) -> Objective:
    scope.check(Permission.OBJECTIVES_EDIT)
    held: Objective = Objective.objects.select_for_update().get(pk=objective.pk)
    if not may_set(scope, held.org_id, Permission.OBJECTIVES_EDIT):
        raise UnknownUnit("access.unknown_unit", org=held.org_id)
    if held.version != version:
        raise ChangedMeanwhile("records.changed_meanwhile")
    return held


def _tell(
    objective: Objective, action: str, actor: Actor, at: datetime, detail: dict[str, Any]
) -> None:
    told = {"id": str(objective.pk), "org": objective.org_id, "action": action}
    outbox.put(Event.OBJECTIVE_CHANGED, told, at=at)
    audit.record(
        actor=actor,
        action=action,
        record_type=TYPE,
        record_id=objective.pk,
        org_id=objective.org_id,
        at=at,
        detail=detail,
    )


records.register(TYPE, access_parts)
