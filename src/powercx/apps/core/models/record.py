from __future__ import annotations

from django.db import models


class Comment(models.Model):
    """What someone wrote on a record."""

    record_type = models.CharField(max_length=64)
    record_id = models.CharField(max_length=200)
    person = models.ForeignKey("core.Person", on_delete=models.SET_NULL, null=True)
    at = models.DateTimeField()
    text = models.TextField()

    class Meta:
        indexes = [models.Index(name="comment_of_record", fields=["record_type", "record_id"])]

    def __str__(self) -> str:
        return self.text[:40]


class Attachment(models.Model):
    """A file kept with a record, under ``files/`` of the home by its SHA-256."""

    record_type = models.CharField(max_length=64)
    record_id = models.CharField(max_length=200)
    person = models.ForeignKey("core.Person", on_delete=models.SET_NULL, null=True)
    at = models.DateTimeField()
    name = models.CharField(max_length=200)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        indexes = [models.Index(name="attachment_of_record", fields=["record_type", "record_id"])]

    def __str__(self) -> str:
        return self.name


class EvidenceLink(models.Model):
    """Something a record rests on: a page of powercx or an address elsewhere."""

    record_type = models.CharField(max_length=64)
    record_id = models.CharField(max_length=200)
    person = models.ForeignKey("core.Person", on_delete=models.SET_NULL, null=True)
    at = models.DateTimeField()
    title = models.CharField(max_length=200)
    address = models.CharField(max_length=1000)

    class Meta:
        indexes = [models.Index(name="evidence_of_record", fields=["record_type", "record_id"])]

    def __str__(self) -> str:
        return self.title
