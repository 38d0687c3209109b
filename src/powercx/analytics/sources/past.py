"""Versions of rows that were replaced or retracted: their hashes stay, so that they stay known."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from powercx.analytics.engine.delta import DataFile, DeltaStore, LakeFile
from powercx.analytics.engine.workspace import Workspace, literal
from powercx.analytics.lake import places
from powercx.analytics.lake.places import PERSONAL_DIGEST
from powercx.analytics.lake.schema import LakeTable
from powercx.analytics.sources.lakefiles import FILE, POSITION, file_rows, undone
from powercx.analytics.sources.readers.sheet import identifier
from powercx.analytics.sources.staging import STAGED
from powercx.analytics.sources.versions import (
    DROPPED,
    GRAVE,
    REPLACED,
    content_hash,
    replaced_files,
)


def past_schema(table: LakeTable) -> pa.Schema:
    """Key columns, ``content`` (hash, or ``deleted``), digest and stamp of one former version."""
    stored = places.schema(table)
    own = [stored.field(name) for name in ("source", "source_key", *table.key)]
    return pa.schema(
        [
            *own,
            pa.field("content", pa.string()),
            pa.field("digest", pa.string()),
            stored.field("updated_at"),
            pa.field("load_id", pa.string()),
        ]
    )


def write_past(
    work: Workspace, lake: Path, table: LakeTable, files: Sequence[LakeFile], load_id: str
) -> list[DataFile]:
    """Write what this load replaces and retracts as one file of the history, not yet committed."""
    keys = ", ".join(["source", "source_key", *(identifier(name) for name in table.key)])
    digest = PERSONAL_DIGEST if table.personal else "NULL::VARCHAR"
    graves = (
        f"FROM {STAGED} s SEMI JOIN (FROM {DROPPED} WHERE what IN ('retracted', 'grave')) "
        f"USING (rid) SELECT {keys}, '{GRAVE}' AS content, NULL::VARCHAR AS digest, "
        f"updated_at, {literal(load_id)} AS load_id"
    )
    rows = graves
    numbers = replaced_files(work)
    if not numbers and not work.value(f"FROM ({graves}) SELECT count(*)"):
        return []
    if numbers:
        replaced = (
            f"FROM {file_rows(files, placed=True, only=numbers)} l "
            f"SEMI JOIN {REPLACED} USING ({FILE}, {POSITION}) "
            f"SELECT {keys}, {content_hash(table, 'l')} AS content, {digest} AS digest, "
            f"updated_at, {literal(load_id)} AS load_id"
        )
        rows = f"(FROM ({replaced})) UNION ALL (FROM ({graves}))"
    store = places.history(lake, table)
    with undone(store):
        return store.write(work, rows)


def commit_past(
    store: DeltaStore, table: LakeTable, added: Sequence[DataFile], load_id: str, at_ms: int
) -> None:
    """Make the file known; it counts only if the load's own commit follows."""
    if added:
        store.commit(
            schema=past_schema(table), added=added, about={"load_id": load_id}, at_ms=at_ms
        )


def forget(work: Workspace, lake: Path, table: LakeTable, load_id: str, at_ms: int) -> None:
    """Take back what a load wrote to the history when its own commit did not happen.

    Otherwise its retractions would count as known, and loading the file again would not make them.
    """
    store = places.history(lake, table)
    if store.find("load_id", load_id) is None:
        return
    wrong = [
        file
        for file in store.files()
        if work.value(f"FROM {file_rows([file])} SELECT load_id LIMIT 1") == load_id
    ]
    if wrong:
        store.commit(
            schema=past_schema(table),
            added=[],
            removed=wrong,
            about={"forgotten": load_id},
            at_ms=at_ms,
        )
