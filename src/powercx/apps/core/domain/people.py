"""People: made, changed, locked out and let in again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F

from powercx.apps.core.domain import audit
from powercx.apps.core.domain.audit import Actor
from powercx.apps.core.models import Assignment, Person
from powercx.apps.core.rules import Grant
from powercx.base.errors import UserError

MOST_FAILURES = 5
LOCKED_FOR = timedelta(minutes=15)
TYPE = "person"
_SHOWN = ("username", "name", "title", "email", "language", "is_active")


class NameTaken(UserError):
    """Someone else signs in with this name."""


class ChangedMeanwhile(UserError):
    """Somebody saved the record after it was opened; nothing of this save was kept."""


class WeakPassword(UserError):
    """The password breaks a rule; the text says which."""


@dataclass(frozen=True, slots=True)
class Particulars:
    """What is said of someone."""

    username: str
    name: str
    title: str = ""
    email: str = ""
    language: str = ""


def create_person(
    *,
    particulars: Particulars,
    grants: Iterable[Grant],
    password: str | None,
    actor: Actor,
    at: datetime,
    must_change: bool = True,
) -> Person:
    """Add someone who may sign in; without a password only once one is set.

    :raises NameTaken: the name to sign in with is in use.
    :raises WeakPassword: the password breaks a rule.
    """
    if Person.objects.filter(username__iexact=particulars.username).exists():
        raise NameTaken("people.name_taken", username=particulars.username)
    person = Person(
        **asdict(particulars), created_at=at, must_change=must_change and password is not None
    )
    if password is None:
        person.set_unusable_password()
    else:
        check_password(password, person)
        person.set_password(password)
    with transaction.atomic():
        person.save(force_insert=True)
        _assign(person, grants)
        audit.record(
            actor=actor,
            action="create",
            record_type=TYPE,
            record_id=person.pk,
            at=at,
            detail=audit.changes({}, _state(person)),
        )
    return person


def change_person(
    *,
    person: Person,
    version: int,
    values: Mapping[str, Any],
    grants: Iterable[Grant] | None,
    actor: Actor,
    at: datetime,
) -> Person:
    """Change what is said of someone, and their roles where ``grants`` is given.

    :raises ChangedMeanwhile: ``version`` is not the one that is kept.
    """
    with transaction.atomic():
        held: Person = Person.objects.select_for_update().get(pk=person.pk)
        if held.version != version:
            raise ChangedMeanwhile("records.changed_meanwhile")
        before = _state(held)
        for name, value in values.items():
            setattr(held, name, value)
        held.version = version + 1
        held.save()
        if grants is not None:
            _assign(held, grants)
        audit.record(
            actor=actor,
            action="change",
            record_type=TYPE,
            record_id=held.pk,
            at=at,
            detail=audit.changes(before, _state(held)),
        )
    return held


def set_password(
    *, person: Person, password: str, must_change: bool, actor: Actor, at: datetime
) -> None:
    """Give someone a new password and let them in again.

    :raises WeakPassword: it breaks a rule.
    """
    check_password(password, person)
    with transaction.atomic():
        held = Person.objects.select_for_update().get(pk=person.pk)
        held.set_password(password)
        held.must_change, held.failed_sign_ins, held.locked_until = must_change, 0, None
        held.save()
        audit.record(
            actor=actor, action="password", record_type=TYPE, record_id=held.pk, at=at, detail={}
        )


def check_password(password: str, person: Person | None = None) -> None:
    """:raises WeakPassword: the password breaks a rule."""
    try:
        validate_password(password, person)
    except ValidationError as error:
        raise WeakPassword("people.weak_password", reason=" ".join(error.messages)) from error


def unlock(*, person: Person, actor: Actor, at: datetime) -> None:
    """Let someone who is locked out try again at once."""
    with transaction.atomic():
        Person.objects.filter(pk=person.pk).update(failed_sign_ins=0, locked_until=None)
        audit.record(
            actor=actor, action="unlock", record_type=TYPE, record_id=person.pk, at=at, detail={}
        )


def sign_in_failed(*, person: Person, at: datetime, address: str) -> None:
    """Count a wrong password; the fifth in a row locks the account for a quarter of an hour."""
    with transaction.atomic():
        Person.objects.filter(pk=person.pk).update(failed_sign_ins=F("failed_sign_ins") + 1)
        held = Person.objects.select_for_update().get(pk=person.pk)
        if held.failed_sign_ins < MOST_FAILURES:
            return
        held.failed_sign_ins, held.locked_until = 0, at + LOCKED_FOR
        held.save(update_fields=["failed_sign_ins", "locked_until"])
        audit.record(
            actor=Actor(held, held.username, address),
            action="lock",
            record_type=TYPE,
            record_id=held.pk,
            at=at,
            detail={},
        )


def signed_in(*, person: Person, at: datetime, address: str) -> None:
    """Forget wrong passwords; the sign-in goes into the audit chain."""
    with transaction.atomic():
        Person.objects.filter(pk=person.pk).update(failed_sign_ins=0, locked_until=None)
        audit.record(
            actor=Actor(person, person.username, address),
            action="sign_in",
            record_type=TYPE,
            record_id=person.pk,
            at=at,
            detail={},
        )


def _assign(person: Person, grants: Iterable[Grant]) -> None:
    wanted = {(grant.role.value, grant.org_id) for grant in grants}
    held = {(a.role, a.org_id): a for a in Assignment.objects.filter(person=person)}
    for key, assignment in held.items():
        if key not in wanted:
            assignment.delete()
    Assignment.objects.bulk_create(
        Assignment(person=person, role=role, org_id=org_id)
        for role, org_id in sorted(wanted - set(held))
    )


def _state(person: Person) -> dict[str, Any]:
    roles = sorted(f"{a.role}:{a.org_id or '*'}" for a in person.assignments.all())
    return {name: getattr(person, name) for name in _SHOWN} | {"roles": roles}
