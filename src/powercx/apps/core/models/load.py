from __future__ import annotations

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q

from powercx.apps.core.enums import LoadState


class LoadRecord(models.Model):
    """One file loaded, or tried; the lake's commit carries the same ``load_id``."""

    load_id = models.CharField(max_length=64, unique=True)
    table = models.CharField(max_length=64)
    path = models.TextField()
    source = models.CharField(max_length=200)
    state = models.CharField(max_length=16, default=LoadState.STARTED.value)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    report = models.JSONField(default=dict, encoder=DjangoJSONEncoder)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="load_state_known", condition=Q(state__in=[state.value for state in LoadState])
            ),
            models.CheckConstraint(
                name="load_done_has_finished",
                condition=~Q(state=LoadState.DONE.value) | Q(finished_at__isnull=False),
            ),
            models.CheckConstraint(
                name="load_started_is_open",
                condition=~Q(state=LoadState.STARTED.value) | Q(finished_at__isnull=True),
            ),
        ]
        indexes = [
            models.Index(
                name="load_unfinished",
                fields=["started_at"],
                condition=Q(state=LoadState.STARTED.value),
            ),
            models.Index(name="load_by_table", fields=["table", "-started_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.load_id} ({self.table}, {self.state})"
