"""Looks at personal data: a reason is given, the look is recorded, then it is shown."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from powercx.apps.core.domain import audit
from powercx.apps.core.domain.audit import Actor
from powercx.apps.core.enums import Permission
from powercx.apps.core.queries import personal
from powercx.apps.core.rules import Scope
from powercx.apps.core.vault.keyring import ring_in_use
from powercx.base.errors import UserError
from powercx.base.home import Home

SHORTEST_REASON = 4


class ReasonMissing(UserError):
    """Nobody looks at personal data without saying why."""


def reveal(
    home: Home,
    *,
    table: str,
    record_key: str,
    org: str,
    reason: str,
    scope: Scope,
    actor: Actor,
    at: datetime,
) -> dict[str, str | None]:
    """The personal columns of a record of the unit ``org``, in plain.

    The entry names the columns and the reason, never a value; without the entry nothing is shown.

    :raises NotAllowed: personal data may not be seen.
    :raises UnknownUnit: not of this unit.
    :raises ReasonMissing: the reason is too short to be one.
    :raises UnknownRecord: nothing personal is held of it.
    """
    scope.check(Permission.PERSONAL, org)
    told = " ".join(reason.split())
    if len(told) < SHORTEST_REASON:
        raise ReasonMissing("audit.reason_missing", shortest=SHORTEST_REASON)
    with ring_in_use(home) as ring, transaction.atomic():
        found = personal.reveal(ring, table=table, record_key=record_key)
        audit.record(
            actor=actor,
            action="reveal",
            record_type=table,
            record_id=record_key,
            org_id=org,
            at=at,
            detail={"reason": told, "columns": sorted(found)},
        )
    return found
