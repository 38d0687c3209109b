"""How a figure came about, down to the rows behind it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from powercx.analytics.definitions.measures import FactMeasure, Measure, StockMeasure
from powercx.analytics.measures.explain import form_of
from powercx.analytics.measures.explanation import Explanation
from powercx.analytics.measures.words import Words
from powercx.apps.core import figures
from powercx.apps.core.enums import Permission
from powercx.apps.core.http import Place, Request, needs, place_of
from powercx.apps.core.service import OperationalVault, audit
from powercx.apps.insight.queries import measures as queries
from powercx.apps.insight.queries.explained import counted_of, section
from powercx.standard.clauses import clause
from powercx.ui.workbooks import workbook

ROWS = 200
# A figure that is made of many others shows some rows of each.
_ROWS_OF_PARTS = 20


@needs(Permission.MEASURES)
@require_GET
def explain(request: Request, key: str) -> HttpResponse:
    """The figure's definition, formula, rows, data and parts; rows for who may see them."""
    place = place_of(request)
    file = queries.file_of(place, key)
    line = queries.lines(place, [file])[0]
    context: dict[str, Any] = {
        "place": place,
        "line": line,
        "measure": file.measure,
        "form": form_of(file.measure),
        "clause": clause(file.measure.clause),
        "most": ROWS,
    }
    if request.scope.may(Permission.ROWS, place.org):
        found = _explained(place, key, _rows_of(file.measure))
        context["section"] = section(found, Words(settings.HOME.catalog))
        context["has_rows"] = bool(found.rows.sample)
    return render(request, "insight/measures/explain.html", context)


@needs(Permission.ROWS)
@require_POST
def workbook_of(request: Request, key: str) -> HttpResponseBase:
    """The rows shown, as a file; that they were taken is recorded."""
    place = place_of(request, Permission.ROWS)
    queries.file_of(place, key)
    found = _explained(place, key, ROWS)
    rows = counted_of(found.rows, Words(settings.HOME.catalog))
    audit.record(
        actor=request.actor,
        action="export",
        record_type="measure_rows",
        record_id=key,
        org_id=place.org,
        detail={"period": place.period, "rows": len(rows.rows)},
        at=timezone.now(),
    )
    return workbook(f"{key}-rows-{place.org}-{place.period}", rows.columns, rows.rows)


def _explained(place: Place, key: str, rows: int) -> Explanation:
    return figures.explained(
        place.scope,
        place.figures,
        key,
        org=place.org,
        period=place.period,
        rows=rows,
        token_key=OperationalVault(settings.HOME).digest_key(),
    )


def _rows_of(measure: Measure) -> int:
    return ROWS if isinstance(measure, FactMeasure | StockMeasure) else _ROWS_OF_PARTS
