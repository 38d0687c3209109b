"""Work that goes on behind a call: asked for here, done by the worker."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from ninja import Path, Query

from powercx.api import models
from powercx.api.answers import answer
from powercx.api.calling import PREFIX, Caller, call
from powercx.api.problems import Unknown
from powercx.apps.core import tasks
from powercx.apps.core.enums import Permission
from powercx.apps.core.models import Task
from powercx.apps.core.queries.tasks import find_task

TaskId = Annotated[str, Path(description="api.param_task")]
Full = Annotated[bool, Query(description="api.param_full")]


@call("POST", "/refresh", needs=Permission.DATA_LOAD, answers=models.Task, status=202)
def refresh(request: Caller, *, full: Full = False) -> HttpResponse:
    task = tasks.ask(
        "refresh",
        {"full": full},
        key="refresh:full" if full else "refresh",
        asked_by=request.actor,
        at=timezone.now(),
    )
    return answer(_told(task), status=202)


@call("GET", "/tasks/{task_id}", needs=Permission.JOBS, example="/tasks/TASK", answers=models.Task)
def task(request: Caller, task_id: TaskId) -> HttpResponse:
    found = _found(request, task_id)
    if found is None:
        raise Unknown("api.no_such_task", task=task_id)
    return answer(_told(found))


def _found(request: Caller, task_id: str) -> Task | None:
    try:
        wanted = UUID(task_id)
    except ValueError:
        return None
    return find_task(task_id=wanted, person=request.token.person, scope=request.scope)


def _told(task: Task) -> dict[str, Any]:
    """A task: how far it is, and in words where it stands or what went wrong."""
    return {
        "task": str(task.pk),
        "address": f"{PREFIX}/tasks/{task.pk}",
        "name": task.name,
        "state": task.state,
        "share": task.share,
        "step": tasks.step_text(task.step),
        "result": task.result,
        "error": {**task.error, "detail": tasks.error_text(task.error)} if task.error else None,
        "asked_at": task.asked_at.isoformat(),
        "started_at": task.started_at.isoformat() if task.started_at else None,
        "finished_at": task.finished_at.isoformat() if task.finished_at else None,
    }
