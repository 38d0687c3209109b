from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from powercx.analytics.sources.vault import LoadHeader
from powercx.apps.core.enums import LoadState
from powercx.apps.core.models import LoadRecord


@dataclass(frozen=True, slots=True)
class LoadEntry:
    """One load as the reports show it; ``finished_at`` is null while it runs or was unknown."""

    header: LoadHeader
    state: LoadState
    finished_at: datetime | None
    report: Mapping[str, object]


def loads(
    *, table: str | None = None, state: LoadState | None = None, since: datetime | None = None
) -> Iterator[LoadEntry]:
    """Loads, newest first, all of them; ``since`` is the earliest start."""
    found = LoadRecord.objects.order_by("-started_at", "-pk")
    if table is not None:
        found = found.filter(table=table)
    if state is not None:
        found = found.filter(state=state)
    if since is not None:
        found = found.filter(started_at__gte=since)
    for record in found.iterator():
        yield LoadEntry(_header(record), LoadState(record.state), record.finished_at, record.report)


def unfinished() -> list[LoadHeader]:
    """Loads still ``started``, oldest first."""
    started = LoadRecord.objects.filter(state=LoadState.STARTED)
    return [_header(record) for record in started.order_by("started_at", "pk")]


def _header(record: LoadRecord) -> LoadHeader:
    return LoadHeader(
        load_id=record.load_id,
        table=record.table,
        path=record.path,
        source=record.source,
        started_at=record.started_at,
    )
