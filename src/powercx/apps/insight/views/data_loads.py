"""Loads: the list, and what one of them came to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from powercx.analytics.lake.catalogue import TABLES
from powercx.analytics.lake.schema import LakeTable
from powercx.analytics.sources.quarantined import quarantine_exists
from powercx.apps.core.enums import LoadState, Permission
from powercx.apps.core.http import Request, needs
from powercx.apps.core.service import LoadEntry, load_queries
from powercx.apps.insight.views.data_sources import orphans_of
from powercx.ui.paging import ROWS, asked_page, page_with


@dataclass(frozen=True, slots=True)
class Shown:
    """A load as pages show it."""

    entry: LoadEntry
    by: str
    quarantine: bool

    @property
    def id(self) -> str:
        return self.entry.header.load_id

    @property
    def file(self) -> str:
        """The file's name; where it stood says nothing to people."""
        return PurePath(self.entry.header.path).name

    @property
    def table(self) -> LakeTable | None:
        return TABLES.get(self.entry.header.table)

    @property
    def report(self) -> Mapping[str, Any]:
        return self.entry.report


@needs(Permission.DATA)
@require_GET
def loads(request: Request) -> HttpResponse:
    """Every load, newest first, narrowed by table, state and source."""
    chosen = {key: request.GET.get(key) or None for key in ("table", "state", "source")}
    state = LoadState(chosen["state"]) if chosen["state"] in list(LoadState) else None
    number = asked_page(request.GET.get("page"))
    found, total = load_queries.load_page(
        table=chosen["table"],
        state=state,
        source=chosen["source"],
        first=(number - 1) * ROWS,
        most=ROWS,
    )
    by = load_queries.loaded_by([entry.header.load_id for entry in found])
    return render(
        request,
        "insight/data/loads.html",
        {
            "rows": page_with([_shown(entry, by) for entry in found], total, number),
            "filter": chosen,
            "tables": TABLES.values(),
            "states": list(LoadState),
            "sources": load_queries.load_sources(),
        },
    )


@needs(Permission.DATA)
@require_GET
def load(request: Request, load_id: str) -> HttpResponse:
    """The report of one load, as the command gives it."""
    entry = load_queries.load(load_id)
    if entry is None:
        raise Http404(load_id)
    shown = _shown(entry, load_queries.loaded_by([load_id]))
    orphans = orphans_of(entry.report.get("orphans") or {})
    values = {"load": shown, "report": entry.report, "orphans": orphans}
    return render(request, "insight/data/load.html", values)


def _shown(entry: LoadEntry, by: Mapping[str, str]) -> Shown:
    load_id = entry.header.load_id
    return Shown(entry, by.get(load_id, ""), quarantine_exists(settings.HOME, load_id))
