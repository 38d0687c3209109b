"""Keys to the HTTP API: made, used and taken back."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from powercx.apps.core.domain import audit
from powercx.apps.core.domain.audit import Actor
from powercx.apps.core.enums import Permission
from powercx.apps.core.models import ApiToken, Person
from powercx.apps.core.rules import WHOLE_COMPANY, Scope
from powercx.base.errors import UserError

TYPE = "api_token"
MARK = "px_"
_BYTES = 32
_SHOWN_CHARS = 10
_USED_EVERY = timedelta(minutes=1)


class BeyondReach(UserError):
    """The token would be allowed more than the person who makes it."""


class NoScopes(UserError):
    """A token that is allowed nothing is of no use."""


class EndsInThePast(UserError):
    """The token would have expired before it was made."""


class TokenRefused(UserError):
    """There is no such token, or it is no longer good; the text says which."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a token is to be: its name, what it may do, where (empty: everywhere), until when."""

    name: str
    scopes: tuple[Permission, ...]
    org_id: str = ""
    expires_at: datetime | None = None


def make(
    *, person: Person, wish: Wish, scope: Scope, actor: Actor, at: datetime
) -> tuple[ApiToken, str]:
    """Make a token that acts for ``person``, whose scope is ``scope``.

    Returns it with its secret, which is kept nowhere and cannot be shown again.

    :raises NoScopes: nothing is asked for.
    :raises BeyondReach: the person may not do all of it, or it cannot be cut to one unit.
    :raises UnknownUnit: the unit is out of the person's reach.
    :raises EndsInThePast: it would have expired already.
    """
    _check(wish, scope, at)
    secret = MARK + secrets.token_urlsafe(_BYTES)
    token = ApiToken(
        person=person,
        name=wish.name,
        prefix=secret[:_SHOWN_CHARS],
        digest=digest_of(secret),
        scopes=[each.value for each in wish.scopes],
        org_id=wish.org_id,
        created_at=at,
        expires_at=wish.expires_at,
    )
    with transaction.atomic():
        token.save(force_insert=True)
        _record(token, "create", actor, at, audit.changes({}, _state(token)))
    return token, secret


def revoke(*, token: ApiToken, actor: Actor, at: datetime) -> None:
    """Take a token back for good; one already taken back stays as it is."""
    with transaction.atomic():
        changed = ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=at)
        if changed:
            _record(token, "revoke", actor, at, {"revoked_at": [None, at]})


def token_of(secret: str, *, at: datetime) -> ApiToken:
    """The token with this secret, with its person; its use is noted, once a minute at most.

    :raises TokenRefused: unknown, revoked, expired, or of someone who may no longer sign in.
    """
    found = ApiToken.objects.select_related("person").filter(digest=digest_of(secret)).first()
    if found is None:
        raise TokenRefused("tokens.unknown")
    if found.revoked_at is not None:
        raise TokenRefused("tokens.revoked")
    if found.expires_at is not None and found.expires_at <= at:
        raise TokenRefused("tokens.expired", at=found.expires_at.isoformat(timespec="seconds"))
    if not found.person.is_active:
        raise TokenRefused("tokens.person_inactive")
    _note_use(found, at)
    return found


def digest_of(secret: str) -> str:
    """What is kept of a secret, whose 256 random bits nobody can guess from a plain digest."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _check(wish: Wish, scope: Scope, at: datetime) -> None:
    if not wish.scopes:
        raise NoScopes("tokens.no_scopes")
    beyond = [each.value for each in wish.scopes if not scope.may(each)]
    if beyond:
        raise BeyondReach("tokens.beyond_reach", permissions=", ".join(beyond))
    if wish.org_id:
        uncut = [each.value for each in wish.scopes if each in WHOLE_COMPANY]
        if uncut:
            raise BeyondReach("tokens.whole_company", permissions=", ".join(uncut))
        for each in wish.scopes:
            scope.check(each, wish.org_id)
    if wish.expires_at is not None and wish.expires_at <= at:
        raise EndsInThePast("tokens.ends_in_the_past")


def _note_use(token: ApiToken, at: datetime) -> None:
    stale = Q(last_used_at=None) | Q(last_used_at__lte=at - _USED_EVERY)
    if token.last_used_at is None or token.last_used_at <= at - _USED_EVERY:
        ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=at)


def _record(
    token: ApiToken, action: str, actor: Actor, at: datetime, detail: dict[str, Any]
) -> None:
    audit.record(
        actor=actor,
        action=action,
        record_type=TYPE,
        record_id=token.pk,
        at=at,
        org_id=token.org_id,
        detail=detail,
    )


def _state(token: ApiToken) -> dict[str, Any]:
    shown: Iterable[str] = ("name", "prefix", "scopes", "org_id", "expires_at")
    return {"person": token.person.username} | {name: getattr(token, name) for name in shown}
