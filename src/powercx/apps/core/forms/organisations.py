"""The form of a unit."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import RegexValidator

from powercx.analytics.definitions.codes import code_list
from powercx.apps.core.domain.organisations import UnitRow
from powercx.apps.core.enums import Permission
from powercx.apps.core.forms.fields import DayField, unit_choices
from powercx.apps.core.rules import Scope
from powercx.base.home import Home
from powercx.base.messages import language, say


class UnitForm(forms.Form):
    """A unit, and from which day on it is so."""

    org_id = forms.CharField(max_length=32, validators=[RegexValidator(r"^[\w.-]+$")])
    name = forms.CharField(max_length=100)
    parent_id = forms.ChoiceField(required=False)
    level = forms.ChoiceField(required=False)
    area_class = forms.ChoiceField(required=False)
    valid_from = DayField()

    def __init__(self, scope: Scope, home: Home, *args: Any, new: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not new:
            del self.fields["org_id"]
        units = unit_choices(scope, Permission.ORGANISATIONS_EDIT)
        choices = {"parent_id": [("", say("organisations.topmost")), *units]}
        for name in ("level", "area_class"):
            codes = code_list("org_level" if name == "level" else name, home.catalog).codes
            named = [(code, str(getattr(said, language()))) for code, said in codes.items()]
            choices[name] = [("", say("organisations.not_told")), *named]
        for name, offered in choices.items():
            self.fields[name].choices = offered  # type: ignore[attr-defined]
        for name, field in self.fields.items():
            field.label = say(f"organisations.field_{name}")
        self.fields["valid_from"].help_text = say("organisations.valid_from_help")

    def row(self, org: str = "") -> UnitRow:
        """What was filled in, of the unit ``org`` where it is there already."""
        return UnitRow(**{"org_id": org} | self.cleaned_data)
