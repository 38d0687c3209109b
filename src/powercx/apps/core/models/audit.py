from __future__ import annotations

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models


class AuditEntry(models.Model):
    """One change, or one look at personal data, chained to the entry before it by its hash.

    ``detail`` of a change holds ``{field: [before, after]}``; what is personal is left out of it.
    ``actor`` is the name as it was then, so that the entry can be read when the person is gone.
    """

    seq = models.BigIntegerField(unique=True)
    at = models.DateTimeField()
    person = models.ForeignKey(
        "core.Person", on_delete=models.SET_NULL, null=True, related_name="+", db_constraint=False
    )
    actor = models.CharField(max_length=200)
    action = models.CharField(max_length=64)
    record_type = models.CharField(max_length=64)
    record_id = models.CharField(max_length=200)
    org_id = models.CharField(max_length=64, blank=True)
    detail = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    address = models.CharField(max_length=64, blank=True)
    before = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        indexes = [
            models.Index(name="audit_of_record", fields=["record_type", "record_id", "-seq"]),
            models.Index(name="audit_by_time", fields=["-at"]),
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.action} {self.record_type}/{self.record_id}"


class AuditHead(models.Model):
    """The end of the chain: one row, locked while an entry is added."""

    seq = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="0" * 64)

    def __str__(self) -> str:
        return f"{self.seq} {self.hash}"
