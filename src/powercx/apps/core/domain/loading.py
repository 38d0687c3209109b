"""The steps of a load on this side: begun, staged, finished or discarded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

import pyarrow as pa
from django.db import transaction

from powercx.analytics.sources.report import FileReport
from powercx.analytics.sources.vault import (
    DELETED,
    RECORD_KEY,
    LoadClosed,
    LoadHeader,
    UnknownLoad,
)
from powercx.apps.core.domain import audit, bulk, outbox
from powercx.apps.core.domain.audit import Actor
from powercx.apps.core.enums import Event, LoadState
from powercx.apps.core.models import LoadRecord
from powercx.apps.core.vault.keyring import KeyRing, ring_in_use
from powercx.apps.core.vault.sealing import Sealed, Sealer
from powercx.base.home import Home

# Rows written in one transaction. Fewer rewrite the pages of the token index more often, more
# hold the write lock and memory (about 1 kB a row) longer.
CHUNK = 50_000
_COUNTS = ("read", "loaded", "duplicate", "superseded", "quarantined", "from", "to")


def begin(header: LoadHeader) -> None:
    """As ``Vault.begin``."""
    known = {
        "table": header.table,
        "path": header.path,
        "source": header.source,
        "started_at": header.started_at,
    }
    with transaction.atomic(durable=True):
        record, created = LoadRecord.objects.get_or_create(load_id=header.load_id, defaults=known)
    same = all(getattr(record, name) == value for name, value in known.items())
    if not created and not (same and record.state == LoadState.STARTED):
        raise LoadClosed(header.load_id)


def stage(home: Home, *, load_id: str, table: str, rows: Iterable[pa.RecordBatch]) -> int:
    """As ``Vault.stage``."""
    load = _open_load(load_id)
    with ring_in_use(home), transaction.atomic(durable=True):
        bulk.delete(f'{bulk.STAGED} AND "table" = %s', load.pk, table)
    kept = 0
    for chunk in _chunks(rows):
        with ring_in_use(home) as ring:
            sealed = _sealed(ring, table, chunk)
            with transaction.atomic(durable=True):
                _insert(load.pk, table, sealed)
        kept += len(sealed)
    return kept


def finish(
    home: Home, *, load_id: str, report: Mapping[str, object], finished_at: datetime
) -> None:
    """As ``Vault.finish``."""
    with ring_in_use(home), transaction.atomic(durable=True):
        load = _found(load_id)
        if load.state == LoadState.DONE:
            return
        _check_open(load)
        for gone in (bulk.REPEATED, bulk.SUPERSEDED, bulk.RETRACTED):
            bulk.delete(gone, load.pk)
        bulk.show(load.pk)
        _close(load, LoadState.DONE, dict(report), finished_at)
        outbox.put(Event.LOAD_FINISHED, _told(load), at=finished_at)


def discard(home: Home, load_id: str, *, reason: str, refused: bool, at: datetime | None) -> None:
    """As ``Vault.discard``."""
    with ring_in_use(home), transaction.atomic(durable=True):
        load = _found(load_id)
        if load.state in {LoadState.DISCARDED, LoadState.REFUSED}:
            return
        _check_open(load)
        bulk.delete(bulk.STAGED, load.pk)
        state = LoadState.REFUSED if refused else LoadState.DISCARDED
        _close(load, state, {"reason": reason}, at)


def note_load(*, report: FileReport, actor: Actor, at: datetime) -> None:
    """Put a load that somebody did into the audit chain, with what became of its rows."""
    counts = ("read", "loaded", "duplicate", "superseded", "quarantined")
    audit.record(
        actor=actor,
        action="load",
        record_type="load",
        record_id=report.load_id,
        at=at,
        detail={"table": report.fact, **{name: getattr(report, name) for name in counts}},
    )


def _found(load_id: str) -> LoadRecord:
    try:
        return LoadRecord.objects.select_for_update().get(load_id=load_id)
    except LoadRecord.DoesNotExist as error:
        raise UnknownLoad(load_id) from error


def _open_load(load_id: str) -> LoadRecord:
    with transaction.atomic():
        load = _found(load_id)
    _check_open(load)
    return load


def _check_open(load: LoadRecord) -> None:
    if load.state != LoadState.STARTED:
        raise LoadClosed(f"{load.load_id}: {load.state}")


def _close(
    load: LoadRecord, state: LoadState, report: dict[str, object], at: datetime | None
) -> None:
    load.state, load.report, load.finished_at = state, report, at
    load.save(update_fields=["state", "report", "finished_at"])


def _told(load: LoadRecord) -> dict[str, object]:
    counts = {name: load.report.get(name) for name in _COUNTS}
    return {"load_id": load.load_id, "table": load.table, "source": load.source, **counts}


def _chunks(rows: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """The rows in order, in tables of ``CHUNK`` rows and a last one."""
    waiting: list[pa.RecordBatch] = []
    held = 0
    for batch in rows:
        at = 0
        while at < batch.num_rows:
            piece = batch.slice(at, CHUNK - held)
            waiting.append(piece)
            at, held = at + piece.num_rows, held + piece.num_rows
            if held == CHUNK:
                yield pa.Table.from_batches(waiting)
                waiting, held = [], 0
    if waiting:
        yield pa.Table.from_batches(waiting)


def _sealed(ring: KeyRing, table: str, rows: pa.Table) -> list[tuple[str, Sealed, bool]]:
    names = [name for name in rows.column_names if name not in {RECORD_KEY, DELETED}]
    sealer = Sealer(ring, table)
    keys = rows.column(RECORD_KEY).to_pylist()
    values = zip(*(rows.column(name).to_pylist() for name in names), strict=True)
    columns = (
        (dict(zip(names, row, strict=True)) for row in values) if names else ({} for _ in keys)
    )
    gone = rows.column(DELETED).to_pylist() if DELETED in rows.column_names else [False] * len(keys)
    return [
        (key, sealer.seal(key, {} if retracted else found), bool(retracted))
        for key, found, retracted in zip(keys, columns, gone, strict=True)
    ]


def _insert(load: int, table: str, sealed: list[tuple[str, Sealed, bool]]) -> None:
    ids = bulk.new_record_ids(len(sealed))
    bulk.insert_records(
        (row_id, table, key, load, False, retracted, record.key_id, record.ciphertext)
        for row_id, (key, record, retracted) in zip(ids, sealed, strict=True)
    )
    bulk.insert_tokens(
        (token, row_id)
        for row_id, (_, record, _) in zip(ids, sealed, strict=True)
        for token in record.tokens
    )
