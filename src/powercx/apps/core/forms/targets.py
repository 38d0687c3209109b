"""The form of a target."""

from __future__ import annotations

from typing import Any

from django import forms

from powercx.analytics.definitions.measures import Measure
from powercx.apps.core.domain.targets import Aim
from powercx.apps.core.enums import Permission
from powercx.apps.core.forms.editing import VersionedForm
from powercx.apps.core.forms.fields import DayField, unit_choices
from powercx.apps.core.models import Target
from powercx.apps.core.rules import Scope
from powercx.base import units
from powercx.base.messages import say


class TargetForm(VersionedForm):
    """What a measure is to reach; shares are typed in per cent."""

    org_id = forms.ChoiceField(required=False)
    starts_on = DayField()
    ends_on = DayField(required=False)
    baseline = forms.FloatField(required=False, widget=forms.NumberInput({"step": "any"}))
    value = forms.FloatField(widget=forms.NumberInput({"step": "any"}))
    note = forms.CharField(required=False, max_length=300)

    def __init__(self, *args: Any, measure: Measure, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._measure = measure
        choices = unit_choices(scope, Permission.TARGETS, everywhere=True)
        org: Any = self.fields["org_id"]
        org.choices = choices
        for name, field in self.fields.items():
            if name != "version":
                field.label = say(f"target.{name}")
        word = "%" if measure.unit == "ratio" else units.unit_word(measure.unit)
        for name in ("baseline", "value"):
            self.fields[name].help_text = say(f"target.{name}_help", unit=word)
        self.fields["ends_on"].help_text = say("target.ends_on_help")

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        first, last = found.get("starts_on"), found.get("ends_on")
        if first and last and last < first:
            self.add_error("ends_on", say("target.ends_before_start"))
        return found

    @property
    def aim(self) -> Aim:
        """What was typed, in the measure's unit."""
        given = self.cleaned_data
        unit = self._measure.unit
        return Aim(
            measure=self._measure.key,
            org_id=given["org_id"],
            starts_on=given["starts_on"],
            ends_on=given["ends_on"],
            value=units.kept(given["value"], unit) or 0.0,
            baseline=units.kept(given["baseline"], unit),
            note=given["note"],
        )


def typed(target: Target, unit: str) -> dict[str, Any]:
    """A target as its form shows it."""
    return {
        "org_id": target.org_id,
        "starts_on": target.starts_on,
        "ends_on": target.ends_on,
        "baseline": units.typed(target.baseline, unit),
        "value": units.typed(target.value, unit),
        "note": target.note,
        "version": target.version,
    }
