"""Webhooks: where other systems hear of events, and the secrets that sign what they are sent."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from powercx.apps.core.domain import audit, outbox
from powercx.apps.core.domain.audit import Actor
from powercx.apps.core.domain.outbox import Address
from powercx.apps.core.domain.people import ChangedMeanwhile
from powercx.apps.core.models import Webhook
from powercx.apps.core.queries.outbox import WEBHOOK
from powercx.apps.core.vault.keyring import KeyRing
from powercx.apps.core.vault.secrets import open_secret, seal_secret

TYPE = "webhook"
TEST = "webhook.test"
_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class Listener:
    """What is said of a webhook: its name, where it listens, which events it hears."""

    name: str
    url: str
    events: Sequence[str]
    enabled: bool = True


def create(*, listener: Listener, ring: KeyRing, actor: Actor, at: datetime) -> tuple[Webhook, str]:
    """Add a webhook; its secret is given once and cannot be shown again."""
    secret = _new_secret()
    with transaction.atomic():
        webhook: Webhook = Webhook.objects.create(
            **_values(listener), secret=seal_secret(ring, secret).encode(), created_at=at
        )
        _record(webhook, "create", actor, at, audit.changes({}, _values(listener)))
    return webhook, secret


def change(
    *, webhook: Webhook, version: int, listener: Listener, actor: Actor, at: datetime
) -> Webhook:
    """:raises ChangedMeanwhile: somebody saved it since ``version`` was read."""
    with transaction.atomic():
        held: Webhook = Webhook.objects.select_for_update().get(pk=webhook.pk)
        if held.version != version:
            raise ChangedMeanwhile("records.changed_meanwhile")
        wanted = _values(listener)
        before = {name: getattr(held, name) for name in wanted}
        for name, value in wanted.items():
            setattr(held, name, value)
        held.version = version + 1
        held.save()
        _record(held, "change", actor, at, audit.changes(before, wanted))
    return held


def rotate_secret(*, webhook: Webhook, ring: KeyRing, actor: Actor, at: datetime) -> str:
    """Sign with a new secret from now on; it is given once."""
    secret = _new_secret()
    with transaction.atomic():
        held: Webhook = Webhook.objects.select_for_update().get(pk=webhook.pk)
        held.secret = seal_secret(ring, secret).encode()
        held.save(update_fields=["secret"])
        _record(held, "rotate", actor, at, {})
    return secret


def send_test(*, webhook: Webhook, actor: Actor, at: datetime) -> None:
    """Put a message into the outbox that tells nothing but that the way is open."""
    with transaction.atomic():
        payload = {"webhook": webhook.name}
        outbox.put_to(Address(WEBHOOK, str(webhook.pk)), TEST, payload, at=at)
        _record(webhook, "test", actor, at, {})


def secret_of(webhook: Webhook, ring: KeyRing) -> str:
    """:raises UserError: the key ring is not the one that sealed it."""
    return open_secret(ring, bytes(webhook.secret).decode())


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """HMAC-SHA256 over ``timestamp.body``, in hexadecimal, as the header carries it.

    >>> signature("secret", "1767225600", b"{}")[:11]
    'v1=40ee2b06'
    """
    signed = timestamp.encode() + b"." + body
    return "v1=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def _values(listener: Listener) -> dict[str, Any]:
    return asdict(listener) | {"events": sorted(listener.events)}


def _new_secret() -> str:
    return "whsec_" + secrets.token_urlsafe(_SECRET_BYTES)


def _record(
    webhook: Webhook, action: str, actor: Actor, at: datetime, detail: dict[str, Any]
) -> None:
    audit.record(
        actor=actor, action=action, record_type=TYPE, record_id=webhook.pk, at=at, detail=detail
    )
