"""Targets of a measure: seen, set, changed, removed and put back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from powercx.analytics.definitions.measures import Measure
from powercx.analytics.measures.standing import standing
from powercx.apps.core import figures
from powercx.apps.core.domain import targets as domain
from powercx.apps.core.domain.people import ChangedMeanwhile
from powercx.apps.core.enums import Permission
from powercx.apps.core.forms.targets import TargetForm, typed
from powercx.apps.core.http import Place, Request, kept, needs, place_of
from powercx.apps.core.models import Target
from powercx.apps.core.queries import targets as queries
from powercx.base.errors import UserError
from powercx.base.messages import say

LIST = "core:targets"


@dataclass(frozen=True, slots=True)
class Line:
    """A target in the list; ``holds`` in the period looked at, ``editable`` by who looks."""

    target: Target
    holds: bool
    editable: bool


@needs(Permission.MEASURES)
@require_GET
def targets(request: Request, key: str) -> HttpResponse:
    """Every target of a measure that concerns the reader's units, and the one in force."""
    place, measure = place_of(request), _measure(request, key)
    day = place.span.last
    lines = [
        Line(
            each,
            each.starts_on <= day and (each.ends_on is None or each.ends_on >= day),
            queries.may_set(request.scope, each.org_id),
        )
        for each in queries.targets_of_measure(request.scope, key)
    ]
    removed = queries.removed_target(request.scope, key, request.GET.get("removed", ""))
    context = _now(place, measure) | {"lines": lines, "removed": removed}
    return render(request, "core/targets.html", context)


@needs(Permission.TARGETS)
@require_http_methods(["GET", "POST"])
def new(request: Request, key: str) -> HttpResponse:
    """Set a target."""
    place, measure = place_of(request), _measure(request, key)
    start = {"org_id": place.org, "starts_on": place.span.start}
    form = TargetForm(request.POST or None, initial=start, measure=measure, scope=request.scope)
    if form.is_valid():
        try:
            domain.set_target(
                aim=form.aim, scope=request.scope, actor=request.actor, at=timezone.now()
            )
        except UserError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, say("target.was_set"))
            return redirect(kept(request, LIST, key))
    return _form(request, place, measure, form)


@needs(Permission.TARGETS)
@require_http_methods(["GET", "POST"])
def change(request: Request, key: str, pk: int) -> HttpResponse:
    """Change a target."""
    place, measure = place_of(request), _measure(request, key)
    target = _target(request, key, pk)
    start = typed(target, measure.unit)
    form = TargetForm(request.POST or None, initial=start, measure=measure, scope=request.scope)
    if form.is_valid():
        try:
            domain.change_target(
                target=target,
                version=form.cleaned_data["version"] or 0,
                aim=form.aim,
                scope=request.scope,
                actor=request.actor,
                at=timezone.now(),
            )
        except ChangedMeanwhile as error:
            target.refresh_from_db()
            form.held_is(typed(target, measure.unit), target.version, error)
        except UserError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, say("target.was_changed"))
            return redirect(kept(request, LIST, key))
    return _form(request, place, measure, form, target)


@needs(Permission.TARGETS)
@require_POST
def remove(request: Request, key: str, pk: int) -> HttpResponse:
    """Remove a target; the list offers to undo it."""
    target = _target(request, key, pk)
    version = request.POST.get("version", "")
    entry = domain.remove_target(
        target=target,
        version=int(version) if version.isdecimal() else 0,
        scope=request.scope,
        actor=request.actor,
        at=timezone.now(),
    )
    return redirect(kept(request, LIST, key, removed=entry.seq))


@needs(Permission.TARGETS)
@require_POST
def restore(request: Request, key: str) -> HttpResponse:
    """Put a removed target back."""
    entry = queries.removed_target(request.scope, key, request.POST.get("entry", ""))
    if entry is None:
        raise domain.CannotRestore("target.back_already")
    domain.restore_target(entry=entry, scope=request.scope, actor=request.actor, at=timezone.now())
    messages.success(request, say("target.was_restored"))
    return redirect(kept(request, LIST, key))


def _form(
    request: Request,
    place: Place,
    measure: Measure,
    form: TargetForm,
    target: Target | None = None,
) -> HttpResponse:
    context = _now(place, measure) | {"form": form, "target": target}
    return render(request, "core/target.html", context)


def _measure(request: Request, key: str) -> Measure:
    file = place_of(request).figures.session.catalogue.measures.get(key)
    if file is None:
        raise Http404(key)
    return file.measure


def _target(request: Request, key: str, pk: int) -> Target:
    found = queries.access_target(request.scope, pk)
    if found.measure != key:
        raise Http404(key)
    return found


def _now(place: Place, measure: Measure) -> dict[str, Any]:
    """The figure of the unit and period looked at, and how it stands to its target."""
    key = measure.key
    found = figures.figures_for(
        place.scope, place.figures, [key], orgs=[place.org], periods=[place.period]
    )
    [figure] = found[key]
    held = queries.targets_for(place.figures.session, [key], orgs=[place.org], periods=[place.span])
    force = held.of(key, figure)
    return {
        "place": place,
        "measure": measure,
        "figure": figure,
        "force": force,
        "standing": standing(measure, figure, force.value if force else None),
    }
