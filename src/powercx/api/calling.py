"""What a call of the API is: its address, the permission it needs, and how it is let in.

``@call`` is the only way into the API. It lets nobody in without a token, asks the scope for the
permission that it names, refuses keys of the query that it does not know, and keeps the answer by
idempotency key.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from ninja import NinjaAPI
from ninja.decorators import decorate_view
from ninja.errors import HttpError, ValidationError
from ninja.operation import Operation

from powercx.api import problems
from powercx.api.once import once
from powercx.apps.core import lake
from powercx.apps.core.enums import Permission
from powercx.apps.core.rules import Scope
from powercx.apps.core.service import Actor, ApiToken, token_of, token_scope
from powercx.apps.core.signin import address_of
from powercx.base.identifiers import suggestion
from powercx.base.messages import say

PREFIX = "/api/v1"
_SCHEME = "bearer "
Run = Callable[..., HttpResponse]
View = TypeVar("View", bound=Callable[..., HttpResponse])


class Caller(HttpRequest):
    """A request that a token came with."""

    token: ApiToken
    scope: Scope
    actor: Actor


@dataclass(frozen=True, slots=True)
class Call:
    """One operation; ``path`` is beneath the prefix, with its variables in braces.

    ``example`` is a path and query to try it with, ``body`` what to send.
    """

    name: str
    method: str
    path: str
    permission: Permission
    example: str
    body: str = ""

    @property
    def address(self) -> str:
        return PREFIX + self.path


api = NinjaAPI(
    title="powercx", version="1", docs_url=None, openapi_url=None, urls_namespace="calls"
)
for _error in (Exception, Http404, HttpError, ValidationError):
    api.add_exception_handler(_error, problems.told)
_calls: list[Call] = []


def registered() -> Sequence[Call]:
    """Every call of the modules read so far, by its address."""
    return sorted(_calls, key=lambda each: (each.path, each.method))


def call(
    method: str,
    path: str,
    *,
    needs: Permission,
    example: str = "",
    body: str = "",
    answers: Any = None,  # noqa: ANN401 - a model, as ninja takes it; only the description uses it
    status: int = 200,
    extra: dict[str, Any] | None = None,
) -> Callable[[View], View]:
    """Make a function a call; texts ``api.<name>`` and ``api.<name>_about`` describe it."""

    def register(view: View) -> View:
        made = Call(view.__name__, method, path, needs, example or path, body)
        _calls.append(made)
        decorate_view(functools.partial(_guarded, made, view))(view)
        api.api_operation(
            [method],
            path,
            response={status: answers},
            operation_id=made.name,
            summary=f"api.{made.name}",
            description=f"api.{made.name}_about",
            url_name=made.name,
            openapi_extra=extra,
        )(view)
        return view

    return register


def _guarded(made: Call, view: Callable[..., HttpResponse], run: Run) -> Run:
    def let_in(request: Caller, **path: Any) -> HttpResponse:
        try:
            _say_who(request)
            request.scope.check(made.permission)
            _check_keys(request, view)
            if made.method != "POST":
                return run(request, **path)
            return once(settings.HOME, request, request.token, lambda: run(request, **path))
        except Exception as error:  # noqa: BLE001 - the edge: whatever it is, it is told as a problem
            return problems.told(request, error)

    return let_in


def _say_who(request: Caller) -> None:
    """:raises UserError: no token, or none that is good."""
    given = request.headers.get("Authorization", "")
    if not given.lower().startswith(_SCHEME):
        raise problems.NoToken("api.no_token")
    token = token_of(given[len(_SCHEME) :].strip(), at=timezone.now())
    request.token = token
    request.scope = token_scope(token, lake.tree(settings.HOME))
    name = f"{token.person.username} · {token.prefix}"
    request.actor = Actor(token.person, name, address_of(request))


def _check_keys(request: HttpRequest, view: Callable[..., HttpResponse]) -> None:
    """:raises Invalid: the query has keys that the call does not know, or one of them twice."""
    known = query_keys(view)
    unknown = [key for key in request.GET if key not in known]
    errors = [
        _wrong("api.unknown_key", key, key=key, nearest=suggestion(key, known)) for key in unknown
    ]
    twice = [key for key in known if len(request.GET.getlist(key)) > 1]
    errors += [_wrong("api.key_twice", key, key=key) for key in twice]
    if errors:
        found = problems.Invalid("api.invalid")
        found.errors = errors
        raise found


def _wrong(code: str, name: str, **params: str) -> dict[str, Any]:
    return {"in": "query", "name": name, "code": code, "detail": say(code, **params)}


def query_keys(view: Callable[..., HttpResponse]) -> list[str]:
    """The keys that a call knows in its query."""
    operation: Operation = view._ninja_operation  # type: ignore[attr-defined]  # noqa: SLF001 - ninja keeps it there
    return [
        name
        for model in operation.models
        if model.__ninja_param_source__ == "query"
        for name in model.__ninja_flatten_map__
    ]
