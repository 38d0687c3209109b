"""Calls of the API as programs make them: a token, JSON there and back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from support.site import Site

from powercx.apps.core.domain import tokens
from powercx.apps.core.domain.audit import SYSTEM
from powercx.apps.core.enums import Permission, Role
from powercx.apps.core.models import ApiToken, Person
from powercx.apps.core.queries.people import scope_of

PREFIX = "/api/v1"


@dataclass
class Api:
    """Makes tokens for people of a site and calls with them."""

    site: Site

    def token(
        self,
        role: Role = Role.EXPERIENCE_MANAGER,
        org: str = "",
        *,
        scopes: tuple[Permission, ...] = (),
        within: str = "",
        expires_at: datetime | None = None,
        at: datetime | None = None,
    ) -> tuple[ApiToken, str]:
        """A token of someone with this role: with all their permissions where none are named."""
        person: Person = self.site.person(role, org)
        scope = scope_of(person, self.site.tree)
        wish = tokens.Wish("test", scopes or tuple(scope.permissions), within, expires_at)
        now = at or clock()
        return tokens.make(person=person, wish=wish, scope=scope, actor=SYSTEM, at=now)

    def secret(self, *args, **kwargs) -> str:
        return self.token(*args, **kwargs)[1]

    def get(self, secret: str, path: str, query: dict | None = None, **headers: str):
        return client().get(PREFIX + path, query or {}, headers=bearer(secret, headers))

    def post(self, secret: str, path: str, body: object = None, **headers: str):
        text = body if isinstance(body, str | bytes) else json.dumps(body)
        kind = headers.pop("content_type", "application/json")
        sent = bearer(secret, headers)
        return client().post(PREFIX + path, text, content_type=kind, headers=sent)


def client() -> Client:
    return Client(raise_request_exception=False)


def bearer(secret: str, headers: dict[str, str]) -> dict[str, str]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return {"Authorization": f"Bearer {secret}", "Accept-Language": "en", **named}


def problem(response: HttpResponse) -> dict:
    """The problem that was answered, checked to be one."""
    found = json.loads(response.content)
    assert response["Content-Type"] == "application/problem+json", response.content
    assert {"type", "title", "status", "detail", "code", "params"} <= set(found)
    assert found["status"] == response.status_code
    return found


def clock() -> datetime:
    return timezone.now()  # noqa: TID251 - calls are answered by the real clock


def long_ago() -> datetime:
    return clock() - timedelta(days=400)
