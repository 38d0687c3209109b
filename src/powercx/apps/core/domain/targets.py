"""Targets of measures: set, changed, removed, and put back."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction
from django.db.models import F

from powercx.apps.core.domain import audit, outbox
from powercx.apps.core.domain.audit import Actor
from powercx.apps.core.domain.people import ChangedMeanwhile
from powercx.apps.core.enums import Event, Permission
from powercx.apps.core.models import AuditEntry, Objective, Target
from powercx.apps.core.queries.targets import may_set
from powercx.apps.core.rules import Scope, UnknownUnit
from powercx.base.errors import UserError

TYPE = "target"


class BadTarget(UserError):
    """The days or the numbers of a target contradict each other."""


class CannotRestore(UserError):
    """What was removed is there again already, or what it belonged to is gone."""


@dataclass(frozen=True, slots=True)
class Aim:
    """What a measure is to reach, in its unit; ``org_id`` empty for all units."""

    measure: str
    org_id: str
    starts_on: date
    ends_on: date | None
    value: float
    baseline: float | None = None
    note: str = ""


def set_target(
    *, aim: Aim, scope: Scope, actor: Actor, at: datetime, objective: Objective | None = None
) -> Target:
    """Set a target for a unit from a day on.

    :raises NotAllowed: the permission is missing.
    :raises UnknownUnit: it is not given for this unit.
    :raises BadTarget: the days or numbers contradict each other.
    """
    _check(aim, scope)
    with transaction.atomic():
        target = Target.objects.create(
            **asdict(aim), objective=objective, set_by=actor.person, set_at=at
        )
        _tell(target, "create", actor, at, audit.changes({}, state_of(target)))
    return target


def change_target(
    *, target: Target, version: int, aim: Aim, scope: Scope, actor: Actor, at: datetime
) -> Target:
    """Change a target; the measure stays.

    :raises ChangedMeanwhile: ``version`` is not the one that is kept.
    :raises UnknownUnit: it stands, or would stand, in a unit out of reach.
    :raises BadTarget: the days or numbers contradict each other.
    """
    _check(aim, scope)
    with transaction.atomic():
        held = _held(target, version, scope)
        before = state_of(held)
        for name, value in asdict(aim).items():
            if name != "measure":
                setattr(held, name, value)
        held.set_by, held.set_at, held.version = actor.person, at, version + 1
        held.save()
        _bump(held)
        _tell(held, "change", actor, at, audit.changes(before, state_of(held)))
    return held


def remove_target(
    *, target: Target, version: int, scope: Scope, actor: Actor, at: datetime
) -> AuditEntry:
    """Remove a target; the entry returned is what ``restore_target`` needs to put it back.

    :raises ChangedMeanwhile: ``version`` is not the one that is kept.
    :raises UnknownUnit: it stands in a unit out of reach.
    """
    with transaction.atomic():
        held = _held(target, version, scope)
        entry = _tell(held, "remove", actor, at, audit.changes(state_of(held), {}))
        _bump(held)
        held.delete()
    return entry


def restore_target(*, entry: AuditEntry, scope: Scope, actor: Actor, at: datetime) -> Target:
    """Put a removed target back as it was, under its old number.

    :raises UnknownUnit: it stood in a unit out of reach.
    :raises CannotRestore: it is back already, or its objective is gone.
    """
    was = {name: pair[0] for name, pair in entry.detail.items()}
    aim = Aim(
        measure=was["measure"],
        org_id=entry.org_id,
        starts_on=date.fromisoformat(was["starts_on"]),
        ends_on=date.fromisoformat(was["ends_on"]) if was.get("ends_on") else None,
        value=was["value"],
        baseline=was.get("baseline"),
        note=was.get("note") or "",
    )
    _check(aim, scope)
    with transaction.atomic():
        if Target.objects.filter(pk=entry.record_id).exists():
            raise CannotRestore("target.back_already")
        objective = was.get("objective")
        if objective and not Objective.objects.filter(pk=objective).exists():
            raise CannotRestore("target.objective_gone")
        target = Target(
            pk=entry.record_id, **asdict(aim), objective_id=objective, version=was["version"] + 1
        )
        target.set_by, target.set_at = actor.person, at
        target.save(force_insert=True)
        _tell(target, "restore", actor, at, audit.changes({}, state_of(target)))
    return target


def state_of(target: Target) -> dict[str, Any]:
    """What the audit chain keeps of a target."""
    names = ("measure", "org_id", "starts_on", "ends_on", "baseline", "value", "note", "version")
    return {name: getattr(target, name) for name in names} | {"objective": target.objective_id}


def _check(aim: Aim, scope: Scope) -> None:
    scope.check(Permission.TARGETS)
    if not may_set(scope, aim.org_id):
        raise UnknownUnit("access.unknown_unit", org=aim.org_id)
    if aim.ends_on is not None and aim.ends_on < aim.starts_on:
        raise BadTarget("target.ends_before_start")
    if not all(math.isfinite(number) for number in (aim.value, aim.baseline or 0.0)):
        raise BadTarget("target.not_a_number")


def _held(target: Target, version: int, scope: Scope) -> Target:
    try:
        held = Target.objects.select_for_update().get(pk=target.pk)
    except ObjectDoesNotExist as error:
        raise ChangedMeanwhile("records.removed_meanwhile") from error
    if not may_set(scope, held.org_id):
        raise UnknownUnit("access.unknown_unit", org=held.org_id)
    if held.version != version:
        raise ChangedMeanwhile("records.changed_meanwhile")
    return held


def _bump(target: Target) -> None:
    """Whoever has its objective open, and with it this target, is told when saving."""
    if target.objective_id is not None:
        Objective.objects.filter(pk=target.objective_id).update(version=F("version") + 1)


def _tell(
    target: Target, action: str, actor: Actor, at: datetime, detail: dict[str, Any]
) -> AuditEntry:
    told = {"id": str(target.pk), "measure": target.measure, "org": target.org_id}
    outbox.put(Event.TARGET_CHANGED, told | {"action": action}, at=at)
    return audit.record(
        actor=actor,
        action=action,
        record_type=TYPE,
        record_id=target.pk,
        org_id=target.org_id,
        at=at,
        detail=detail,
    )
