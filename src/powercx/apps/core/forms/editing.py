"""Forms that change a record which someone else may change at the same moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms

from powercx.base.errors import UserError


@dataclass(frozen=True, slots=True)
class Theirs:
    """What a field holds by now, where it is not what was typed."""

    label: str
    value: object


class VersionedForm(forms.Form):
    """Carries the version of the record it was opened on.

    When somebody else saved in between, what was typed stays, what they saved is shown beside it,
    and saving again is done knowingly.
    """

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    theirs: tuple[Theirs, ...] = ()

    def held_is(self, values: Mapping[str, Any], version: int, error: UserError) -> None:
        """Show what is kept by now beside what was typed; the next save is on ``version``."""
        self.add_error(None, str(error))
        typed = self.cleaned_data
        self.theirs = tuple(
            Theirs(str(field.label), self.shown(name, values[name]))
            for name, field in self.fields.items()
            if name in values and values[name] != typed.get(name)
        )
        again: Any = self.data.copy()  # type: ignore[attr-defined]  # a QueryDict, once sent
        again[self.add_prefix("version")] = str(version)
        self.data = again

    def shown(self, name: str, value: Any) -> object:  # noqa: ANN401 - of any field
        """A field's value in words."""
        choices: dict[object, object] = dict(getattr(self.fields[name], "choices", ()))
        return choices.get(value, "" if value is None else value)
