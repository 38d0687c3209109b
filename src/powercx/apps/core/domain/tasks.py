"""Tasks as records: asked for, taken up, kept alive, finished, failed, cancelled, done again.

The table is the queue. Whoever takes a task up holds it by its start: what a worker writes counts
only while the task still has the start that this worker gave it, so that of two workers (one of
them believed dead) one alone is heard.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, connection, transaction
from django.db.models import F

from powercx.apps.core.domain import audit, outbox
from powercx.apps.core.domain.audit import SYSTEM, Actor
from powercx.apps.core.enums import Event, TaskState
from powercx.apps.core.models import Task
from powercx.base.errors import UserError

TYPE = "task"
OPEN = (TaskState.WAITING.value, TaskState.RUNNING.value)
SILENT_FOR = timedelta(seconds=60)
"""A running task that has not been heard of for so long has lost its worker."""
MOST_LOST = 3
"""So many times more than it has tries a task is taken up when its workers die."""
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)
STEP_CHARS = 200


class TaskIsOver(UserError):
    """The task has ended, so that there is nothing to cancel."""


class TaskIsOpen(UserError):
    """The task still waits or runs, so that it cannot be asked for again."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for; ``key`` empty, or the same for what need be done only once."""

    name: str
    args: Mapping[str, Any]
    key: str = ""
    org_id: str = ""


def ask(*, wanted: Wanted, actor: Actor, at: datetime, due_at: datetime | None = None) -> Task:
    """Put a task into the queue; one with the same key that is not over yet is given instead."""
    try:
        with transaction.atomic():
            held = _open_one(wanted.key)
            return held or _asked(wanted, actor, at, due_at or at)
    except IntegrityError:
        # Somebody asked for the same at the same moment.
        held = _open_one(wanted.key)
        if held is None:
            raise
        return held


def claim(*, names: Collection[str], at: datetime) -> Task | None:
    """Take up the task that has been due longest, if there is one; of two callers one gets it."""
    due = Task.objects.filter(state=TaskState.WAITING, due_at__lte=at, name__in=list(names))
    due = due.order_by("due_at", "asked_at")
    # Looked at without a lock: an idle worker must not hold up those who write.
    if not due.exists():
        return None
    with transaction.atomic():
        skips = connection.features.has_select_for_update_skip_locked
        task: Task | None = (due.select_for_update(skip_locked=True) if skips else due).first()
        if task is None:
            return None
        taken = Task.objects.filter(pk=task.pk, state=TaskState.WAITING).update(
            state=TaskState.RUNNING,
            started_at=at,
            heard_at=at,
            attempts=F("attempts") + 1,
            share=0,
            step="",
            error={},
        )
    if not taken:
        return None
    task.refresh_from_db()
    return task


def heard(*, task: Task, share: float, step: str, at: datetime) -> bool:
    """Write how far the worker came; False when the task is no longer this worker's."""
    share = min(max(share, 0.0), 1.0)
    return bool(_held(task).update(heard_at=at, share=share, step=step[:STEP_CHARS]))


def finish(*, task: Task, result: Mapping[str, Any], at: datetime) -> None:
    """Write what came of it, unless the task is no longer this worker's."""
    _held(task).update(
        state=TaskState.DONE,
        result=plain(result),
        share=1,
        step="",
        heard_at=at,
        finished_at=at,
    )


def fail(*, task: Task, error: Mapping[str, Any], tries: int, at: datetime) -> None:
    """Write what went wrong; while tries are left the task waits, longer each time."""
    if task.attempts >= tries:
        _give_up(task, plain(error), at)
        return
    due_at = at + wait_after(task.attempts)
    _held(task).update(state=TaskState.WAITING, error=plain(error), heard_at=at, due_at=due_at)


def give_back(*, task: Task, at: datetime) -> None:
    """Let another worker do the task, as if this one had not begun."""
    _held(task).update(
        state=TaskState.WAITING, due_at=at, attempts=F("attempts") - 1, share=0, step=""
    )


def wait_after(attempts: int) -> timedelta:
    """How long to wait after so many failed tries: 30 s, 1 min, 2 min, ... at most an hour.

    >>> [wait_after(n).total_seconds() for n in (1, 2, 3, 12)]
    [30.0, 60.0, 120.0, 3600.0]
    """
    doubled: int = 2 ** min(attempts - 1, 16)
    return min(FIRST_WAIT * doubled, LONGEST_WAIT)


def take_up_lost(*, tries: Mapping[str, int], at: datetime) -> list[Task]:
    """Let tasks wait again whose worker is not heard of any more; returns those given up.

    A task that takes its workers down with it is given up after a few times.
    """
    given_up: list[Task] = []
    lost = Task.objects.filter(
        state=TaskState.RUNNING, heard_at__lt=at - SILENT_FOR, name__in=list(tries)
    )
    for task in lost:
        if task.attempts < tries[task.name] + MOST_LOST:
            _held(task).update(state=TaskState.WAITING, due_at=at)
            continue
        error = told(UserError("tasks.worker_lost", times=task.attempts))
        if _give_up(task, error, at):
            given_up.append(task)
    return given_up


def cancel(*, task_id: UUID, actor: Actor, at: datetime) -> Task:
    """End a task before its time; a worker that has it stops at its next step.

    :raises TaskIsOver: it has ended.
    """
    with transaction.atomic():
        changed = Task.objects.filter(pk=task_id, state__in=OPEN).update(
            state=TaskState.CANCELLED, finished_at=at
        )
        task: Task = Task.objects.get(pk=task_id)
        if not changed:
            raise TaskIsOver("tasks.is_over")
        _record(task, "cancel", actor, at)
    return task


def again(*, task_id: UUID, actor: Actor, at: datetime) -> Task:
    """Do a task that failed or was cancelled once more.

    :raises TaskIsOpen: it has not ended without success, or the same is already under way.
    """
    with transaction.atomic():
        task: Task = Task.objects.select_for_update().get(pk=task_id)
        ended = {TaskState.FAILED.value, TaskState.CANCELLED.value}
        if task.state not in ended or (task.key and _open_one(task.key)):
            raise TaskIsOpen("tasks.is_open")
        task.state, task.due_at, task.attempts = TaskState.WAITING.value, at, 0
        task.started_at = task.finished_at = None
        task.share, task.step, task.error = 0, "", {}
        task.save()
        _record(task, "again", actor, at)
    return task


def told(error: UserError) -> dict[str, Any]:
    """A user's error as it is kept: its text can be made again in either language."""
    params = {name: str(value) for name, value in error.params.items()}
    return {"code": error.code, "params": params, "text": str(error)}


def plain(value: Mapping[str, Any]) -> dict[str, Any]:
    """``value`` as JSON gives it back."""
    found: dict[str, Any] = json.loads(json.dumps(dict(value), cls=DjangoJSONEncoder))
    return found


def _give_up(task: Task, error: Mapping[str, Any], at: datetime) -> bool:
    with transaction.atomic():
        mine = _held(task).update(state=TaskState.FAILED, finished_at=at, error=error)
        if mine:
            payload = {"id": str(task.pk), "name": task.name, "error": error}
            outbox.put(Event.TASK_FAILED, payload, at=at)
    return bool(mine)


def _held(task: Task) -> Any:  # noqa: ANN401 - a queryset of the manager's own kind
    return Task.objects.filter(
        pk=task.pk, state=TaskState.RUNNING, started_at=task.started_at, attempts=task.attempts
    )


def _open_one(key: str) -> Task | None:
    return Task.objects.filter(key=key, state__in=OPEN).first() if key else None


def _asked(wanted: Wanted, actor: Actor, at: datetime, due_at: datetime) -> Task:
    task: Task = Task.objects.create(
        name=wanted.name,
        args=plain(wanted.args),
        key=wanted.key,
        org_id=wanted.org_id,
        asked_by=actor.person,
        asked_at=at,
        due_at=due_at,
    )
    if actor != SYSTEM:
        _record(task, "ask", actor, at)
    return task


def _record(task: Task, action: str, actor: Actor, at: datetime) -> None:
    audit.record(
        actor=actor,
        action=action,
        record_type=TYPE,
        record_id=task.pk,
        at=at,
        org_id=task.org_id,
        detail={"name": task.name},
    )
