"""Fields that several forms share."""

from __future__ import annotations

from typing import Any

from django import forms

from powercx.apps.core.enums import Permission
from powercx.apps.core.rules import Scope
from powercx.base.messages import say

_DEEPER = "\u2003"


class DayField(forms.DateField):
    """A day, picked or typed as 2025-03-01."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateInput({"type": "date"}, format="%Y-%m-%d")
        super().__init__(widget=widget, input_formats=["%Y-%m-%d"], **kwargs)


def unit_choices(
    scope: Scope, permission: Permission, *, everywhere: bool = False
) -> list[tuple[str, str]]:
    """The units that the permission is given for, in order of the tree and as deep as they stand.

    With ``everywhere`` and several topmost units, all of which it is given for, also "all units".
    """
    found: list[tuple[str, str]] = []
    given = scope.units(permission)
    if everywhere and len(scope.tree.roots) > 1 and given.issuperset(scope.tree.roots):
        found.append(("", say("target.everywhere")))

    def walk(unit: str, depth: int) -> None:
        if unit in given and unit in scope.tree.names:
            found.append((unit, _DEEPER * depth + scope.tree.names[unit]))
        for child in scope.tree.children(unit):
            walk(child, depth + 1)

    for root in scope.roots(permission):
        walk(root, 0)
    return found
