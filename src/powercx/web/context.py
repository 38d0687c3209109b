"""What the frame around every page shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from powercx.analytics.measures.service import Session
from powercx.apps.core import lake, registry
from powercx.apps.core.enums import Permission
from powercx.apps.core.models import Person
from powercx.apps.core.queries.tasks import failed_of
from powercx.apps.core.rules import Scope
from powercx.base.periods import month_of

_MONTHS = 25


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit in the picker, ``depth`` levels beneath the topmost one that may be seen."""

    id: str
    name: str
    depth: int


def frame(request: HttpRequest) -> dict[str, Any]:
    """Navigation, the units and periods to choose from, and what is chosen."""
    scope: Scope | None = getattr(request, "scope", None)
    language = getattr(request, "language", "zh")
    if scope is None:
        return {"lang": language}
    found = lake.figures(settings.HOME)
    roots = scope.roots(Permission.MEASURES)
    chosen = {"org": request.GET.get("org") or (roots[0] if roots else "")}
    if found is not None:
        chosen["period"] = request.GET.get("period") or found.session.last_month().label
    return {
        "lang": language,
        "nav": registry.pages_for(scope),
        "serves": _clause(request),
        "units": _units(scope),
        "periods": _periods(found.session) if found else {},
        "chosen": chosen,
        "failed_tasks": _failed_tasks(request),
        "theme": getattr(request.user, "theme", "") or "auto",
        "may": {each.name.lower(): scope.may(each) for each in Permission},
    }


def _failed_tasks(request: HttpRequest) -> int:
    now = timezone.now()  # noqa: TID251 - an edge: Django calls the frame without a time
    return failed_of(request.user, at=now) if isinstance(request.user, Person) else 0


def _clause(request: HttpRequest) -> str:
    """The clause of the guideline that the page serves."""
    match = request.resolver_match
    return registry.CHAPTERS.get(registry.chapter_of(match.view_name), "") if match else ""


def _units(scope: Scope) -> list[Unit]:
    found: list[Unit] = []

    def walk(unit: str, depth: int) -> None:
        if unit in scope.tree.names:
            found.append(Unit(unit, scope.tree.names[unit], depth))
        for child in scope.tree.children(unit):
            walk(child, depth + 1)

    for root in scope.roots(Permission.MEASURES):
        walk(root, 0)
    return found


def _periods(session: Session) -> dict[str, list[str]]:
    """Months, quarters and years that the data reaches into, newest first."""
    first, last = session.state.first(*session.state.span), session.state.last(*session.state.span)
    if first is None or last is None:
        return {}
    months: list[str] = []
    at = month_of(last)
    while at.last >= first and len(months) < _MONTHS:
        months.append(at.label)
        at = month_of(at.start.replace(day=1).fromordinal(at.start.toordinal() - 1))
    quarters = dict.fromkeys(f"{m[:4]}Q{(int(m[5:]) + 2) // 3}" for m in months)
    return {
        "month": months,
        "quarter": [*quarters],
        "year": [*dict.fromkeys(m[:4] for m in months)],
    }
