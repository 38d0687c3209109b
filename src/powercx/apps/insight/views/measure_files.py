"""Measures as files: spreadsheets, pictures, drawings; cut and suppressed as the pages are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.http import FileResponse, Http404, HttpResponse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET

from powercx.analytics.definitions.catalogue import MeasureFile
from powercx.analytics.measures.figures import Figure
from powercx.analytics.measures.words import Words
from powercx.apps.core.enums import Permission
from powercx.apps.core.http import Place, Request, needs, place_of
from powercx.apps.insight.queries import measures as queries
from powercx.apps.insight.queries.drawn import CHARTS, Drawn, all_figures
from powercx.apps.insight.views.measures import drawn_for
from powercx.base import units
from powercx.base.messages import say
from powercx.ui import charts
from powercx.ui.workbooks import Cell, workbook

_FIGURE = (
    "org", "org_name", "period", "segment", "value", "unit", "better", "low", "high",
    "numerator", "denominator", "n", "target", "notes", "version",
)  # fmt: skip


@needs(Permission.MEASURES)
@require_GET
def list_workbook(request: Request) -> FileResponse:
    """The list as it is filtered, with units, notes and the version of each definition."""
    place = place_of(request)
    kind, text = request.GET.get("kind", ""), request.GET.get("q", "").strip()
    found = queries.lines(place, queries.matching(place, kind, text))
    words = ("kind", "key", "name", *_FIGURE, "standing", "change_before", "change_year")
    return workbook(
        f"measures-{place.org}-{place.period}",
        [say(f"measure.{word}") for word in words],
        _list_rows(place, found),
    )


@needs(Permission.MEASURES)
@require_GET
def workbook_of(request: Request, key: str) -> FileResponse:
    """Every figure that the page of one measure shows."""
    drawn = drawn_for(request, key)
    words = ("table", "key", "name", *_FIGURE)
    return workbook(
        f"{key}-{drawn.place.org}-{drawn.place.period}",
        [say(f"measure.{word}") for word in words],
        _rows(drawn),
    )


@needs(Permission.MEASURES)
@require_GET
def png(request: Request, key: str, chart: str) -> HttpResponse:
    """One chart as a picture."""
    drawn = _chart(request, key, chart)
    return _file(charts.png(drawn.spec(chart)), "image/png", f"{key}-{chart}.png")


@needs(Permission.MEASURES)
@require_GET
def svg(request: Request, key: str, chart: str) -> HttpResponse:
    """One chart as a drawing."""
    drawn = _chart(request, key, chart)
    content = charts.svg(drawn.spec(chart)).encode()
    return _file(content, "image/svg+xml", f"{key}-{chart}.svg")


def _chart(request: Request, key: str, chart: str) -> Drawn:
    if chart not in CHARTS:
        raise Http404(chart)
    drawn = drawn_for(request, key)
    if chart == "breakdown" and not drawn.by:
        raise Http404(chart)
    return drawn


def _file(content: bytes, kind: str, name: str) -> HttpResponse:
    # Shown in place by a page without scripts, and under its name when it is saved.
    held = content_disposition_header(as_attachment=False, filename=name) or ""
    return HttpResponse(content, content_type=kind, headers={"Content-Disposition": held})


def _list_rows(place: Place, lines: Sequence[queries.Line]) -> Iterator[list[Cell]]:
    for line in lines:
        target = line.target.value if line.target else None
        changes = [each.change.by if each.change else None for each in (line.before, line.year)]
        yield [
            say(f"kind.{line.measure.kind.value}"),
            *_head(line.file),
            *_cells(place, line.file, line.figure, "", target),
            say(f"standing.{line.standing.value}") if line.standing else None,
            *changes,
        ]


def _rows(drawn: Drawn) -> Iterator[list[Cell]]:
    file = drawn.line.file
    for table, figure in all_figures(drawn):
        segment = drawn.words.segment(drawn.by, figure.segment) if table == "breakdown" else ""
        held = drawn.asked.targets.of(drawn.key, figure)
        target = held.value if held else None
        head: list[Cell] = [say(f"measure.table_{table}"), *_head(file)]
        yield [*head, *_cells(drawn.place, file, figure, segment, target)]


def _head(file: MeasureFile) -> list[Cell]:
    return [file.measure.key, Words.text(file.measure.name)]


def _cells(
    place: Place, file: MeasureFile, figure: Figure, segment: str, target: float | None
) -> list[Cell]:
    measure = file.measure
    codes = [*([figure.reason] if figure.reason else []), *figure.notes]
    word = say("measure.ratio") if measure.unit == "ratio" else units.unit_word(measure.unit)
    return [
        figure.org,
        queries.name_of(place, figure.org, say("measure.nobody")),
        figure.period.label,
        segment,
        figure.value,
        word,
        say(f"measure.better_{measure.better}"),
        figure.low,
        figure.high,
        figure.numerator,
        figure.denominator,
        figure.n,
        target,
        "; ".join(say(code) for code in codes),
        file.version,
    ]
