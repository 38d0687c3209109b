"""Measures, their figures, and how a figure came about."""

from __future__ import annotations

import hashlib
from typing import Annotated

from django.conf import settings
from django.http import HttpResponse
from ninja import Path, Query

from powercx.analytics.definitions.catalogue import MeasureFile
from powercx.analytics.definitions.measures import Kind
from powercx.analytics.measures.remembered import Remembered
from powercx.analytics.measures.service import Answer
from powercx.api import models
from powercx.api.answers import answer, text_of
from powercx.api.calling import Caller, call
from powercx.api.paging import USUAL, Cursor, Limit, page_of
from powercx.api.problems import Unknown
from powercx.apps.core import lake
from powercx.apps.core.enums import Permission
from powercx.apps.core.figures import explained, figures_for
from powercx.apps.core.http import NothingYet
from powercx.apps.core.rules import Scope
from powercx.apps.core.service import OperationalVault
from powercx.base.identifiers import suggestion

Key = Annotated[str, Path(description="api.param_key")]
Orgs = Annotated[str | None, Query(description="api.param_orgs")]
Org = Annotated[str | None, Query(description="api.param_org")]
Periods = Annotated[str | None, Query(description="api.param_periods")]
Period = Annotated[str | None, Query(description="api.param_period")]
By = Annotated[str | None, Query(description="api.param_by")]
KindOf = Annotated[Kind | None, Query(description="api.param_kind")]
Rows = Annotated[int, Query(ge=0, le=200, description="api.param_rows")]


@call("GET", "/measures", needs=Permission.MEASURES, answers=models.Measures)
def measures(
    request: Caller, kind: KindOf = None, limit: Limit = USUAL, cursor: Cursor = None
) -> HttpResponse:
    del request
    figures = _opened()
    known = figures.session.catalogue.measures.values()
    wanted = [file for file in known if kind is None or file.measure.kind == kind]
    page, after = page_of(wanted, key=lambda file: file.measure.key, cursor=cursor, limit=limit)
    return answer({"measures": [_measure(figures, file) for file in page], "next": after})


@call(
    "GET",
    "/measures/{key}/figures",
    needs=Permission.MEASURES,
    example="/measures/complaint_rate/figures?period=2025Q1&by=org",
    answers=models.Figures,
)
def figures(
    request: Caller, key: Key, org: Orgs = None, period: Periods = None, by: By = None
) -> HttpResponse:
    known = _opened()
    file = _file(known, key)
    orgs = _units(request.scope, Permission.MEASURES, org, known)
    asked = known.session.question(file.measure, orgs=orgs, periods=_parts(period), by=by)
    mark = _mark(request, known)
    if mark in _given_marks(request):
        return _marked(HttpResponse(status=304), mark)
    found = figures_for(
        request.scope,
        known,
        [key],
        orgs=asked.orgs,
        periods=[span.label for span in asked.periods],
        by=asked.segment,
    )
    return _marked(answer(Answer(file.measure, found[key]).to_json()), mark)


@call(
    "GET",
    "/measures/{key}/explanation",
    needs=Permission.ROWS,
    example="/measures/complaint_rate/explanation?period=2025Q1&rows=5",
    answers=models.Explanation,
)
def explanation(
    request: Caller, key: Key, org: Org = None, period: Period = None, rows: Rows = 5
) -> HttpResponse:
    known = _opened()
    file = _file(known, key)
    [unit, *_] = _units(request.scope, Permission.ROWS, org, known)
    spans = [period] if period else None
    asked = known.session.question(file.measure, orgs=[unit], periods=spans, by=None)
    found = explained(
        request.scope,
        known,
        key,
        org=unit,
        period=asked.periods[0].label,
        rows=rows,
        token_key=OperationalVault(settings.HOME).digest_key(),
    )
    return answer(found.to_json())


def _opened() -> Remembered:
    found = lake.figures(settings.HOME)
    if found is None:
        raise NothingYet("web.nothing_yet")
    return found


def _file(known: Remembered, key: str) -> MeasureFile:
    files = known.session.catalogue.measures
    if key not in files:
        raise Unknown("api.no_such_measure", key=key, nearest=suggestion(key, files))
    return files[key]


def _units(scope: Scope, permission: Permission, text: str | None, known: Remembered) -> list[str]:
    """The units asked for, all within reach; the topmost ones when none is named."""
    named = []
    for part in _parts(text) or []:
        unit = known.session.tree.named(part)
        # Whoever may not see the unit learns nothing of the id behind its name.
        scope.check(permission, unit if scope.may(permission, unit) else part)
        named.append(unit)
    return named or scope.roots(permission)


def _parts(text: str | None) -> list[str] | None:
    return [part.strip() for part in text.split(",") if part.strip()] if text else None


def _measure(known: Remembered, file: MeasureFile) -> dict[str, object]:
    measure = file.measure
    said = measure.model_dump(mode="json")
    told = {name: said[name] for name in models.Measure.model_fields if name in said}
    breakdowns = ["org", "month", *known.session.breakdowns(measure)]
    return {**told, "by": breakdowns, "version": file.version, "own": file.own}


# Figures change with a refresh and with what the token may see, and with nothing else.


def _mark(request: Caller, known: Remembered) -> str:
    scope = request.scope
    sees = [sorted(scope.units(each)) for each in (Permission.MEASURES, Permission.ROWS)]
    text = text_of([known.mark, request.get_full_path(), sees])
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


def _given_marks(request: Caller) -> list[str]:
    given = request.headers.get("If-None-Match", "")
    return [mark.strip().removeprefix("W/") for mark in given.split(",")]


def _marked(response: HttpResponse, mark: str) -> HttpResponse:
    response["ETag"] = mark
    response["Cache-Control"] = "private, no-cache"
    response["Vary"] = "Authorization"
    return response
