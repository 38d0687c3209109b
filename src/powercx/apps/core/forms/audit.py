"""What is looked for in the audit chain."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings

from powercx.apps.core.forms.fields import DayField
from powercx.apps.core.queries.audit import AuditWish
from powercx.base.messages import say, texts

ACTION, TYPE = "audit.action_", "audit.type_"


class AuditForm(forms.Form):
    """Days are local and inclusive."""

    since = DayField(required=False)
    until = DayField(required=False)
    actor = forms.CharField(required=False, max_length=100)
    action = forms.ChoiceField(required=False)
    record_type = forms.ChoiceField(required=False)
    record_id = forms.CharField(required=False, max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, begin in (("action", ACTION), ("record_type", TYPE)):
            known = [
                (code.removeprefix(begin), say(code)) for code in texts() if code.startswith(begin)
            ]
            self.fields[name].choices = [("", say("people.all")), *known]  # type: ignore[attr-defined]
        for name, field in self.fields.items():
            field.label = say(f"audit.filter_{name}")

    def wish(self) -> AuditWish:
        """What was filled in; what cannot be understood counts as nothing, and is told."""
        self.is_valid()
        found = self.cleaned_data
        since, until = found.get("since"), found.get("until")
        return AuditWish(
            since=_midnight(since) if since else None,
            until=_midnight(until + timedelta(days=1)) if until else None,
            actor=found.get("actor", "").strip(),
            action=found.get("action", ""),
            record_type=found.get("record_type", ""),
            record_id=found.get("record_id", "").strip(),
        )


def _midnight(day: Any) -> datetime:  # noqa: ANN401 - a day of a form
    return datetime.combine(day, time(), ZoneInfo(settings.HOME.config().time_zone))
