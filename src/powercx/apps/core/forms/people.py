"""Forms of people and their roles; all of them work without JavaScript."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.core.validators import RegexValidator

from powercx.apps.core.domain.people import Particulars
from powercx.apps.core.enums import Permission, Role
from powercx.apps.core.forms.account import LANGUAGES
from powercx.apps.core.forms.editing import VersionedForm
from powercx.apps.core.forms.fields import unit_choices
from powercx.apps.core.models import Person
from powercx.apps.core.queries.people import STATES
from powercx.apps.core.rules import Grant, Scope
from powercx.base.messages import say

WHOLE = "*"
"""How the whole company is chosen in a field of units: an empty choice is none made."""
Choices = list[tuple[str, str]]


def role_choices() -> Choices:
    """Every role with its name."""
    return [(role.value, say(f"role.{role.value}")) for role in Role]


class FilterForm(forms.Form):
    """What the list of people is cut to; a value that is not offered counts as none."""

    text = forms.CharField(required=False, max_length=100)
    role = forms.ChoiceField(required=False)
    unit = forms.ChoiceField(required=False)
    state = forms.ChoiceField(required=False)

    def __init__(self, scope: Scope, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        states = [(state, say(f"people.state_{state}")) for state in STATES]
        for name, choices in (
            ("role", role_choices()),
            ("unit", unit_choices(scope, Permission.PEOPLE)),
            ("state", states),
        ):
            self.fields[name].choices = [("", say("people.all")), *choices]  # type: ignore[attr-defined]
        for name, field in self.fields.items():
            field.label = say(f"people.filter_{name}")


class PersonForm(VersionedForm):
    """What is said of someone."""

    username = forms.CharField(
        max_length=64,
        validators=[RegexValidator(r"^[\w.@+-]+$")],
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    name = forms.CharField(max_length=100)
    title = forms.CharField(max_length=100, required=False)
    email = forms.EmailField(max_length=200, required=False)
    language = forms.ChoiceField(required=False)

    def __init__(self, *args: Any, person: Person | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if person is not None:
            del self.fields["username"]
        choices = [("", say("people.language_browser")), *LANGUAGES.items()]
        self.fields["language"].choices = choices  # type: ignore[attr-defined]
        for name, field in self.fields.items():
            if name != "version":
                field.label = say(f"people.field_{name}")
        if person is None:
            self.fields["username"].help_text = say("people.username_help")
            self.fields["username"].error_messages["invalid"] = say("people.username_help")

    def particulars(self) -> Particulars:
        """What was filled in for somebody new."""
        return Particulars(**self._values())

    def values(self) -> Mapping[str, str]:
        """What was filled in for somebody there is."""
        return self._values()

    def _values(self) -> dict[str, str]:
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}


class GrantForm(forms.Form):
    """One role in one unit; a row without a role is no row."""

    role = forms.ChoiceField(required=False)
    unit = forms.ChoiceField(required=False)

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = unit_choices(scope, Permission.PEOPLE_EDIT)
        if scope.whole(Permission.PEOPLE_EDIT):
            units.insert(0, (WHOLE, say("people.whole_company")))
        kept = self.initial.get("unit")
        if kept and kept not in dict(units):
            units.append((kept, kept))  # of a unit that is no longer in the tree
        for name, choices in (("role", role_choices()), ("unit", units)):
            self.fields[name].choices = [("", say("people.choose")), *choices]  # type: ignore[attr-defined]
            self.fields[name].label = say(f"people.field_{name}")

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        if found.get("role") and not found.get("unit") and "unit" not in self.errors:
            self.add_error("unit", say("people.unit_missing"))
        return found

    @property
    def grant(self) -> Grant | None:
        """The role of this row, unless it is empty or to be taken away."""
        found = self.cleaned_data
        if not found.get("role") or found.get("DELETE"):
            return None
        return Grant(Role(found["role"]), "" if found["unit"] == WHOLE else found["unit"])


class _Grants(forms.BaseFormSet):  # type: ignore[type-arg]
    def add_fields(self, form: forms.Form, index: int | None) -> None:
        super().add_fields(form, index)
        form.fields["DELETE"].label = say("people.take_away")

    def grants(self) -> list[Grant]:
        """The roles that were filled in, each once."""
        rows = [form.grant for form in self.forms if form.grant is not None]
        return list(dict.fromkeys(rows))


def grants_form(
    scope: Scope, *, data: Mapping[str, Any] | None = None, rows: Iterable[Mapping[str, str]] = ()
) -> _Grants:
    """The rows of someone's roles and an empty one."""
    made = forms.formset_factory(GrantForm, formset=_Grants, extra=1, can_delete=True, max_num=50)
    given: Any = made(data, prefix="grants", initial=list(rows), form_kwargs={"scope": scope})
    found: _Grants = given
    return found


def rows_of(grants: Iterable[Grant]) -> list[dict[str, str]]:
    """Roles as the rows of ``grants_form``."""
    return [{"role": each.role.value, "unit": each.org_id or WHOLE} for each in grants]


def typed_rows(data: Mapping[str, Any]) -> list[dict[str, str]]:
    """The rows as they were typed, to show them again with one more."""
    count = data.get("grants-TOTAL_FORMS", "0")
    total = min(int(count), 50) if count.isdigit() else 0
    rows = [
        {name: data.get(f"grants-{at}-{name}", "") for name in ("role", "unit")}
        for at in range(total)
    ]
    return [row for row in rows if any(row.values())]
