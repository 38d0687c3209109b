"""The audit chain: every change and every look at personal data, each sealed to the one before."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction

from powercx.apps.core.chain import Span, digest
from powercx.apps.core.models import AuditEntry, AuditHead, Person
from powercx.apps.core.queries.audit import AuditWish, as_row, span_of


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a person, or a part of powercx by its name; ``address`` is where from."""

    person: Person | None
    name: str
    address: str = ""


SYSTEM = Actor(None, "powercx")


def record(
    *,
    actor: Actor,
    action: str,
    record_type: str,
    record_id: object,
    at: datetime,
    org_id: str = "",
    detail: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """Add an entry to the chain, within the transaction of the change that it tells of.

    ``detail`` of a change is ``{field: [before, after]}``; leave personal values out.
    """
    with transaction.atomic():
        head, _ = AuditHead.objects.select_for_update().get_or_create(pk=1)
        entry = AuditEntry(
            seq=head.seq + 1,
            at=at.astimezone(UTC),
            person=actor.person,
            actor=actor.name[:200],
            action=action,
            record_type=record_type,
            record_id=str(record_id),
            org_id=org_id,
            detail=json.loads(json.dumps(dict(detail or {}), cls=DjangoJSONEncoder)),
            address=actor.address,
            before=head.hash,
        )
        entry.hash = digest(as_row(entry))
        entry.save(force_insert=True)
        head.seq, head.hash = entry.seq, entry.hash
        head.save(update_fields=["seq", "hash"])
    return entry


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Any]]:
    """``{field: [before, after]}`` of what differs."""
    names = dict.fromkeys([*before, *after])
    return {
        name: [before.get(name), after.get(name)]
        for name in names
        if before.get(name) != after.get(name)
    }


def record_export(*, wish: AuditWish, actor: Actor, at: datetime) -> Span:
    """The span of the chain that is to be exported; that it was, is the next entry of the chain."""
    with transaction.atomic():
        AuditHead.objects.select_for_update().get_or_create(pk=1)
        found = span_of(wish)
        detail = {"first": found.first, "last": found.last, "hash": found.hash}
        record(
            actor=actor,
            action="export",
            record_type="audit",
            record_id=f"{found.first}-{found.last}",
            at=at,
            detail=detail,
        )
    return found
