"""Objectives: listed, read, set, changed, closed and opened again."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from powercx.analytics.definitions.catalogue import Catalogue
from powercx.apps.core.domain import objectives as domain
from powercx.apps.core.domain import records
from powercx.apps.core.domain.people import ChangedMeanwhile
from powercx.apps.core.enums import ObjectiveState, Permission
from powercx.apps.core.forms.objectives import (
    ObjectiveForm,
    PartSet,
    YardSet,
    parts_of,
    said,
    yards_of,
)
from powercx.apps.core.http import Request, kept, needs, place_of
from powercx.apps.core.queries import objectives as queries
from powercx.base.errors import UserError
from powercx.base.messages import say
from powercx.ui.paging import page_of

_EDIT = Permission.OBJECTIVES_EDIT


@needs(Permission.OBJECTIVES)
@require_GET
def objectives(request: Request) -> HttpResponse:
    """The objectives of the reader's units and of those above, with how far they are."""
    place = place_of(request, Permission.OBJECTIVES)
    state = request.GET.get("state", ObjectiveState.ACTIVE.value)
    found = queries.objectives(request.scope)
    if state in set(ObjectiveState):
        found = found.filter(state=state)
    rows = page_of(found, request.GET.get("page"))
    cards = queries.with_progress(request.scope, place.figures, rows.items, place.period)
    today = timezone.localdate()
    context = {"place": place, "rows": rows, "cards": cards, "state": state, "today": today}
    return render(request, "core/objectives.html", context)


@needs(Permission.OBJECTIVES)
@require_GET
def objective(request: Request, pk: int) -> HttpResponse:
    """One objective with all that belongs to it."""
    place = place_of(request, Permission.OBJECTIVES)
    found = queries.access_objective(request.scope, pk)
    [card] = queries.with_progress(request.scope, place.figures, [found], place.period)
    subject = domain.subject_of(request.scope, found)
    context = {
        "place": place,
        "objective": found,
        "card": card,
        "parts": found.responsibilities.select_related("person").order_by("process", "part", "pk"),
        "side": records.side_of(subject),
        "subject": subject,
        "today": timezone.localdate(),
    }
    return render(request, "core/objective.html", context)


@needs(_EDIT)
@require_http_methods(["GET", "POST"])
def new(request: Request) -> HttpResponse:
    """Set an objective."""
    place = place_of(request, Permission.OBJECTIVES)
    forms = _Forms(request, place.figures.session.catalogue)
    start = {"owner": request.user, "org_id": place.org}
    forms.open(start, [], [])
    if forms.valid():
        try:
            made = domain.create_objective(**forms.given(), **_who(request))
        except UserError as error:
            forms.form.add_error(None, str(error))
        else:
            messages.success(request, say("objective.was_set"))
            return redirect(kept(request, "core:objective", made.pk))
    return render(request, "core/objective_form.html", {"place": place, **forms.context()})


@needs(_EDIT)
@require_http_methods(["GET", "POST"])
def change(request: Request, pk: int) -> HttpResponse:
    """Change an objective."""
    place = place_of(request, Permission.OBJECTIVES)
    found = queries.access_objective(request.scope, pk, _EDIT)
    catalogue = place.figures.session.catalogue
    forms = _Forms(request, catalogue)
    forms.open(said(found), yards_of(found, catalogue), parts_of(found))
    if forms.valid():
        version = forms.form.cleaned_data["version"] or 0
        try:
            domain.change_objective(
                objective=found, version=version, **forms.given(), **_who(request)
            )
        except ChangedMeanwhile as error:
            found.refresh_from_db()
            forms.form.held_is(said(found), found.version, error)
        except UserError as error:
            forms.form.add_error(None, str(error))
        else:
            messages.success(request, say("objective.was_changed"))
            return redirect(kept(request, "core:objective", pk))
    context = {"place": place, "objective": found, **forms.context()}
    return render(request, "core/objective_form.html", context)


@needs(_EDIT)
@require_POST
def state(request: Request, pk: int) -> HttpResponse:
    """Close an objective, or open it again."""
    found = queries.access_objective(request.scope, pk, _EDIT)
    closing = request.POST.get("state") == ObjectiveState.CLOSED.value
    version = request.POST.get("version", "")
    domain.set_state(
        objective=found,
        version=int(version) if version.isdecimal() else 0,
        state=ObjectiveState.CLOSED if closing else ObjectiveState.ACTIVE,
        **_who(request),
    )
    messages.success(request, say("objective.was_closed" if closing else "objective.was_opened"))
    return redirect(kept(request, "core:objective", pk))


def _who(request: Request) -> dict[str, Any]:
    return {"scope": request.scope, "actor": request.actor, "at": timezone.now()}


class _Forms:
    """The form of an objective and its rows, opened and read together."""

    form: ObjectiveForm
    yards: Any
    parts: Any

    def __init__(self, request: Request, catalogue: Catalogue) -> None:
        self._request = request
        self._catalogue = catalogue

    def open(
        self, objective: dict[str, Any], yards: list[dict[str, Any]], parts: list[dict[str, Any]]
    ) -> None:
        sent, scope = self._request.POST or None, self._request.scope
        self.form = ObjectiveForm(sent, initial=objective, scope=scope)
        given = {"scope": scope, "catalogue": self._catalogue}
        if sent is not None:
            # The rows sent are those of the page as it was: by now other ones may be kept.
            yards, parts = [], []
        self.yards = YardSet(sent, initial=yards, prefix="yard", form_kwargs=given)
        self.parts = PartSet(sent, initial=parts, prefix="part")

    def valid(self) -> bool:
        # Each is asked, so that every fault is told at once.
        return all([self.form.is_valid(), self.yards.is_valid(), self.parts.is_valid()])

    def given(self) -> dict[str, Any]:
        saying = self.form.saying
        return {
            "saying": saying,
            "yards": [row.yard(saying) for row in self.yards.filled],
            "parts": [row.given for row in self.parts.filled],
        }

    def context(self) -> dict[str, Any]:
        wrong = self.form.is_bound and not (self.yards.is_valid() and self.parts.is_valid())
        return {"form": self.form, "yards": self.yards, "parts": self.parts, "rows_wrong": wrong}
