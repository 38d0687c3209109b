"""The outbox as its page shows it."""

from __future__ import annotations

from django.db.models import Count, QuerySet

from powercx.apps.core.enums import DeliveryState
from powercx.apps.core.models import OutboxMessage, Webhook

WEBHOOK, LAKE = "webhook", "lake"
"""Who delivers a message."""
STATES = ("", *(state.value for state in DeliveryState))


def messages(*, state: str = "", kind: str = "", target: str = "") -> QuerySet[OutboxMessage]:
    """Messages, newest first; a state that there is none of counts as all."""
    found = OutboxMessage.objects.order_by("-created_at", "-pk")
    if state in STATES[1:]:
        found = found.filter(state=state)
    if kind:
        found = found.filter(kind=kind)
    return found.filter(target=target) if target else found


def counts() -> dict[str, int]:
    """How many messages there are of each state; of all under the empty one."""
    found = dict(OutboxMessage.objects.values_list("state").annotate(n=Count("pk")).order_by())
    return {state: found.get(state, 0) if state else sum(found.values()) for state in STATES}


def of_webhook(webhook: Webhook) -> QuerySet[OutboxMessage]:
    """What one webhook was sent, newest first."""
    return messages(kind=WEBHOOK, target=str(webhook.pk))


def webhook_names() -> dict[str, str]:
    """The name of each webhook by the target that its messages carry."""
    return {str(pk): name for pk, name in Webhook.objects.values_list("pk", "name")}
