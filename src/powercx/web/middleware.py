"""Every request: its language, who asks, whether they may, and what is said when they may not."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation

from powercx.apps.core import lake
from powercx.apps.core.domain.audit import Actor
from powercx.apps.core.http import NothingYet, Request
from powercx.apps.core.queries.people import scope_of
from powercx.apps.core.rules import NotAllowed, OutOfReach
from powercx.apps.core.signin import address_of
from powercx.base.errors import UserError
from powercx.base.messages import use_language

Answer = Callable[[HttpRequest], HttpResponseBase]
COOKIE = "language"
DJANGO = {"zh": "zh-hans", "en": "en"}
# allauth's views carry no marks of ours: these are open, its others want someone signed in.
OPEN = {"account_login", "mfa_authenticate", "account_inactive"}
BEFORE_CHANGE = {"core:password", "account_logout", "account_login", "web:language"}

log = logging.getLogger("powercx.web")


def language_of(request: HttpRequest) -> str:
    """``zh`` or ``en``: the person's, the cookie's, the browser's first, else the home's."""
    wish = getattr(request.user, "language", "") or request.COOKIES.get(COOKIE, "")
    if wish in DJANGO:
        return wish
    for part in request.headers.get("Accept-Language", "").lower().split(","):
        if part.strip()[:2] in DJANGO:
            return part.strip()[:2]
    return settings.HOME.config().language


class PlainQueryMiddleware:
    """Takes NUL characters out of the address: nobody means them, and PostgreSQL refuses them."""

    def __init__(self, get_response: Answer) -> None:
        self._answer = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        query = request.META.get("QUERY_STRING", "")
        if "%00" in query or "\0" in query:
            request.META["QUERY_STRING"] = query.replace("%00", "").replace("\0", "")
        return self._answer(request)


class LanguageMiddleware:
    """Speaks the reader's language while the request is answered."""

    def __init__(self, get_response: Answer) -> None:
        self._answer = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        code = language_of(request)
        with use_language(code), translation.override(DJANGO[code]):
            request.language = code  # type: ignore[attr-defined]
            response = self._answer(request)
            response.headers.setdefault("Content-Language", DJANGO[code])
            return response


class AccessMiddleware:
    """Says who asks and refuses what their roles do not give; a view without a mark is a bug."""

    def __init__(self, get_response: Answer) -> None:
        self._answer = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self._answer(request)
        if request.user.is_authenticated and not response.has_header("Cache-Control"):
            # What one person saw must not come back to the next at the same screen.
            response["Cache-Control"] = "no-store"
        return response

    def process_view(
        self, request: Request, view: Callable[..., object], args: object, kwargs: object
    ) -> HttpResponseBase | None:
        del args, kwargs
        name = request.resolver_match.view_name if request.resolver_match else ""
        if getattr(view, "public", False) or name in OPEN:
            return None
        if not request.user.is_authenticated:
            return redirect(f"{reverse(settings.LOGIN_URL)}?next={request.path}")
        self._say_who(request)
        if request.user.must_change and name not in BEFORE_CHANGE:
            return redirect("core:password")
        if view.__module__.startswith("allauth."):
            return None
        if not hasattr(view, "permission"):
            raise ImproperlyConfigured(f"{name}: the view does not say what it needs")
        if view.permission is not None and not request.scope.may(view.permission):
            return told(request, NotAllowed("access.denied", permission=view.permission.value))
        return None

    @staticmethod
    def _say_who(request: Request) -> None:
        request.scope = scope_of(request.user, lake.tree(settings.HOME))
        request.actor = Actor(request.user, request.user.username, address_of(request))


class ErrorMiddleware:
    """Turns what a user can mend into a page that says so, with the right status."""

    def __init__(self, get_response: Answer) -> None:
        self._answer = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self._answer(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return told(request, error) if isinstance(error, UserError) else None


def told(request: HttpRequest, error: UserError) -> HttpResponse:
    """The page that says what is wrong, with the status that fits."""
    match error:
        case NothingYet():
            return render(request, "web/nothing_yet.html")
        case NotAllowed():
            status = HTTPStatus.FORBIDDEN
        case OutOfReach():
            status = HTTPStatus.NOT_FOUND
        case _:
            status = HTTPStatus.BAD_REQUEST
    return render(request, "web/error.html", {"problem": str(error)}, status=status)


def server_error(request: HttpRequest) -> HttpResponse:
    """A bug: logged once with the number that the page shows."""
    reference = uuid.uuid4().hex[:8]
    log.error("reference %s: %s %s", reference, request.method, request.path)
    return render(request, "web/error.html", {"reference": reference}, status=500)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """No such page."""
    del exception
    return render(request, "web/error.html", {"missing": True}, status=404)
