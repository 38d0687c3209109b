from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from powercx.analytics.sources.vault import LoadHeader
from powercx.apps.core.enums import LoadState
from powercx.apps.core.models import AuditEntry, LoadRecord


@dataclass(frozen=True, slots=True)
class LoadEntry:
    """One load as the reports show it; ``finished_at`` is null while it runs or was unknown."""

    header: LoadHeader
    state: LoadState
    finished_at: datetime | None
    report: Mapping[str, Any]


def loads(
    *, table: str | None = None, state: LoadState | None = None, since: datetime | None = None
) -> Iterator[LoadEntry]:
    """Loads, newest first, all of them; ``since`` is the earliest start."""
    for record in _loads(table=table, state=state, since=since).iterator():
        yield _entry(record)


def load_page(
    *, table: str | None, state: LoadState | None, source: str | None, first: int, most: int
) -> tuple[list[LoadEntry], int]:
    """``most`` loads from ``first`` on, newest first, and how many there are in all."""
    found = _loads(table=table, state=state, source=source)
    return [_entry(record) for record in found[first : first + most]], found.count()


def loads_after(
    load_id: str | None, *, table: str | None, state: LoadState | None, most: int
) -> list[LoadEntry]:
    """At most so many loads, newest first, that stand behind a known one; from the newest on."""
    found = _loads(table=table, state=state)
    if load_id is not None:
        last = LoadRecord.objects.get(load_id=load_id)
        same = Q(started_at=last.started_at, pk__lt=last.pk)
        found = found.filter(Q(started_at__lt=last.started_at) | same)
    return [_entry(record) for record in found[:most]]


def load(load_id: str) -> LoadEntry | None:
    """One load; None when there is no such."""
    record = LoadRecord.objects.filter(load_id=load_id).first()
    return _entry(record) if record else None


def load_sources() -> list[str]:
    """The sources that loads named, in order."""
    named = LoadRecord.objects.exclude(source="").order_by("source")
    return list(named.values_list("source", flat=True).distinct())


def loaded_by(load_ids: Sequence[str]) -> dict[str, str]:
    """Who loaded, by load; loads of the command line are by nobody."""
    entries = AuditEntry.objects.filter(
        record_type="load", action="load", record_id__in=list(load_ids)
    )
    return dict(entries.values_list("record_id", "actor"))


def find_loads(text: str, most: int) -> list[LoadEntry]:
    """The newest loads of a file, table or source whose name holds ``text``, or of that id."""
    fits = Q(path__icontains=text) | Q(table__icontains=text) | Q(source__icontains=text)
    found = LoadRecord.objects.filter(fits | Q(load_id=text)).order_by("-started_at", "-pk")
    return [_entry(record) for record in found[:most]]


def unfinished() -> list[LoadHeader]:
    """Loads still ``started``, oldest first."""
    started = LoadRecord.objects.filter(state=LoadState.STARTED)
    return [_header(record) for record in started.order_by("started_at", "pk")]


def _loads(
    *,
    table: str | None = None,
    state: LoadState | None = None,
    source: str | None = None,
    since: datetime | None = None,
) -> QuerySet[LoadRecord]:
    found = LoadRecord.objects.order_by("-started_at", "-pk")
    given = {"table": table, "state": state, "source": source, "started_at__gte": since}
    return found.filter(**{name: value for name, value in given.items() if value is not None})


def _entry(record: LoadRecord) -> LoadEntry:
    return LoadEntry(_header(record), LoadState(record.state), record.finished_at, record.report)


def _header(record: LoadRecord) -> LoadHeader:
    return LoadHeader(
        load_id=record.load_id,
        table=record.table,
        path=record.path,
        source=record.source,
        started_at=record.started_at,
    )
