"""Schedules: which tasks are asked for by themselves, and when."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from croniter import croniter
from django.db import transaction

from powercx.apps.core.domain import audit, tasks
from powercx.apps.core.domain.audit import SYSTEM, Actor
from powercx.apps.core.domain.people import ChangedMeanwhile
from powercx.apps.core.domain.tasks import Wanted
from powercx.apps.core.models import Schedule, Task
from powercx.base.errors import UserError

TYPE = "schedule"
_FIELDS = 5


class BadCron(UserError):
    """The five fields of a schedule cannot be understood, or never come true."""


def ensure(*, defaults: Mapping[str, str], at: datetime) -> None:
    """Make the schedules that are missing, ``{task: cron}``; what is there stays as it is."""
    for name, cron in defaults.items():
        Schedule.objects.get_or_create(name=name, defaults={"cron": cron, "last_at": at})


def ask_for_due(*, zone: ZoneInfo, at: datetime) -> list[Task]:
    """Ask for the task of every schedule whose time has come, once, however often it was missed."""
    found = []
    for schedule in Schedule.objects.filter(enabled=True).order_by("name"):
        coming = next_at(schedule.cron, after=schedule.last_at or at, zone=zone)
        if coming > at:
            continue
        with transaction.atomic():
            mine = Schedule.objects.filter(pk=schedule.pk, last_at=schedule.last_at)
            # Of several workers one moves the mark on, and that one asks.
            if mine.update(last_at=at):
                wanted = Wanted(schedule.name, {}, key=key_of(schedule.name))
                found.append(tasks.ask(wanted=wanted, actor=SYSTEM, at=at))
    return found


def key_of(name: str) -> str:
    """The key of a task that a schedule asks for: asked for by hand as well, it is done once."""
    return name


def change(
    *, schedule: Schedule, cron: str, enabled: bool, version: int, actor: Actor, at: datetime
) -> Schedule:
    """Give a schedule another time, or stop it; a time that has passed is not caught up.

    :raises BadCron: the five fields cannot be understood.
    :raises ChangedMeanwhile: somebody saved it since ``version`` was read.
    """
    check_cron(cron, at=at)
    with transaction.atomic():
        held: Schedule = Schedule.objects.select_for_update().get(pk=schedule.pk)
        if held.version != version:
            raise ChangedMeanwhile("records.changed_meanwhile")
        before = {"cron": held.cron, "enabled": held.enabled}
        held.cron, held.enabled = " ".join(cron.split()), enabled
        held.last_at, held.version = at, version + 1
        held.save()
        audit.record(
            actor=actor,
            action="change",
            record_type=TYPE,
            record_id=held.name,
            at=at,
            detail=audit.changes(before, {"cron": held.cron, "enabled": held.enabled}),
        )
    return held


def check_cron(cron: str, *, at: datetime) -> None:
    """:raises BadCron: not five fields of cron, or a day that never comes."""
    if len(cron.split()) != _FIELDS or not croniter.is_valid(cron):
        raise BadCron("schedules.bad_cron", cron=cron)
    try:
        croniter(cron, at).get_next(datetime)
    except ValueError as error:
        raise BadCron("schedules.bad_cron", cron=cron) from error


def next_at(cron: str, *, after: datetime, zone: ZoneInfo) -> datetime:
    """When the schedule comes true next, on the clocks of ``zone``.

    A time that clocks leave out in spring comes when they have moved on; one that they show twice
    in autumn comes once, unless it comes every hour.
    """
    times = croniter(cron, after.astimezone(zone))
    coming: datetime = times.get_next(datetime)
    hours = cron.split()[1]
    while coming.fold and not hours.startswith("*"):
        coming = times.get_next(datetime)
    return coming
