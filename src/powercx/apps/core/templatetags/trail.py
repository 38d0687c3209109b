"""What templates say of records: the name of a unit, what an entry of the audit chain tells."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import template
from django.conf import settings

from powercx.apps.core import lake
from powercx.apps.core.models import AuditEntry
from powercx.base.messages import say, texts

register = template.Library()
_CHANGE = 2


@dataclass(frozen=True, slots=True)
class Change:
    """One field of an entry's detail; ``before`` is empty where there was nothing."""

    name: str
    before: str
    after: str


@register.simple_tag
def unit_name(org: str) -> str:
    """The name of a unit, its id where it is no longer in the tree."""
    if not org:
        return say("people.whole_company")
    return lake.tree(settings.HOME).names.get(org, org)


@register.simple_tag
def action_name(entry: AuditEntry) -> str:
    """What was done, in words."""
    return _said(f"audit.action_{entry.action}", entry.action)


@register.simple_tag
def type_name(record_type: str) -> str:
    """What kind of record it was done to, in words."""
    return _said(f"audit.type_{record_type}", record_type)


@register.simple_tag
def event_name(event: str) -> str:
    """What other systems are told of, in words; of another version's events, their own name."""
    return _said(f"events.{event}", event)


@register.filter
def changes(entry: AuditEntry) -> Iterator[Change]:
    """The detail of an entry, a line a field; what was empty and is empty is left out."""
    for name, value in entry.detail.items():
        both = value if isinstance(value, list) and len(value) == _CHANGE else [None, value]
        found = Change(_said(f"audit.field_{name}", name), *map(_shown, both))
        if found.before or found.after:
            yield found


def _said(code: str, otherwise: str) -> str:
    return say(code) if code in texts() else otherwise


def _shown(value: Any) -> str:  # noqa: ANN401 - a JSON value
    if value is None:
        return ""
    if isinstance(value, bool):
        return say("people.yes") if value else say("people.no")
    if isinstance(value, list):
        return ", ".join(_shown(each) for each in value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
