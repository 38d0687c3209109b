"""Reading the audit chain."""

from __future__ import annotations

from powercx.apps.core.models import AuditEntry

_HISTORY = 50


def of_record(record_type: str, record_id: object, limit: int = _HISTORY) -> list[AuditEntry]:
    """The newest entries on one record."""
    found = AuditEntry.objects.filter(record_type=record_type, record_id=str(record_id))
    return list(found.order_by("-seq")[:limit])
