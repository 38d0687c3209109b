"""Errors as RFC 9457 has them: ``application/problem+json``, in the reader's language."""

from __future__ import annotations

import logging
import traceback
import uuid
from collections.abc import Mapping, Sequence
from enum import Enum
from http import HTTPStatus
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from ninja.errors import HttpError, ValidationError

from powercx.api.answers import text_of
from powercx.apps.core.http import NothingYet
from powercx.apps.core.rules import NotAllowed, UnknownUnit
from powercx.apps.core.service import InProgress, KeyInUse, TokenRefused
from powercx.base.errors import UserError
from powercx.base.messages import say

MEDIA = "application/problem+json"
log = logging.getLogger("powercx.api")


class Kind(Enum):
    """Every kind of problem: its ``type`` is a place on the page that describes them."""

    MALFORMED = HTTPStatus.BAD_REQUEST
    UNKNOWN_CALLER = HTTPStatus.UNAUTHORIZED
    NOT_ALLOWED = HTTPStatus.FORBIDDEN
    NOT_FOUND = HTTPStatus.NOT_FOUND
    WRONG_METHOD = HTTPStatus.METHOD_NOT_ALLOWED
    CONFLICT = HTTPStatus.CONFLICT
    TOO_LARGE = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    WRONG_MEDIA = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    INVALID = HTTPStatus.UNPROCESSABLE_ENTITY
    BROKEN = HTTPStatus.INTERNAL_SERVER_ERROR

    @property
    def word(self) -> str:
        return self.name.lower()

    @property
    def text(self) -> str:
        return f"kind_{self.word}"

    @property
    def address(self) -> str:
        return f"/api/v1/docs#problem-{self.word}"


class Malformed(UserError):
    """The body cannot be read at all."""


class Unknown(UserError):
    """No such record within reach."""


class TooLarge(UserError):
    """More at once than a call may bring."""


class WrongMedia(UserError):
    """The body is of a type that the call does not read."""


class NoToken(UserError):
    """The call came without a token."""


class Invalid(UserError):
    """Parameters that are wrong; ``errors`` says which and how, one by one."""

    errors: Sequence[Mapping[str, Any]] = ()


_KINDS: dict[type[UserError], Kind] = {
    Malformed: Kind.MALFORMED,
    NoToken: Kind.UNKNOWN_CALLER,
    TokenRefused: Kind.UNKNOWN_CALLER,
    NotAllowed: Kind.NOT_ALLOWED,
    UnknownUnit: Kind.NOT_FOUND,
    Unknown: Kind.NOT_FOUND,
    NothingYet: Kind.CONFLICT,
    InProgress: Kind.CONFLICT,
    KeyInUse: Kind.INVALID,
    TooLarge: Kind.TOO_LARGE,
    WrongMedia: Kind.WRONG_MEDIA,
}


def problem(
    kind: Kind,
    code: str,
    *,
    errors: Sequence[Mapping[str, Any]] = (),
    params: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """The answer that tells of a problem; the text of ``code`` is its ``detail``."""
    params = dict(params or {})
    told: dict[str, Any] = {
        "type": kind.address,
        "title": say(f"api.{kind.text}"),
        "status": kind.value.value,
        "detail": say(code, **params),
        "code": code,
        "params": params,
    }
    if errors:
        told["errors"] = list(errors)
    response = HttpResponse(text_of(told), status=kind.value.value, content_type=MEDIA)
    response["Cache-Control"] = "no-store"
    if kind is Kind.UNKNOWN_CALLER:
        response["WWW-Authenticate"] = 'Bearer realm="powercx"'
    if code == "api.in_progress":
        response["Retry-After"] = "1"
    return response


def told(request: HttpRequest, error: Exception | type[Exception]) -> HttpResponse:
    """What is answered to an error, whatever it is; a bug is logged by the number it shows."""
    match error:
        case UserError():
            kind = next((_KINDS[c] for c in type(error).__mro__ if c in _KINDS), Kind.INVALID)
            errors = error.errors if isinstance(error, Invalid) else ()
            return problem(kind, error.code, errors=errors, params=error.params)
        case ValidationError():
            return problem(Kind.INVALID, "api.invalid", errors=field_errors(error))
        case RequestDataTooBig():
            return problem(Kind.TOO_LARGE, "api.body_too_large")
        case Http404():
            return problem(Kind.NOT_FOUND, "api.no_such_call", params={"path": request.path})
        case HttpError(status_code=HTTPStatus.BAD_REQUEST):
            return problem(Kind.MALFORMED, "api.malformed")
        case _:
            return _bug(request)


def field_errors(error: ValidationError) -> list[dict[str, Any]]:
    """What is wrong with each parameter, in the reader's language."""
    return [_field_error(each) for each in error.errors]


def _field_error(found: Mapping[str, Any]) -> dict[str, Any]:
    place, *path = found["loc"]
    limits = {name: value for name, value in found.get("ctx", {}).items() if name in {"ge", "le"}}
    match found["type"]:
        case "missing":
            code = "api.missing"
        case "greater_than_equal":
            code = "api.too_small"
        case "less_than_equal":
            code = "api.too_great"
        case "enum" | "literal_error":
            code, limits = "api.not_one_of", {"known": found["ctx"]["expected"]}
        case _:
            code = "api.not_readable"
    name = ".".join(str(part) for part in path)
    return {"in": place, "name": name, "code": code, "detail": say(code, **limits)}


def _bug(request: HttpRequest) -> HttpResponse:
    reference, trace = uuid.uuid4().hex[:8], traceback.format_exc()
    log.error("reference %s: %s %s\n%s", reference, request.method, request.path, trace)
    return problem(Kind.BROKEN, "api.broken", params={"number": reference})
