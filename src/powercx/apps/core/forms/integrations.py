"""Forms of schedules and webhooks."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django import forms

from powercx.apps.core.domain.webhooks import Listener
from powercx.apps.core.enums import Event
from powercx.apps.core.forms.editing import VersionedForm
from powercx.base.messages import say

_SCHEMES = {"http", "https"}


class ScheduleForm(VersionedForm):
    """When a task is asked for by itself."""

    cron = forms.CharField(max_length=64)
    enabled = forms.BooleanField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["cron"].label = say("jobs.cron")
        self.fields["cron"].help_text = say("jobs.cron_help")
        self.fields["enabled"].label = say("jobs.enabled")


class WebhookForm(VersionedForm):
    """Where another system listens, and to what."""

    name = forms.CharField(max_length=100)
    url = forms.CharField(max_length=500, widget=forms.URLInput)
    events = forms.MultipleChoiceField(widget=forms.CheckboxSelectMultiple)
    enabled = forms.BooleanField(required=False, initial=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("name", "url", "events", "enabled"):
            self.fields[name].label = say(f"webhooks.{name}")
        self.fields["url"].help_text = say("webhooks.url_help")
        choices = [(event.value, say(f"events.{event.value}")) for event in Event]
        self.fields["events"].choices = choices  # type: ignore[attr-defined] # of this field

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"].strip()
        try:
            parts = urlsplit(url)
            known = parts.scheme in _SCHEMES and parts.hostname and parts.port != 0
        except ValueError:
            known = None
        if not known or parts.username or parts.fragment or not url.isascii():
            raise forms.ValidationError(say("webhooks.bad_url"))
        return url

    def listener(self) -> Listener:
        """What was typed."""
        typed = self.cleaned_data
        return Listener(typed["name"], typed["url"], typed["events"], typed["enabled"])
