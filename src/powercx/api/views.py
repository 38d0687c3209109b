"""How the API works, for people and for programs; and what is no call at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET

from powercx.api import problems, spec
from powercx.api.answers import answer
from powercx.api.calling import PREFIX, Call, registered
from powercx.apps.core.http import Request, needs, public


@dataclass(frozen=True, slots=True)
class Shown:
    """A call as the page shows it: what it is, what is said of it, and how to try it."""

    call: Call
    said: dict[str, Any]
    address: str

    @property
    def parameters(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.said.get("parameters", [])
        return found

    @property
    def curl(self) -> str:
        """A line for a shell."""
        words = ['curl -H "Authorization: Bearer $TOKEN"']
        if self.call.method != "GET":
            words.append(f"-X {self.call.method}")
        if self.call.body:
            words.append(f"-H \"Content-Type: application/json\" -d '{self.call.body}'")
        return " \\\n  ".join([*words, f'"{self.address}"'])


@needs(None)
@require_GET
def docs(request: Request) -> HttpResponse:
    """Every call with its parameters, its permission and a line to try it."""
    found = spec.description()
    calls = [
        Shown(
            each,
            found["paths"][each.address][each.method.lower()],
            request.build_absolute_uri(PREFIX + each.example),
        )
        for each in registered()
    ]
    shown = {"calls": calls, "kinds": list(problems.Kind), "about": found["info"]["description"]}
    return render(request, "api/docs.html", shown)


@needs(None)
@require_GET
def openapi(request: Request) -> HttpResponse:
    """The description for programs, in both languages."""
    del request
    return answer(spec.description(spec.in_both))


@public
@csrf_exempt
def nothing(request: HttpRequest) -> HttpResponse:
    """An address beneath the API that is no call."""
    return problems.told(request, Http404())
