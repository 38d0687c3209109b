"""Forms of core."""

from __future__ import annotations

from typing import Any

from django import forms

from powercx.apps.core.models import Person
from powercx.base.messages import say


class PasswordForm(forms.Form):
    """The password in use, and a new one twice."""

    old = forms.CharField(widget=forms.PasswordInput({"autocomplete": "current-password"}))
    new = forms.CharField(widget=forms.PasswordInput({"autocomplete": "new-password"}))
    again = forms.CharField(widget=forms.PasswordInput({"autocomplete": "new-password"}))

    def __init__(self, person: Person, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._person = person
        for name, field in self.fields.items():
            field.label = say(f"account.password_{name}")
        self.fields["new"].help_text = say("account.password_rules")

    def clean_old(self) -> str:
        old: str = self.cleaned_data["old"]
        if not self._person.check_password(old):
            raise forms.ValidationError(say("account.password_wrong"))
        return old

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        if found.get("new") != found.get("again"):
            self.add_error("again", say("account.password_differs"))
        return found
