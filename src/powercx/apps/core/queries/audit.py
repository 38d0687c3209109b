"""Reading the audit chain."""

from __future__ import annotations

from powercx.apps.core.models import AuditEntry, Person

_HISTORY = 50
_SIGN_INS = 20


def of_record(record_type: str, record_id: object, limit: int = _HISTORY) -> list[AuditEntry]:
    """The newest entries on one record."""
    found = AuditEntry.objects.filter(record_type=record_type, record_id=str(record_id))
    return list(found.order_by("-seq")[:limit])


def signins_of(person: Person) -> list[AuditEntry]:
    """When someone signed in last, and when they were locked out."""
    found = AuditEntry.objects.filter(person=person, action__in=("sign_in", "lock"))
    return list(found.order_by("-seq")[:_SIGN_INS])
