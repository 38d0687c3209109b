"""The form of a token of the API."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms

from powercx.apps.core.domain.tokens import Wish
from powercx.apps.core.enums import Permission
from powercx.apps.core.rules import Scope
from powercx.base.messages import say

OFFERED = (
    Permission.MEASURES,
    Permission.ROWS,
    Permission.DATA,
    Permission.DATA_LOAD,
    Permission.JOBS,
)
"""What calls of the API ask for, and therefore all that a token is of use for."""


class TokenForm(forms.Form):
    """What a token of the API is to be; offers what the person may do, where they may."""

    LASTS = ("30", "90", "365", "")

    name = forms.CharField(max_length=100)
    scopes = forms.MultipleChoiceField(widget=forms.CheckboxSelectMultiple)
    org = forms.ChoiceField(required=False)
    lasts = forms.ChoiceField(required=False, initial="90")

    def __init__(self, scope: Scope, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.label = say(f"tokens.{name}")
            field.help_text = say(f"tokens.help_{name}")
        allowed = [each for each in OFFERED if scope.may(each)]
        self._choose("scopes", [(one.value, say(f"token_scope.{one.value}")) for one in allowed])
        units = sorted({unit for each in allowed for unit in scope.units(each)})
        names = [
            (unit, f"{scope.tree.names[unit]} {unit}") for unit in units if _named(scope, unit)
        ]
        self._choose("org", [("", say("tokens.everywhere")), *names])
        self._choose(
            "lasts", [(days, say(f"tokens.lasts_{days or 'ever'}")) for days in self.LASTS]
        )

    def wish(self, now: datetime) -> Wish:
        """What was asked for, at ``now``."""
        found = self.cleaned_data
        days = found["lasts"]
        return Wish(
            name=found["name"],
            scopes=tuple(Permission(value) for value in found["scopes"]),
            org_id=found["org"],
            expires_at=now + timedelta(days=int(days)) if days else None,
        )

    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = choices


def _named(scope: Scope, unit: str) -> bool:
    return unit in scope.tree.names
