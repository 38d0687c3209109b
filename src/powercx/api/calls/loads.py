"""What has been loaded."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from django.conf import settings
from django.http import HttpResponse
from ninja import Path as PathParam
from ninja import Query

from powercx.api import models
from powercx.api.answers import answer
from powercx.api.calling import Caller, call
from powercx.api.calls.tables import table_named
from powercx.api.paging import USUAL, Cursor, Limit, read_cursor, write_cursor
from powercx.api.problems import Unknown
from powercx.apps.core.enums import LoadState, Permission
from powercx.apps.core.service import LoadEntry, load_queries

LoadId = Annotated[str, PathParam(description="api.param_load")]
Table = Annotated[str | None, Query(description="api.param_table")]
State = Annotated[LoadState | None, Query(description="api.param_state")]


@call("GET", "/loads", needs=Permission.DATA, example="/loads?limit=20", answers=models.Loads)
def loads(
    request: Caller,
    table: Table = None,
    state: State = None,
    limit: Limit = USUAL,
    cursor: Cursor = None,
) -> HttpResponse:
    del request
    if table is not None:
        table_named(table)
    after = _known(read_cursor(cursor, str)[0]).header.load_id if cursor else None
    found = load_queries.loads_after(after, table=table, state=state, most=limit + 1)
    page = found[:limit]
    more = write_cursor(page[-1].header.load_id) if len(found) > limit else None
    return answer({"loads": [_told(entry) for entry in page], "next": more})


@call("GET", "/loads/{load_id}", needs=Permission.DATA, example="/loads/LOAD", answers=models.Load)
def load(request: Caller, load_id: LoadId) -> HttpResponse:
    del request
    return answer(_told(_known(load_id)))


def _known(load_id: str) -> LoadEntry:
    entry = load_queries.load(load_id)
    if entry is None:
        raise Unknown("api.no_such_load", load=load_id)
    return entry


def _told(entry: LoadEntry) -> dict[str, Any]:
    """A load; of the server's own files only the names are told."""
    head = entry.header
    report = dict(entry.report)
    for name in ("path", "quarantine"):
        if report.get(name):
            report[name] = Path(str(report[name])).name
    if report.get("reason"):
        report["reason"] = str(report["reason"]).replace(f"{settings.HOME.staging}/", "")
    return {
        "load": head.load_id,
        "table": head.table,
        "file": Path(head.path).name,
        "source": head.source,
        "state": entry.state.value,
        "started_at": head.started_at.isoformat(),
        "finished_at": entry.finished_at.isoformat() if entry.finished_at else None,
        "report": report,
    }
