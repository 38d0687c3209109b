"""The organisation: its tree, a unit, and changes to it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from powercx.analytics.definitions.codes import code_list
from powercx.analytics.results.tree import UNASSIGNED
from powercx.apps.core.domain import organisations
from powercx.apps.core.enums import Permission
from powercx.apps.core.forms.organisations import UnitForm
from powercx.apps.core.http import Request, needs
from powercx.apps.core.queries import audit as audit_queries
from powercx.apps.core.queries import people as people_queries
from powercx.apps.core.service import OperationalVault
from powercx.base.errors import UserError
from powercx.base.messages import language, say


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of the list; ``people`` counts who has a role in it, not above or beneath."""

    org: str
    name: str
    depth: int
    level: str
    area_class: str
    people: int


@needs(Permission.ORGANISATIONS)
@require_GET
def tree(request: Request) -> HttpResponse:
    """The units as of the last refresh."""
    return render(request, "core/organisations.html", {"rows": _rows(request)})


@needs(Permission.ORGANISATIONS)
@require_GET
def unit(request: Request, org: str) -> HttpResponse:
    """One unit: where it stands, who works there."""
    request.scope.check(Permission.ORGANISATIONS, org)
    scope, names = request.scope, request.scope.tree.names
    if org not in names:
        raise Http404
    above = scope.tree.parent(org)
    within = set(scope.tree.subtree(org))
    found = {
        "org": org,
        "name": names[org],
        "parent": above if above and scope.may(Permission.ORGANISATIONS, above) else None,
        "rows": [row for row in _rows(request) if row.org in within],
        "people": people_queries.of_unit(scope, org) if scope.may(Permission.PEOPLE) else None,
        "history": audit_queries.of_record(organisations.TYPE, org)
        if scope.may(Permission.AUDIT)
        else None,
    }
    return render(request, "core/organisation.html", found)


@needs(Permission.ORGANISATIONS_EDIT)
@require_http_methods(["GET", "POST"])
def new(request: Request) -> HttpResponse:
    """A unit more."""
    initial = {"parent_id": request.GET.get("parent", ""), "valid_from": _today()}
    form = UnitForm(request.scope, settings.HOME, request.POST or None, initial=initial, new=True)
    return _saved(request, form, "", "core/organisation_form.html")


@needs(Permission.ORGANISATIONS_EDIT)
@require_http_methods(["GET", "POST"])
def edit(request: Request, org: str) -> HttpResponse:
    """Another name, level or place."""
    request.scope.check(Permission.ORGANISATIONS_EDIT)
    held = request.scope.tree.unit(org)
    if not held:
        raise Http404
    initial = {**held, "valid_from": _today()}
    form = UnitForm(request.scope, settings.HOME, request.POST or None, initial=initial, new=False)
    return _saved(request, form, org, "core/organisation_form.html")


def _today() -> date:
    return timezone.now().astimezone(ZoneInfo(settings.HOME.config().time_zone)).date()


def _saved(request: Request, form: UnitForm, org: str, page: str) -> HttpResponse:
    if form.is_valid():
        row = form.row(org) if org else form.row()
        try:
            organisations.save_unit(
                home=settings.HOME,
                vault=OperationalVault(settings.HOME),
                tree=request.scope.tree,
                row=row,
                new=not org,
                actor=request.actor,
                at=timezone.now(),
            )
        except UserError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, say("organisations.saved", name=row.name))
            return redirect("core:organisations")
    name = request.scope.tree.names.get(org, "")
    return render(request, page, {"form": form, "org": org, "name": name})


def _rows(request: Request) -> list[Unit]:
    scope = request.scope
    levels = code_list("org_level", settings.HOME.catalog).codes
    areas = code_list("area_class", settings.HOME.catalog).codes
    units = {str(each["org_id"]): each for each in scope.tree.units}
    counts: Counter[str] = Counter(people_queries.roles_by_unit())
    found: list[Unit] = []

    def walk(org: str, depth: int) -> None:
        if org != UNASSIGNED and org in units:
            held = units[org]
            level, area = levels.get(held["level"]), areas.get(held["area_class"])
            told = [str(getattr(code, language())) if code else "" for code in (level, area)]
            found.append(Unit(org, str(held["name"]), depth, told[0], told[1], counts[org]))
        for child in scope.tree.children(org):
            walk(child, depth + 1)

    for root in scope.roots(Permission.ORGANISATIONS):
        walk(root, 0)
    return found
