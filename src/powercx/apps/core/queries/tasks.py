"""Tasks as pages show them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from powercx.apps.core.enums import Permission, TaskState
from powercx.apps.core.models import Person, Task
from powercx.apps.core.rules import Scope

OPEN = {TaskState.WAITING.value, TaskState.RUNNING.value}
AGAIN = {TaskState.FAILED.value, TaskState.CANCELLED.value}
ALERTING = timedelta(days=7)
"""A failed task is an alert for whoever asked for it for so long."""
PATIENCE = timedelta(seconds=30)
"""A task due for so long, while no worker does anything, waits for a worker to be started."""


@dataclass(frozen=True, slots=True)
class TaskView:
    """One task at one moment: how far it is and what may be done with it."""

    task: Task
    at: datetime
    before: int
    forsaken: bool

    @property
    def open(self) -> bool:
        return self.task.state in OPEN

    @property
    def over(self) -> bool:
        return self.task.state in AGAIN

    @property
    def tried(self) -> bool:
        """Whether it waits for its next try after one that failed."""
        return self.task.state == TaskState.WAITING and bool(self.task.error)

    @property
    def tone(self) -> str:
        """The colour that goes with the state's word."""
        tones = {TaskState.RUNNING: "accent", TaskState.DONE: "fine", TaskState.FAILED: "critical"}
        return tones.get(TaskState(self.task.state), "")

    @property
    def percent(self) -> int:
        return int(self.task.share * 100)

    @property
    def seconds(self) -> float:
        """How long it has been worked on."""
        began = self.task.started_at
        ended = self.task.finished_at or self.at
        return (ended - began).total_seconds() if began else 0.0


def find_task(*, task_id: UUID, person: Person, scope: Scope) -> Task | None:
    """A task that the person asked for, or any for someone who sees jobs."""
    task: Task | None = Task.objects.select_related("asked_by").filter(pk=task_id).first()
    if task is None or not (task.asked_by_id == person.pk or scope.may(Permission.JOBS)):
        return None
    return task


def as_seen(task: Task, *, at: datetime) -> TaskView:
    """The task with its place in the queue."""
    if task.state != TaskState.WAITING:
        return TaskView(task, at, 0, forsaken=False)
    waiting = Task.objects.filter(state=TaskState.WAITING, due_at__lt=task.due_at)
    return TaskView(task, at, waiting.count(), forsaken=forsaken(at=at))


def forsaken(*, at: datetime) -> bool:
    """Whether work is due and no worker takes it up."""
    running = Task.objects.filter(state=TaskState.RUNNING).exists()
    due: Any = Task.objects.filter(state=TaskState.WAITING, due_at__lt=at - PATIENCE)
    return not running and bool(due.exists())


def tasks_of(person: Person) -> QuerySet[Task]:
    """What someone asked for, newest first."""
    return Task.objects.filter(asked_by=person).select_related("asked_by").order_by("-asked_at")


def failed_of(person: Person, *, at: datetime) -> int:
    """How many tasks of someone failed lately and were not done again: an alert for them."""
    failed = Task.objects.filter(asked_by=person, state=TaskState.FAILED)
    return int(failed.filter(finished_at__gte=at - ALERTING).count())
