"""Forms of one's own account."""

from __future__ import annotations

from typing import Any

from django import forms

from powercx.apps.core.forms.editing import VersionedForm
from powercx.apps.core.models import Person
from powercx.base.messages import say

LANGUAGES = {"zh": "中文", "en": "English"}
THEMES = ("auto", "light", "dark")


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


class AccountForm(VersionedForm):
    """One's own particulars, and how the pages look and speak."""

    name = forms.CharField(max_length=100)
    title = forms.CharField(max_length=100, required=False)
    email = forms.EmailField(max_length=200, required=False)
    language = forms.ChoiceField(required=False)
    theme = forms.ChoiceField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        languages = [("", say("people.language_browser")), *LANGUAGES.items()]
        self.fields["language"].choices = languages  # type: ignore[attr-defined]
        themes = [(theme, say(f"account.theme_{theme}")) for theme in THEMES]
        self.fields["theme"].choices = themes  # type: ignore[attr-defined]
        for name in ("name", "title", "email", "language"):
            self.fields[name].label = say(f"people.field_{name}")
        self.fields["theme"].label = say("account.theme")

    def values(self) -> dict[str, str]:
        """What was filled in."""
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}


class EverywhereForm(forms.Form):
    """The password, before all sessions end."""

    password = forms.CharField(widget=forms.PasswordInput({"autocomplete": "current-password"}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].label = say("account.password_old")
