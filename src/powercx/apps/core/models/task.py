from __future__ import annotations

import uuid

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q

from powercx.apps.core.enums import TaskState


class Task(models.Model):
    """Work that goes on behind a page: what is to be done, how far it is, what came of it.

    ``share`` is between 0 and 1. ``key`` empty or unique among tasks not over yet: asked for twice,
    a task with the same key is done once.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    name = models.CharField(max_length=64)
    args = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    key = models.CharField(max_length=200, blank=True)
    org_id = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=16, default=TaskState.WAITING.value)
    share = models.FloatField(default=0)
    step = models.CharField(max_length=200, blank=True)
    result = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    error = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    attempts = models.PositiveIntegerField(default=0)
    asked_by = models.ForeignKey("core.Person", on_delete=models.SET_NULL, null=True)
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    heard_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="task_once_at_a_time",
                fields=["key"],
                condition=~Q(key="")
                & Q(state__in=[TaskState.WAITING.value, TaskState.RUNNING.value]),
            ),
            models.CheckConstraint(
                name="task_state_known", condition=Q(state__in=[s.value for s in TaskState])
            ),
        ]
        indexes = [
            models.Index(
                name="task_waiting",
                fields=["due_at"],
                condition=Q(state=TaskState.WAITING.value),
            ),
            models.Index(name="task_by_time", fields=["-asked_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.state}"


class Schedule(models.Model):
    """When a task is asked for by itself: five cron fields in the home's time zone."""

    name = models.CharField(max_length=64, unique=True)
    cron = models.CharField(max_length=64)
    enabled = models.BooleanField(default=True)
    last_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return f"{self.name}: {self.cron}"
