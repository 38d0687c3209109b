"""What a search finds in core: people and units, as far as the one who asks may know of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse

from powercx.apps.core import registry
from powercx.apps.core.enums import Permission
from powercx.apps.core.queries.people import people_in
from powercx.apps.core.registry import MOST_FOUND, Finder, Found
from powercx.apps.core.rules import Scope
from powercx.base.messages import say


def connect() -> None:
    """Offer them; called once when the program starts."""
    registry.add_finder(Finder("people", _people, Permission.PEOPLE))
    registry.add_finder(Finder("units", _units, Permission.ORGANISATIONS))


def _people(scope: Scope, text: str) -> Sequence[Found]:
    fits = Q(name__icontains=text) | Q(username__icontains=text) | Q(title__icontains=text)
    found: QuerySet[Any] = people_in(scope).filter(fits).order_by("name", "pk")
    return [
        Found(
            each.name,
            ", ".join(dict.fromkeys(say(f"role.{held.role}") for held in each.shown)),
            reverse("core:people_one", args=[each.pk]),
        )
        for each in found[:MOST_FOUND]
    ]


def _units(scope: Scope, text: str) -> Sequence[Found]:
    wanted, names = text.casefold(), scope.tree.names
    fits = [
        unit
        for unit in sorted(scope.units(Permission.ORGANISATIONS))
        if unit in names and (wanted in names[unit].casefold() or wanted in unit.casefold())
    ]
    return [
        Found(names[unit], unit, reverse("core:organisations_one", args=[unit]))
        for unit in fits[:MOST_FOUND]
    ]
