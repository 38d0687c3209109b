from __future__ import annotations

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q

from powercx.apps.core.enums import DeliveryState


class Webhook(models.Model):
    """Where another system wants to hear of events; ``secret`` is sealed with the home's keys."""

    name = models.CharField(max_length=100)
    url = models.CharField(max_length=500)
    events = models.JSONField(default=list)
    secret = models.BinaryField()
    enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return self.name


class OutboxMessage(models.Model):
    """What leaves the operational database, written with the change that it tells of.

    ``kind`` names who delivers it (``lake``, ``webhook``), ``target`` to whom; ``event_id`` is the
    same at every attempt, so that whoever receives it twice can tell.
    """

    event_id = models.UUIDField(unique=True)
    kind = models.CharField(max_length=32)
    target = models.CharField(max_length=200, blank=True)
    event = models.CharField(max_length=64)
    payload = models.JSONField(encoder=DjangoJSONEncoder)
    state = models.CharField(max_length=16, default=DeliveryState.WAITING.value)
    attempts = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="delivery_state_known",
                condition=Q(state__in=[state.value for state in DeliveryState]),
            ),
        ]
        indexes = [
            models.Index(
                name="outbox_waiting",
                fields=["due_at"],
                condition=Q(state=DeliveryState.WAITING.value),
            ),
            models.Index(name="outbox_by_time", fields=["-created_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.event} to {self.kind} {self.target} ({self.state})"
