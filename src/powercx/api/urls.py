from __future__ import annotations

import functools
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, path, re_path

from powercx.api import calls, views
from powercx.api.calling import api
from powercx.api.problems import Kind, problem
from powercx.apps.core.http import public

app_name = "api"


def _called(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The view of a call, which lets in by token what the pages let in by signing in."""

    @public
    @functools.wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        if response.status_code != HTTPStatus.METHOD_NOT_ALLOWED:
            return response
        allowed = response["Allow"]
        told = problem(Kind.WRONG_METHOD, "api.wrong_method", params={"allowed": allowed})
        told["Allow"] = allowed
        return told

    return answered


def _calls() -> list[URLPattern | URLResolver]:
    calls.read_all()
    found, _, _ = api.urls
    return [
        path(str(each.pattern), _called(each.callback), name=each.name)
        for each in found
        if isinstance(each, URLPattern) and each.name != "api-root"
    ]


urlpatterns = [
    path("docs", views.docs, name="docs"),
    path("openapi.json", views.openapi, name="openapi"),
    *_calls(),
    re_path(r"^.*$", views.nothing, name="nothing"),
]
