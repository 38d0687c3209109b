from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q

from powercx.apps.core.enums import Role


class PersonManager(BaseUserManager["Person"]):
    """Finds people by the name they sign in with, whatever its case."""

    def get_by_natural_key(self, username: str | None) -> Person:
        return self.get(username__iexact=username)


class Person(AbstractBaseUser):
    """Someone of the utility who signs in.

    ``locked_until`` is set after too many wrong passwords; ``must_change`` asks for a password of
    one's own at the next sign-in. ``language`` empty means the browser's.
    """

    username = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=100)
    title = models.CharField(max_length=100, blank=True)
    email = models.CharField(max_length=200, blank=True)
    language = models.CharField(max_length=8, blank=True)
    theme = models.CharField(max_length=8, blank=True)
    is_active = models.BooleanField(default=True)
    must_change = models.BooleanField(default=False)
    failed_sign_ins = models.PositiveIntegerField(default=0)
    locked_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects: ClassVar[Any] = PersonManager()

    def __str__(self) -> str:
        return self.name or self.username


class Assignment(models.Model):
    """A role that a person has in a unit and everything beneath it; no unit: the whole company."""

    person = models.ForeignKey("core.Person", on_delete=models.CASCADE, related_name="assignments")
    role = models.CharField(max_length=32)
    org_id = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="assignment_once", fields=["person", "role", "org_id"]),
            models.CheckConstraint(
                name="assignment_role_known",
                condition=Q(role__in=[role.value for role in Role]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id}: {self.role} in {self.org_id or '*'}"
