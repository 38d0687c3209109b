"""The list of measures, and one measure."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from powercx.analytics.definitions.measures import Kind
from powercx.analytics.measures.explain import form_of
from powercx.analytics.measures.words import Words
from powercx.apps.core.enums import Permission
from powercx.apps.core.http import Request, kept, needs, place_of
from powercx.apps.insight.queries import measures as queries
from powercx.apps.insight.queries.drawn import Drawn
from powercx.standard.clauses import clause
from powercx.ui.charts import Shown


@needs(Permission.MEASURES)
@require_GET
def measures(request: Request) -> HttpResponse:
    """The measures of one unit and period, by kind."""
    place = place_of(request)
    kind, text = request.GET.get("kind", ""), request.GET.get("q", "").strip()
    found = queries.lines(place, queries.matching(place, kind, text))
    by_kind = {
        each.value: [line for line in found if line.measure.kind is each]
        for each in Kind
        if any(line.measure.kind is each for line in found)
    }
    context = {
        "place": place,
        "kinds": [each.value for each in Kind],
        "kind": kind,
        "text": text,
        "by_kind": by_kind,
        "behind": place.figures.session.behind,
    }
    return render(request, "insight/measures/list.html", context)


@needs(Permission.MEASURES)
@require_GET
def measure(request: Request, key: str) -> HttpResponse:
    """One measure: the figure, its trend, the units beneath, its segments, its definition."""
    drawn = drawn_for(request, key)
    shown = {"trend": _shown(request, drawn, "trend")}
    if drawn.beneath:
        shown |= {name: _shown(request, drawn, name) for name in ("ranking", "heat")}
    if drawn.parts:
        shown["breakdown"] = _shown(request, drawn, "breakdown")
    tabs = [(by, drawn.words.column(by)) for by in drawn.breakdowns]
    context = {
        "place": drawn.place,
        "drawn": drawn,
        "line": drawn.line,
        "measure": drawn.line.measure,
        "form": form_of(drawn.line.measure),
        "clause": clause(drawn.line.measure.clause),
        "charts": shown,
        "beneath": [(line, drawn.unit(line.figure.org)) for line in drawn.beneath],
        "tabs": tabs,
        "may_set": request.scope.may(Permission.TARGETS, drawn.place.org),
    }
    return render(request, "insight/measures/one.html", context)


def drawn_for(request: Request, key: str) -> Drawn:
    """The measure as the address asks for it.

    :raises UnknownRecord: there is no such measure.
    """
    place = place_of(request)
    queries.file_of(place, key)
    drawn = Drawn(place, key, request.GET.get("by", ""), Words(settings.HOME.catalog))
    if not drawn.by and drawn.breakdowns:
        return Drawn(place, key, drawn.breakdowns[0], drawn.words)
    return drawn


def _shown(request: Request, drawn: Drawn, chart: str) -> Shown:
    by = {"by": drawn.by} if chart == "breakdown" else {}
    png, svg = (
        kept(request, f"insight:measure_{form}", drawn.key, chart, **by) for form in ("png", "svg")
    )
    return drawn.shown(chart, png=png, svg=svg)
