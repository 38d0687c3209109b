"""Delivering the outbox: to webhooks by HTTP, to the lake by a load."""

from __future__ import annotations

import http.client
import json
import logging
import ssl
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from django.core.serializers.json import DjangoJSONEncoder

from powercx import __version__
from powercx.analytics.sources.recovery import own_folder
from powercx.analytics.sources.report import FileReport
from powercx.analytics.sources.service import LoadOptions, load
from powercx.apps.core.domain import outbox, webhooks
from powercx.apps.core.models import OutboxMessage, Webhook
from powercx.apps.core.queries.outbox import LAKE, WEBHOOK
from powercx.apps.core.service import OperationalVault
from powercx.apps.core.tasks import Clock
from powercx.apps.core.vault.keyring import read_ring
from powercx.base.errors import UserError
from powercx.base.home import Home
from powercx.base.messages import say

log = logging.getLogger("powercx.outbox")
TIMEOUT_S = 10.0
SOURCE = "powercx"
_SHOWN_BYTES = 500
_OK = range(200, 300)


@dataclass(frozen=True, slots=True)
class Delivery:
    """Where and when messages are delivered."""

    home: Home
    clock: Clock


class NotDelivered(Exception):
    """A message has not arrived; ``for_good``: it never will as it is."""

    def __init__(self, reason: str, *, for_good: bool = False) -> None:
        super().__init__(reason)
        self.for_good = for_good


def deliver_due(delivery: Delivery) -> tuple[int, int]:
    """Deliver what is due, the oldest of each target; how many arrived, and how many did not."""
    arrived = missed = 0
    for head in outbox.heads(at=delivery.clock()):
        if not outbox.take(message=head, at=delivery.clock()):
            continue
        good, bad = _deliver(delivery, head)
        arrived, missed = arrived + good, missed + bad
    return arrived, missed


def _deliver(delivery: Delivery, head: OutboxMessage) -> tuple[int, int]:
    try:
        return _DELIVERERS[head.kind](delivery, head)
    except Exception:
        # The edge of the worker: a bug holds up one target, not all of them.
        reference = uuid.uuid4().hex[:8]
        log.exception("reference %s: message %s to %s", reference, head.event_id, head.kind)
        reason = say("outbox.broke", number=reference)
        outbox.failed(message=head, reason=reason, at=delivery.clock())
        return 0, 1


def _to_webhook(delivery: Delivery, message: OutboxMessage) -> tuple[int, int]:
    try:
        webhook = Webhook.objects.get(pk=int(message.target))
        _post(webhook, message, delivery)
    except (NotDelivered, UserError) as error:
        outbox.failed(message=message, reason=str(error), at=delivery.clock())
        return 0, 1
    outbox.delivered(messages=[message], at=delivery.clock())
    return 1, 0


def _post(webhook: Webhook, message: OutboxMessage, delivery: Delivery) -> None:
    body = body_of(message)
    timestamp = str(int(delivery.clock().timestamp()))
    secret = webhooks.secret_of(webhook, read_ring(delivery.home))
    headers = {
        "Content-Type": "application/json",
        "User-Agent": f"powercx/{__version__}",
        "Powercx-Id": str(message.event_id),
        "Powercx-Timestamp": timestamp,
        "Powercx-Signature": webhooks.signature(secret, timestamp, body),
    }
    status, shown = _answer(webhook.url, body, headers)
    if status not in _OK:
        raise NotDelivered(f"HTTP {status} {shown}".strip())


def body_of(message: OutboxMessage) -> bytes:
    """What a webhook is sent; the same at every attempt."""
    told = {
        "id": str(message.event_id),
        "event": message.event,
        "at": message.created_at,
        "data": message.payload,
    }
    return json.dumps(told, cls=DjangoJSONEncoder, ensure_ascii=False).encode()


def _answer(url: str, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
    """Status and the beginning of the answer; a redirect is an answer like any other."""
    parts = urlsplit(url)
    place = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
    link = _connection(parts.scheme, parts.hostname or "", parts.port)
    try:
        link.request("POST", place, body, headers)
        answer = link.getresponse()
        return answer.status, answer.read1(_SHOWN_BYTES).decode("utf-8", "replace")
    except (OSError, http.client.HTTPException) as error:
        raise NotDelivered(f"{type(error).__name__}: {error}") from error
    finally:
        link.close()


def _connection(scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
    if scheme == "https":
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(host, port, timeout=TIMEOUT_S, context=context)
    return http.client.HTTPConnection(host, port, timeout=TIMEOUT_S)


def _to_lake(delivery: Delivery, head: OutboxMessage) -> tuple[int, int]:
    """Load what waits for a table in one file; if a row is at fault, row by row to find it."""
    messages = outbox.batch(head=head)
    try:
        _load(delivery, messages)
    except NotDelivered as error:
        if len(messages) == 1:
            _missed(head, error, delivery.clock())
            return 0, 1
        return _one_by_one(delivery, messages)
    outbox.delivered(messages=messages, at=delivery.clock())
    return len(messages), 0


def _one_by_one(delivery: Delivery, messages: Sequence[OutboxMessage]) -> tuple[int, int]:
    arrived = missed = 0
    for message in messages:
        try:
            _load(delivery, [message])
        except NotDelivered as error:
            _missed(message, error, delivery.clock())
            missed += 1
            if not error.for_good:
                break  # what stands behind it waits for it
        else:
            outbox.delivered(messages=[message], at=delivery.clock())
            arrived += 1
    return arrived, missed


def _missed(message: OutboxMessage, error: NotDelivered, at: datetime) -> None:
    outbox.failed(message=message, reason=str(error), at=at, for_good=error.for_good)


def _load(delivery: Delivery, messages: Sequence[OutboxMessage]) -> None:
    """Load the rows; what has been loaded before counts as a duplicate, so that twice is safe."""
    table = messages[0].target
    lines = [json.dumps(message.payload, ensure_ascii=False) for message in messages]
    options = LoadOptions(fact=table, source=SOURCE)
    vault, now = OperationalVault(delivery.home), delivery.clock()
    with own_folder(delivery.home, f"outbox-{uuid.uuid4()}") as folder:
        file = folder / f"{table}.jsonl"
        file.write_text("\n".join(lines) + "\n", "utf-8")
        try:
            reports = load(delivery.home, vault, [str(file)], options=options, at=now)
        except UserError as error:
            raise NotDelivered(str(error)) from error
    _check(reports)


def _check(reports: Sequence[FileReport]) -> None:
    for report in reports:
        if report.refused is not None:
            raise NotDelivered(str(report.refused))
        if report.quarantined:
            raise NotDelivered(", ".join(report.reasons), for_good=True)


_DELIVERERS: dict[str, Callable[[Delivery, OutboxMessage], tuple[int, int]]] = {
    WEBHOOK: _to_webhook,
    LAKE: _to_lake,
}
