from __future__ import annotations

import uuid

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q

from powercx.apps.core.enums import UploadState


class Upload(models.Model):
    """A file someone sent through the page, kept under ``uploads/`` until it is loaded or dropped.

    ``wish`` is what the person chose for it: fact, source, and the column of each canonical one.
    ``report`` is what the last check, or the load, said of it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    name = models.CharField(max_length=200)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    person = models.ForeignKey("core.Person", on_delete=models.SET_NULL, null=True)
    at = models.DateTimeField()
    wish = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    report = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    state = models.CharField(max_length=16, default=UploadState.WAITING.value)
    version = models.PositiveIntegerField(default=1)
    task = models.ForeignKey("core.Task", on_delete=models.SET_NULL, null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="upload_state_known",
                condition=Q(state__in=[state.value for state in UploadState]),
            ),
        ]
        indexes = [models.Index(name="upload_by_time", fields=["-at"])]

    def __str__(self) -> str:
        return self.name
