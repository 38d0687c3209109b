from __future__ import annotations

from django.db import models


class ApiToken(models.Model):
    """A key to the HTTP API: acts for ``person``, within ``scopes`` and ``org_id`` at most.

    Only the SHA-256 of the token is kept; ``prefix`` is its beginning, by which people know it.
    """

    person = models.ForeignKey("core.Person", on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=16)
    digest = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)
    org_id = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.prefix}… ({self.name})"


class IdempotentAnswer(models.Model):
    """The answer already given to a request with an idempotency key; null while it is worked on."""

    token = models.ForeignKey("core.ApiToken", on_delete=models.CASCADE)
    key = models.CharField(max_length=200)
    request_digest = models.CharField(max_length=64)
    status = models.PositiveIntegerField(null=True)
    body = models.TextField(blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="idempotent_once", fields=["token", "key"]),
        ]

    def __str__(self) -> str:
        return f"{self.key}: {self.status}"
