"""Schedules and tasks as the page of jobs shows them."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, OuterRef, QuerySet, Subquery

from powercx.apps.core.enums import TaskState
from powercx.apps.core.models import Schedule, Task

FILTERS = {
    "": (),
    "open": (TaskState.WAITING.value, TaskState.RUNNING.value),
    "failed": (TaskState.FAILED.value,),
    "done": (TaskState.DONE.value,),
    "cancelled": (TaskState.CANCELLED.value,),
}
"""What the list of tasks can be cut to, and the states that each shows."""
CRON_FIELDS = 5


@dataclass(frozen=True, slots=True)
class CronWords:
    """A schedule in words where it is a simple one: every day, or one weekday, at one time."""

    time: str
    weekday: int | None


def cron_words(cron: str) -> CronWords | None:
    """The words of a simple schedule; None for others, which are shown as they are written.

    >>> cron_words("30 2 * * *"), cron_words("0 4 * * 0")
    (CronWords(time='02:30', weekday=None), CronWords(time='04:00', weekday=0))
    >>> cron_words("*/5 * * * *") is None
    True
    """
    fields = cron.split()
    if len(fields) != CRON_FIELDS or fields[2:4] != ["*", "*"]:
        return None
    minute, hour, weekday = fields[0], fields[1], fields[4]
    single = weekday == "*" or (weekday.isdigit() and int(weekday) < CRON_FIELDS + 2)
    if not (minute.isdigit() and hour.isdigit() and single):
        return None
    time = f"{int(hour):02d}:{int(minute):02d}"
    return CronWords(time, None if weekday == "*" else int(weekday))


def schedules() -> QuerySet[Schedule]:
    """Every schedule by name."""
    return Schedule.objects.order_by("name")


def last_tasks() -> dict[str, Task]:
    """The newest task of each kind that has a schedule."""
    newest = Task.objects.filter(name=OuterRef("name")).order_by("-asked_at", "pk").values("pk")[:1]
    pks = Schedule.objects.annotate(newest=Subquery(newest)).values_list("newest", flat=True)
    return {task.name: task for task in Task.objects.filter(pk__in=list(pks))}


def wished(*, state: str, name: str) -> QuerySet[Task]:
    """The tasks of the list, newest first."""
    found = Task.objects.select_related("asked_by").order_by("-asked_at", "pk")
    states = FILTERS.get(state, ())
    if states:
        found = found.filter(state__in=states)
    return found.filter(name=name) if name else found


def counts() -> dict[str, int]:
    """How many tasks each filter shows."""
    by_state = dict(Task.objects.values_list("state").annotate(n=Count("pk")).order_by())
    return {
        name: sum(n for state, n in by_state.items() if not states or state in states)
        for name, states in FILTERS.items()
    }
