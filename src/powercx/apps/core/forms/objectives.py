"""The forms of an objective: itself, its measures, who does what."""

from __future__ import annotations

from typing import Any

from django import forms

from powercx.analytics.definitions.catalogue import Catalogue
from powercx.apps.core.domain.objectives import Part, Saying, Yard
from powercx.apps.core.enums import Permission
from powercx.apps.core.forms.editing import VersionedForm
from powercx.apps.core.forms.fields import DayField, unit_choices
from powercx.apps.core.models import Objective, Person
from powercx.apps.core.rules import Scope
from powercx.base import units
from powercx.base.messages import language, say

_EDIT = Permission.OBJECTIVES_EDIT
_NUMBER = {"step": "any"}


def _named(form: forms.Form) -> None:
    for name, field in form.fields.items():
        if not field.label and name not in {"version", "pk", "DELETE"}:
            field.label = say(f"objective.{name}")


class ObjectiveForm(VersionedForm):
    """What is said of an objective."""

    statement = forms.CharField(max_length=300)
    strategy = forms.CharField(required=False, widget=forms.Textarea({"rows": 3}))
    owner = forms.ModelChoiceField(Person.objects.none())
    org_id = forms.ChoiceField(required=False)
    starts_on = DayField()
    ends_on = DayField()
    review_on = DayField(required=False)

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["owner"].queryset = Person.objects.filter(is_active=True).order_by("name", "pk")
        fields["org_id"].choices = unit_choices(scope, _EDIT, everywhere=True)
        _named(self)
        for name in ("statement", "strategy"):
            fields[name].help_text = say(f"objective.{name}_help")

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        first, last = found.get("starts_on"), found.get("ends_on")
        if first and last and last < first:
            self.add_error("ends_on", say("target.ends_before_start"))
        return found

    @property
    def saying(self) -> Saying:
        """What was typed."""
        return Saying(**{n: v for n, v in self.cleaned_data.items() if n in Saying.__slots__})


class YardForm(forms.Form):
    """A measure in one unit, from a baseline to a target; shares in per cent."""

    pk = forms.IntegerField(required=False, widget=forms.HiddenInput)
    measure = forms.ChoiceField()
    org_id = forms.ChoiceField(required=False)
    baseline = forms.FloatField(required=False, widget=forms.NumberInput(_NUMBER))
    value = forms.FloatField(widget=forms.NumberInput(_NUMBER))
    starts_on = DayField(required=False)
    ends_on = DayField(required=False)

    def __init__(self, *args: Any, scope: Scope, catalogue: Catalogue, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._units = {key: file.measure.unit for key, file in catalogue.measures.items()}
        fields: Any = self.fields
        fields["measure"].choices = [("", "—"), *measure_choices(catalogue)]
        choices = unit_choices(scope, _EDIT, everywhere=True)
        fields["org_id"].choices = choices
        # An empty row is one that was not touched: the unit that a browser sends with it counts so.
        fields["org_id"].initial = choices[0][0] if choices else ""
        _named(self)

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        first, last = found.get("starts_on"), found.get("ends_on")
        if first and last and last < first:
            self.add_error("ends_on", say("target.ends_before_start"))
        return found

    def yard(self, saying: Saying) -> Yard:
        """What was typed, in the measure's unit; days left empty are those of the objective."""
        given = {n: v for n, v in self.cleaned_data.items() if n in Yard.__slots__}
        unit = self._units[given["measure"]]
        given["value"] = units.kept(given["value"], unit)
        given["baseline"] = units.kept(given["baseline"], unit)
        given["starts_on"] = given["starts_on"] or saying.starts_on
        given["ends_on"] = given["ends_on"] or saying.ends_on
        return Yard(**given)


class PartForm(forms.Form):
    """Who does what in a process."""

    process = forms.CharField(max_length=100)
    part = forms.ChoiceField()
    person = forms.ModelChoiceField(Person.objects.none())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["part"].choices = [("", "—"), *((p, say(f"raci.{p.lower()}")) for p in "RACI")]
        fields["person"].queryset = Person.objects.filter(is_active=True).order_by("name", "pk")
        _named(self)

    @property
    def given(self) -> Part:
        """What was typed."""
        return Part(**{n: self.cleaned_data[n] for n in Part.__slots__})


class _Rows(forms.BaseFormSet):  # type: ignore[type-arg]  # generic in the stubs only
    """Rows of which empty ones and those marked to go are left out."""

    deletion_widget = forms.CheckboxInput

    def add_fields(self, form: Any, index: int | None) -> None:  # noqa: ANN401 - a row
        super().add_fields(form, index)
        form.fields["DELETE"].label = say("objective.leave_out")

    @property
    def filled(self) -> list[Any]:
        """The rows that count."""
        return [
            form
            for form in self.forms
            if form.cleaned_data.get(self.leading) and not form.cleaned_data.get("DELETE")
        ]

    leading = ""


class _Yards(_Rows):
    leading = "measure"


class _Parts(_Rows):
    leading = "process"


YardSet = forms.formset_factory(YardForm, formset=_Yards, extra=3, can_delete=True, max_num=60)
PartSet = forms.formset_factory(PartForm, formset=_Parts, extra=3, can_delete=True, max_num=60)


def measure_choices(catalogue: Catalogue) -> list[tuple[str, str]]:
    """Every measure by name, with the unit to type it in."""
    side = language()
    return [
        (key, f"{getattr(file.measure.name, side)} · {_word(file.measure.unit)}".rstrip(" ·"))
        for key, file in catalogue.measures.items()
    ]


def _word(unit: str) -> str:
    return "%" if unit == "ratio" else units.unit_word(unit)


def said(objective: Objective) -> dict[str, Any]:
    """An objective as its form shows it."""
    names = ("statement", "strategy", "org_id", "starts_on", "ends_on", "review_on", "version")
    return {name: getattr(objective, name) for name in names} | {"owner": objective.owner}


def yards_of(objective: Objective, catalogue: Catalogue) -> list[dict[str, Any]]:
    """Its measures as their rows show them."""
    found = []
    for target in objective.targets.order_by("measure", "org_id", "pk"):
        file = catalogue.measures.get(target.measure)
        unit = file.measure.unit if file else ""
        row = {n: getattr(target, n) for n in Yard.__slots__}
        row["value"] = units.typed(target.value, unit)
        row["baseline"] = units.typed(target.baseline, unit)
        found.append(row)
    return found


def parts_of(objective: Objective) -> list[dict[str, Any]]:
    """Who does what, as the rows show it."""
    held = objective.responsibilities.select_related("person").order_by("process", "pk")
    return [{"process": r.process, "part": r.part, "person": r.person} for r in held]
