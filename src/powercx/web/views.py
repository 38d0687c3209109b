"""The overview, and the language of the pages."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from powercx.apps.core.enums import Permission
from powercx.apps.core.http import Request, needs, place_of, public
from powercx.apps.core.models import Person
from powercx.web.middleware import COOKIE, DJANGO
from powercx.web.overview import INDEX, overview_of, work_of

_YEAR_S = 365 * 24 * 3600


@needs(Permission.MEASURES)
@require_GET
def overview(request: Request) -> HttpResponse:
    """The state of customer experience in one unit and period."""
    place = place_of(request)
    found = overview_of(place, ranked=request.GET.get("rank") or INDEX)
    work = work_of(request.user, timezone.localdate())
    return render(request, "web/overview.html", {"place": place, "page": found, "work": work})


@public
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Choose the language of the pages, and go back to the page."""
    code = request.POST.get("language", "")
    back = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()})
    response = redirect(back if safe else "web:overview")
    if code in DJANGO:
        response.set_cookie(COOKIE, code, max_age=_YEAR_S, samesite="Lax", httponly=True)
        if isinstance(request.user, Person):
            Person.objects.filter(pk=request.user.pk).update(language=code)
    return response
