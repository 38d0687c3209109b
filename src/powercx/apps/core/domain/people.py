"""People: made, changed, locked out and let in again."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, QuerySet

from powercx.apps.core.domain import audit
from powercx.apps.core.domain.audit import Actor
from powercx.apps.core.enums import Role
from powercx.apps.core.models import Assignment, Person
from powercx.apps.core.queries.people import assigned
from powercx.apps.core.rules import Grant, NotAllowed, Scope
from powercx.base.errors import UserError

MOST_FAILURES = 5
LOCKED_FOR = timedelta(minutes=15)
TYPE = "person"
# No 0 and o, no 1, i and l: they are read out and typed.
_CLEAR = "abcdefghjkmnpqrstuvwxyz23456789"
_SHOWN = ("username", "name", "title", "email", "language", "theme", "is_active")


class NameTaken(UserError):
    """Someone else signs in with this name."""


class ChangedMeanwhile(UserError):
    """Somebody saved the record after it was opened; nothing of this save was kept."""


class WeakPassword(UserError):
    """The password breaks a rule; the text says which."""


class WrongPassword(UserError):
    """The password given is not the one in use."""


class LastAdministrator(UserError):
    """Without this person nobody could administer the whole company."""


class OwnRoles(UserError):
    """Nobody changes what they may do themselves: another administrator does."""


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
    authority: Scope | None = None,
) -> Person:
    """Add someone who may sign in; without a password only once one is set.

    ``authority`` is what the one who asks may do; None is powercx itself, which may give any role.

    :raises NameTaken: the name to sign in with is in use.
    :raises WeakPassword: the password breaks a rule.
    :raises NotAllowed: a role is not the asker's to give.
    """
    if Person.objects.filter(username__iexact=particulars.username).exists():
        raise NameTaken("people.name_taken", username=particulars.username)
    wanted = tuple(grants)
    check_authority(authority, wanted)
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
        _assign(person, wanted)
        _record(actor, "create", person, at, audit.changes({}, _state(person)))
    return person


def change_person(
    *,
    person: Person,
    version: int,
    values: Mapping[str, Any],
    grants: Iterable[Grant] | None,
    actor: Actor,
    at: datetime,
    authority: Scope | None = None,
) -> Person:
    """Change what is said of someone, and their roles where ``grants`` is given.

    :raises ChangedMeanwhile: ``version`` is not the one that is kept.
    :raises NotAllowed: a role they have, or are to have, is not the asker's to give.
    :raises OwnRoles: nobody with an ``authority`` changes what they may do themselves.
    :raises LastAdministrator: nobody would be left who administers the whole company.
    """
    with transaction.atomic():
        held = _locked(person)
        if held.version != version:
            raise ChangedMeanwhile("records.changed_meanwhile")
        wanted = None if grants is None else tuple(grants)
        _check_change(held, wanted, actor, authority)
        before = _state(held)
        for name, value in values.items():
            setattr(held, name, value)
        held.version = version + 1
        held.save()
        if wanted is not None:
            _assign(held, wanted)
            _check_administrator_left(before)
        _record(actor, "change", held, at, audit.changes(before, _state(held)))
    return held


def set_active(
    *, person: Person, active: bool, actor: Actor, at: datetime, authority: Scope | None = None
) -> None:
    """Keep someone out from now on, or let them in again; what they did stays.

    :raises NotAllowed: they have a role that is not the asker's to give.
    :raises OwnRoles: nobody shuts themselves out.
    :raises LastAdministrator: nobody would be left who administers the whole company.
    """
    with transaction.atomic():
        held = _locked(person)
        check_authority(authority, assigned(held))
        if authority is not None and actor.person == held:
            raise OwnRoles("people.own_roles")
        if held.is_active == active:
            return
        before = _state(held)
        held.is_active, held.version = active, held.version + 1
        held.save(update_fields=["is_active", "version"])
        _check_administrator_left(before)
        _record(actor, "change", held, at, audit.changes(before, _state(held)))


def set_password(
    *,
    person: Person,
    password: str,
    must_change: bool,
    actor: Actor,
    at: datetime,
    authority: Scope | None = None,
) -> None:
    """Give someone a new password and let them in again; their sessions end.

    :raises WeakPassword: it breaks a rule.
    :raises NotAllowed: they have a role that is not the asker's to give.
    """
    check_password(password, person)
    with transaction.atomic():
        held = Person.objects.select_for_update().get(pk=person.pk)
        check_authority(authority, assigned(held))
        held.set_password(password)
        held.must_change, held.failed_sign_ins, held.locked_until = must_change, 0, None
        held.save()
        _record(actor, "password", held, at)


def new_password() -> str:
    """A password to hand over: 15 characters of no word, none of which look alike."""
    parts = ("".join(secrets.choice(_CLEAR) for _ in range(5)) for _ in range(3))
    return "-".join(parts)


def check_password(password: str, person: Person | None = None) -> None:
    """:raises WeakPassword: the password breaks a rule."""
    try:
        validate_password(password, person)
    except ValidationError as error:
        raise WeakPassword("people.weak_password", reason=" ".join(error.messages)) from error


def unlock(*, person: Person, actor: Actor, at: datetime, authority: Scope | None = None) -> None:
    """Let someone who is locked out try again at once.

    :raises NotAllowed: they have a role that is not the asker's to give.
    """
    with transaction.atomic():
        check_authority(authority, assigned(person))
        Person.objects.filter(pk=person.pk).update(failed_sign_ins=0, locked_until=None)
        _record(actor, "unlock", person, at)


def reset_factor(
    *, person: Person, actor: Actor, at: datetime, authority: Scope | None = None
) -> None:
    """Take the second factor and its recovery codes from someone who lost them.

    :raises NotAllowed: they have a role that is not the asker's to give.
    """
    with transaction.atomic():
        check_authority(authority, assigned(person))
        Authenticator.objects.filter(user_id=person.pk).delete()
        _record(actor, "factor_reset", person, at)


def factor_changed(*, person: Person, factor: str, held: bool, at: datetime, address: str) -> None:
    """Tell the chain that someone set up (``held``) or gave up a second factor."""
    actor = Actor(person, person.username, address)
    _record(actor, "factor_set" if held else "factor_dropped", person, at, {"factor": factor})


def end_sessions(*, person: Person, password: str, actor: Actor, at: datetime) -> None:
    """End all sessions of someone who knows their password: it is sealed with another salt.

    :raises WrongPassword: it is not the one in use.
    """
    with transaction.atomic():
        held = Person.objects.select_for_update().get(pk=person.pk)
        if not held.check_password(password):
            raise WrongPassword("account.password_wrong")
        held.set_password(password)
        held.save(update_fields=["password"])
        _record(actor, "end_sessions", held, at)


def check_authority(authority: Scope | None, grants: Iterable[Grant]) -> None:
    """Insist that each role is the asker's to give.

    :raises NotAllowed: names the first that is not.
    """
    for grant in grants:
        if authority is not None and not authority.may_grant(grant):
            raise NotAllowed("people.not_yours", unit=grant.org_id or "*")


def sign_in_failed(*, person: Person, at: datetime, address: str) -> None:
    """Count a wrong password; the fifth in a row locks the account for a quarter of an hour."""
    with transaction.atomic():
        Person.objects.filter(pk=person.pk).update(failed_sign_ins=F("failed_sign_ins") + 1)
        held = Person.objects.select_for_update().get(pk=person.pk)
        if held.failed_sign_ins < MOST_FAILURES:
            return
        held.failed_sign_ins, held.locked_until = 0, at + LOCKED_FOR
        held.save(update_fields=["failed_sign_ins", "locked_until"])
        _record(Actor(held, held.username, address), "lock", held, at)


def signed_in(*, person: Person, at: datetime, address: str) -> None:
    """Forget wrong passwords; the sign-in goes into the audit chain."""
    with transaction.atomic():
        Person.objects.filter(pk=person.pk).update(failed_sign_ins=0, locked_until=None)
        _record(Actor(person, person.username, address), "sign_in", person, at)


def _locked(person: Person) -> Person:
    """The person, locked after all administrators: two who remove each other wait in one order."""
    list(_administrators().order_by("pk").select_for_update(of=("self",)))
    held: Person = Person.objects.select_for_update().get(pk=person.pk)
    return held


def _administrators() -> QuerySet[Person]:
    held = Assignment.objects.filter(role=Role.ADMINISTRATOR.value, org_id="")
    found: QuerySet[Person] = Person.objects.filter(
        is_active=True, pk__in=held.values_list("person_id")
    )
    return found


def _check_administrator_left(before: Mapping[str, Any]) -> None:
    was = before["is_active"] and f"{Role.ADMINISTRATOR.value}:*" in before["roles"]
    if was and not _administrators().exists():
        raise LastAdministrator("people.last_administrator")


def _check_change(
    held: Person, wanted: tuple[Grant, ...] | None, actor: Actor, authority: Scope | None
) -> None:
    now = assigned(held)
    check_authority(authority, now)
    if wanted is None or set(wanted) == set(now):
        return
    check_authority(authority, wanted)
    if authority is not None and actor.person == held:
        raise OwnRoles("people.own_roles")


def _record(
    actor: Actor, action: str, person: Person, at: datetime, detail: Mapping[str, Any] | None = None
) -> None:
    audit.record(
        actor=actor, action=action, record_type=TYPE, record_id=person.pk, at=at, detail=detail
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
