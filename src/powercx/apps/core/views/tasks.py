"""One task: how far it is, what came of it; ended before its time or done once more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from powercx.apps.core import tasks
from powercx.apps.core.domain import tasks as records
from powercx.apps.core.enums import Permission, TaskState
from powercx.apps.core.http import Request, needs
from powercx.apps.core.models import Task
from powercx.apps.core.queries.tasks import TaskView, as_seen, find_task, tasks_of
from powercx.base.errors import UserError
from powercx.base.messages import say
from powercx.ui.paging import page_of


@dataclass(frozen=True, slots=True)
class Row:
    """A task in a list."""

    view: TaskView
    title: str


def title_of(name: str) -> str:
    """The title of a kind of task; its name where this program does not know it."""
    kind = tasks.kinds().get(name)
    return say(kind.title) if kind else name


@needs(None)
@require_GET
def mine(request: Request) -> HttpResponse:
    """What the reader asked for, and how it went."""
    rows = page_of(tasks_of(request.user), request.GET.get("page"))
    now = timezone.now()
    shown = [
        Row(TaskView(each, now, 0, forsaken=False), title_of(each.name)) for each in rows.items
    ]
    return render(request, "core/tasks/mine.html", {"rows": rows, "tasks": shown})


@needs(None)
@require_GET
def task(request: Request, task_id: UUID) -> HttpResponse:
    """The page of a task; its moving part alone when the page asks for it."""
    found = _task_of(request, task_id)
    moving = request.headers.get("HX-Request") == "true"
    template = "core/tasks/_task.html" if moving else "core/tasks/task.html"
    return render(request, template, _context(request, found))


@needs(None)
@require_POST
def cancel(request: Request, task_id: UUID) -> HttpResponse:
    """End a task before its time."""
    found = _changeable(request, task_id)
    try:
        records.cancel(task_id=found.pk, actor=request.actor, at=timezone.now())
    except UserError as error:
        messages.warning(request, str(error), extra_tags="attention")
    else:
        messages.success(request, say("tasks.was_cancelled"))
    return redirect("core:task", task_id)


@needs(None)
@require_POST
def again(request: Request, task_id: UUID) -> HttpResponse:
    """Do a task once more that failed or was cancelled."""
    found = _changeable(request, task_id)
    kind = tasks.kinds().get(found.name)
    if kind and kind.permission:
        request.scope.check(kind.permission, found.org_id or None)
    try:
        records.again(task_id=found.pk, actor=request.actor, at=timezone.now())
    except UserError as error:
        messages.warning(request, str(error), extra_tags="attention")
    else:
        messages.success(request, say("tasks.asked_again"))
    return redirect("core:task", task_id)


def _task_of(request: Request, task_id: UUID) -> Task:
    found = find_task(task_id=task_id, person=request.user, scope=request.scope)
    if found is None:
        raise Http404
    return found


def _changeable(request: Request, task_id: UUID) -> Task:
    found = _task_of(request, task_id)
    if found.asked_by_id != request.user.pk:
        request.scope.check(Permission.JOBS_EDIT)
    return found


def _context(request: Request, found: Task) -> dict[str, Any]:
    view: TaskView = as_seen(found, at=timezone.now())
    kind = tasks.kinds().get(found.name)
    done = found.state == TaskState.DONE
    return {
        "view": view,
        "task": found,
        "title": title_of(found.name),
        "step": tasks.step_text(found.step),
        "problem": tasks.error_text(found.error),
        "said": [tasks.said_text(each) for each in found.result.get("said", [])],
        "steps": found.result.get("steps", []),
        "leads_to": kind.leads_to(found) if kind and kind.leads_to and done else "",
        "may_change": found.asked_by_id == request.user.pk
        or request.scope.may(Permission.JOBS_EDIT),
    }
