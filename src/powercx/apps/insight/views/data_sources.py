"""Data sources: what each table holds, its dictionary and its template."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from powercx.analytics.definitions.codes import Code, code_list
from powercx.analytics.lake.catalogue import FACTS, REFERENCES, TABLES
from powercx.analytics.lake.schema import Column, LakeTable
from powercx.analytics.results.state import read_state
from powercx.analytics.sources.holdings import Holding, holdings
from powercx.analytics.sources.templates import write_template
from powercx.apps.core.enums import Permission
from powercx.apps.core.http import Request, needs
from powercx.ui.templatetags.px import local

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class _Described:
    """A column of the dictionary with its codes."""

    column: Column
    codes: dict[str, Code]


@needs(Permission.DATA)
@require_GET
def sources(request: Request) -> HttpResponse:
    """What every table holds, and whether figures have taken it in."""
    found = holdings(settings.HOME)
    state = read_state(settings.HOME.lake)
    worked = state.tables if state else {}
    behind = [name for name, held in found.items() if held.version != worked.get(name)]
    kinds = {
        "facts": [found[table.name] for table in FACTS],
        "references": [found[table.name] for table in REFERENCES],
    }
    return render(
        request,
        "insight/data/sources.html",
        {
            "kinds": kinds,
            "behind": behind,
            "empty": not any(held.rows for held in found.values()),
            "refreshed": state is not None,
        },
    )


@needs(Permission.DATA)
@require_GET
def table(request: Request, name: str) -> HttpResponse:
    """One table: what it holds and its data dictionary."""
    found = _table(name)
    held: Holding = holdings(settings.HOME)[name]
    state = read_state(settings.HOME.lake)
    catalog = settings.HOME.catalog
    columns = [
        _Described(c, dict(code_list(c.codes, catalog).codes) if c.codes else {})
        for c in found.columns
    ]
    keys = ", ".join(local(found.column(name)) for name in found.key)
    behind = held.version != (state.tables if state else {}).get(name)
    return render(
        request,
        "insight/data/table.html",
        {
            "held": held,
            "orphans": orphans_of(held.orphans),
            "table": found,
            "tables": TABLES,
            "columns": columns,
            "keys": keys,
            "behind": behind,
        },
    )


@needs(Permission.DATA)
@require_GET
def template(request: Request, name: str) -> HttpResponse:
    """The spreadsheet to fill in for one table."""
    del request
    _table(name)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}.xlsx"
        write_template(name, path)
        answer = HttpResponse(path.read_bytes(), content_type=_XLSX)
    answer["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    return answer


def orphans_of(counts: Mapping[str, int]) -> list[tuple[LakeTable, int]]:
    """Tables that lack ids which rows name, with how many."""
    return [(TABLES[name], n) for name, n in counts.items() if name in TABLES]


def _table(name: str) -> LakeTable:
    if name not in TABLES:
        raise Http404(name)
    return TABLES[name]
