"""Jobs: what is asked for by itself and when, every task, and asking for one now."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from powercx.apps.core import tasks
from powercx.apps.core.domain import schedules
from powercx.apps.core.domain.people import ChangedMeanwhile
from powercx.apps.core.enums import Permission
from powercx.apps.core.forms.integrations import ScheduleForm
from powercx.apps.core.http import Request, needs
from powercx.apps.core.models import Schedule, Task
from powercx.apps.core.queries import jobs as queries
from powercx.apps.core.queries.tasks import TaskView, forsaken
from powercx.apps.core.views.tasks import Row, title_of
from powercx.base.errors import UserError
from powercx.base.messages import say
from powercx.ui.paging import page_of


@dataclass(frozen=True, slots=True)
class Line:
    """A schedule in the list: when it comes next, and what came of it last."""

    schedule: Schedule
    title: str
    when: str
    next_at: datetime | None
    last: TaskView | None
    may_run: bool


@needs(Permission.JOBS)
@require_GET
def jobs(request: Request) -> HttpResponse:
    """Schedules with their next run, and the tasks, newest first."""
    now = timezone.now()
    state = request.GET.get("state", "")
    name = request.GET.get("name", "")
    rows = page_of(queries.wished(state=state, name=name), request.GET.get("page"))
    context = {
        "lines": _lines(request, now),
        "rows": rows,
        "tasks": [Row(_seen(each, now), title_of(each.name)) for each in rows.items],
        "counts": queries.counts(),
        "state": state if state in queries.FILTERS else "",
        "name": name,
        "names": [(kind.name, say(kind.title)) for kind in tasks.kinds().values()],
        "forsaken": forsaken(at=now),
        "may_refresh": _may_run(request, "refresh"),
    }
    return render(request, "core/jobs.html", context)


@needs(Permission.JOBS)
@require_POST
def run(request: Request, name: str) -> HttpResponse:
    """Ask for a task now; one that waits or runs already is shown instead."""
    kind = tasks.kinds().get(name)
    if kind is None or not _can_run(kind):
        raise Http404
    if kind.permission is not None:
        request.scope.check(kind.permission)
    key = schedules.key_of(name)
    asked = tasks.ask(name, key=key, asked_by=request.actor, at=timezone.now())
    return redirect("core:task", asked.pk)


@needs(Permission.JOBS_EDIT)
@require_http_methods(["GET", "POST"])
def schedule(request: Request, pk: int) -> HttpResponse:
    """Give a schedule another time, or stop it."""
    held = get_object_or_404(Schedule, pk=pk)
    form = ScheduleForm(request.POST or None, initial=_typed(held))
    if form.is_valid():
        try:
            schedules.change(
                schedule=held,
                cron=form.cleaned_data["cron"],
                enabled=form.cleaned_data["enabled"],
                version=form.cleaned_data["version"] or 0,
                actor=request.actor,
                at=timezone.now(),
            )
        except ChangedMeanwhile as error:
            held.refresh_from_db()
            form.held_is(_typed(held), held.version, error)
        except UserError as error:
            form.add_error("cron", str(error))
        else:
            messages.success(request, say("jobs.schedule_saved", name=title_of(held.name)))
            return redirect("core:jobs")
    context = {"form": form, "schedule": held, "title": title_of(held.name)}
    return render(request, "core/schedule.html", context)


def _lines(request: Request, now: datetime) -> list[Line]:
    zone = ZoneInfo(settings.HOME.config().time_zone)
    last = queries.last_tasks()
    return [
        Line(
            each,
            title_of(each.name),
            _words(each.cron),
            schedules.next_at(each.cron, after=each.last_at or now, zone=zone)
            if each.enabled
            else None,
            _seen(last[each.name], now) if each.name in last else None,
            _may_run(request, each.name),
        )
        for each in queries.schedules()
    ]


def _seen(task: Task, now: datetime) -> TaskView:
    return TaskView(task, now, 0, forsaken=False)


def _words(cron: str) -> str:
    words = queries.cron_words(cron)
    if words is None:
        return cron
    if words.weekday is None:
        return say("jobs.every_day", time=words.time)
    return say("jobs.every_week", day=say(f"weekday.{words.weekday}"), time=words.time)


def _may_run(request: Request, name: str) -> bool:
    kind = tasks.kinds().get(name)
    if kind is None or not _can_run(kind):
        return False
    return kind.permission is None or request.scope.may(kind.permission)


def _can_run(kind: tasks.Kind) -> bool:
    """Whether a kind of task can be asked for without saying anything more."""
    given = list(inspect.signature(kind.function).parameters.values())[1:]
    return kind.permission is not None and all(p.default is not p.empty for p in given)


def _typed(held: Schedule) -> dict[str, Any]:
    return {"cron": held.cron, "enabled": held.enabled, "version": held.version}
