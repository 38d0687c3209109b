from __future__ import annotations

from django.db import models
from django.db.models import Q


class PersonalRecord(models.Model):
    """The personal columns of one reference row, sealed as one blob.

    ``visible`` turns true when the load is finished; until then nobody reads the row.
    ``retracted`` marks a staged row whose record is to be removed at that moment.
    """

    table = models.CharField(max_length=64)
    record_key = models.CharField(max_length=200)
    load = models.ForeignKey(
        "core.LoadRecord", on_delete=models.PROTECT, related_name="personal", db_index=False
    )
    visible = models.BooleanField(default=False)
    retracted = models.BooleanField(default=False)
    key_id = models.CharField(max_length=16)
    ciphertext = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="personal_one_visible",
                fields=["table", "record_key"],
                condition=Q(visible=True),
            ),
            models.CheckConstraint(
                name="personal_retracted_is_hidden",
                condition=Q(visible=False) | Q(retracted=False),
            ),
        ]
        indexes = [
            models.Index(
                name="personal_staged",
                fields=["load", "table", "record_key"],
                condition=Q(visible=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.table}/{self.record_key}"


class PersonalToken(models.Model):
    """A blind index entry: finds the records that hold one exact value.

    The token is keyed and covers table, field and value, so neither is stored beside it.
    """

    pk = models.CompositePrimaryKey("token", "record_id")
    token = models.BinaryField(max_length=16)
    record = models.ForeignKey(
        "core.PersonalRecord", on_delete=models.CASCADE, related_name="tokens"
    )

    def __str__(self) -> str:
        return f"token of {self.record_id}"
