"""The outbox: what leaves the operational database, written with the change that it tells of.

Delivered at least once, in its order for each target: while the oldest message of a target waits
for its next try, those behind it wait too. A message that fails too often is dead: it waits for a
person, and those behind it go on.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Min, QuerySet

from powercx.apps.core.domain import audit
from powercx.apps.core.domain.audit import Actor
from powercx.apps.core.enums import DeliveryState, Event
from powercx.apps.core.models import OutboxMessage, Webhook
from powercx.apps.core.queries.outbox import LAKE, WEBHOOK

TYPE = "outbox"
Messages = QuerySet[OutboxMessage]
FACT = "fact"
"""The event of messages that carry a row of a table to the lake."""
MOST_ATTEMPTS = 12
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=15), timedelta(hours=1)
LEASE = timedelta(minutes=10)
"""How long a message is kept from other workers while one delivers it."""
BATCH = 5_000
ERROR_CHARS = 500


@dataclass(frozen=True, slots=True)
class Address:
    """Who delivers a message, and to whom."""

    kind: str
    target: str


def put(event: Event, payload: Mapping[str, Any], *, at: datetime) -> None:
    """Tell every webhook that listens for ``event``; call it inside the transaction it tells of."""
    for webhook in Webhook.objects.filter(enabled=True).order_by("pk"):
        if event.value in webhook.events:
            put_to(Address(WEBHOOK, str(webhook.pk)), event.value, payload, at=at)


def put_fact(table: str, row: Mapping[str, Any], *, at: datetime) -> None:
    """Send one row to a table of the lake; call it inside the transaction of the change."""
    put_to(Address(LAKE, table), FACT, row, at=at)


def put_to(address: Address, event: str, payload: Mapping[str, Any], *, at: datetime) -> None:
    """Send one message to one target."""
    OutboxMessage.objects.create(
        event_id=uuid.uuid4(),
        kind=address.kind,
        target=address.target,
        event=event,
        payload=dict(payload),
        created_at=at,
        due_at=at,
    )


def heads(*, at: datetime) -> list[OutboxMessage]:
    """The oldest message of each target, where it is due; not of webhooks that are off."""
    waiting = OutboxMessage.objects.filter(state=DeliveryState.WAITING)
    oldest = waiting.values("kind", "target").annotate(first=Min("pk")).values("first")
    due = OutboxMessage.objects.filter(pk__in=oldest, due_at__lte=at).order_by("due_at", "pk")
    found = list(due)
    if not any(message.kind == WEBHOOK for message in found):
        return found
    off = {str(pk) for pk in Webhook.objects.filter(enabled=False).values_list("pk", flat=True)}
    return [message for message in found if message.kind != WEBHOOK or message.target not in off]


def take(*, message: OutboxMessage, at: datetime) -> bool:
    """Keep a target's oldest message, and so the target, from other workers for a while."""
    taken = _unchanged(message).filter(due_at=message.due_at)
    if not taken.update(attempts=F("attempts") + 1, due_at=at + LEASE):
        return False
    message.attempts, message.due_at = message.attempts + 1, at + LEASE
    return True


def batch(*, head: OutboxMessage) -> list[OutboxMessage]:
    """The messages of a target that wait, its oldest first."""
    behind = OutboxMessage.objects.filter(
        kind=head.kind, target=head.target, state=DeliveryState.WAITING, pk__gt=head.pk
    )
    return [head, *behind.order_by("pk")[: BATCH - 1]]


def delivered(*, messages: Iterable[OutboxMessage], at: datetime) -> None:
    """They have arrived."""
    waiting = OutboxMessage.objects.filter(
        pk__in=[message.pk for message in messages], state=DeliveryState.WAITING
    )
    waiting.update(state=DeliveryState.DELIVERED, delivered_at=at, error="")


def failed(*, message: OutboxMessage, reason: str, at: datetime, for_good: bool = False) -> None:
    """It has not arrived: it waits longer each time, and is dead after the last or ``for_good``."""
    values: dict[str, Any] = {"error": reason[:ERROR_CHARS], "due_at": at}
    if for_good or message.attempts >= MOST_ATTEMPTS:
        values["state"] = DeliveryState.DEAD
    else:
        values["due_at"] = at + wait_after(message.attempts)
    _unchanged(message).update(**values)


def wait_after(attempts: int) -> timedelta:
    """How long to wait after so many failed deliveries.

    >>> [wait_after(n).total_seconds() for n in (1, 2, 3, 11)]
    [15.0, 30.0, 60.0, 3600.0]
    """
    doubled: int = 2 ** min(attempts - 1, 16)
    return min(FIRST_WAIT * doubled, LONGEST_WAIT)


def replay(*, messages: Messages, actor: Actor, at: datetime) -> int:
    """Deliver dead messages anew, from the first try on; returns how many."""
    with transaction.atomic():
        dead = messages.filter(state=DeliveryState.DEAD)
        pks: Sequence[int] = list(dead.values_list("pk", flat=True))
        if not pks:
            return 0
        OutboxMessage.objects.filter(pk__in=pks).update(
            state=DeliveryState.WAITING, attempts=0, due_at=at, error=""
        )
        audit.record(
            actor=actor,
            action="replay",
            record_type=TYPE,
            record_id=pks[0] if len(pks) == 1 else "",
            at=at,
            detail={"messages": len(pks)},
        )
    return len(pks)


def _unchanged(message: OutboxMessage) -> Messages:
    return OutboxMessage.objects.filter(
        pk=message.pk, state=DeliveryState.WAITING, attempts=message.attempts
    )
