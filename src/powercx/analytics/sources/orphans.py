"""Ids that a load names and no reference table holds yet."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from powercx.analytics.engine.delta import DeltaStore
from powercx.analytics.engine.locks import writer_lock
from powercx.analytics.engine.workspace import Workspace, literal
from powercx.analytics.lake import places
from powercx.analytics.lake.catalogue import TABLES
from powercx.analytics.lake.schema import Column, Kind, LakeTable
from powercx.analytics.sources.lakefiles import file_rows
from powercx.analytics.sources.matching import LIVE
from powercx.analytics.sources.readers.sheet import identifier
from powercx.analytics.sources.staging import STAGED
from powercx.analytics.sources.versions import DROPPED

FOUND, _NAMED = "px_orphans", "px_named"
SCHEMA = pa.schema(
    [
        ("table", pa.string()),
        ("ref_table", pa.string()),
        ("id", pa.string()),
        ("first_day", pa.date32()),
        ("load_id", pa.string()),
    ]
)


def orphan_store(lake: Path) -> DeltaStore:
    """All orphans ever seen: table, ref_table, id, first local day they stand on, load."""
    return DeltaStore(lake / "history" / "orphan")


def find_orphans(work: Workspace, lake: Path, table: LakeTable) -> dict[str, int]:
    """Ids of the rows to be written by referenced table that lacks them; keeps them for later."""
    work.run(f"CREATE OR REPLACE TABLE {FOUND} (ref_table VARCHAR, id VARCHAR, first_day DATE)")
    day = identifier(table.date_column) if table.date_column else "NULL::DATE"
    columns = [column for column in table.stored if column.references is not None]
    found = _named_by(work, lake, table, columns, day) if columns else {}
    if table.kind is Kind.REFERENCE:
        # Should one that is retracted come back, rows of any day may have been waiting for it.
        key = identifier(table.key[0])
        work.run(
            f"INSERT INTO {FOUND} FROM {STAGED} s SEMI JOIN "
            f"(FROM {DROPPED} WHERE what = 'retracted') USING (rid) "
            f"SELECT {literal(table.name)}, s.{key}, NULL"
        )
    return found


def _named_by(
    work: Workspace, lake: Path, table: LakeTable, columns: Sequence[Column], day: str
) -> dict[str, int]:
    # Rows are many and what they refer to is little: one pass over the rows, then small ones.
    names = ", ".join(identifier(column.name) for column in columns)
    work.run(
        f"CREATE OR REPLACE TABLE {_NAMED} AS FROM {LIVE} SELECT {names}, min({day}) AS first_day "
        f"GROUP BY {names}"
    )
    for column in columns:
        name, referenced = identifier(column.name), str(column.references)
        known = _known_ids(lake, TABLES[referenced], table)
        without = f" ANTI JOIN ({known}) k ON s.{name} = k.id" if known else ""
        work.run(
            f"INSERT INTO {FOUND} FROM {_NAMED} s{without} SELECT {literal(referenced)}, s.{name}, "
            f"min(s.first_day) WHERE s.{name} IS NOT NULL GROUP BY s.{name}"
        )
    rows = work.rows(f"FROM {FOUND} SELECT ref_table, count(DISTINCT id) GROUP BY 1 ORDER BY 1")
    return dict(rows)


def keep_orphans(
    work: Workspace, lake: Path, locks: Path, table: LakeTable, load_id: str, at_ms: int
) -> None:
    """Remember orphans that were not seen before, or not on so early a day."""
    if not work.value(f"FROM {FOUND} SELECT count(*)"):
        return
    store = orphan_store(lake)
    with writer_lock(locks, "orphan"):
        files = store.files()
        seen = f'FROM {file_rows(files)} WHERE "table" = {literal(table.name)}' if files else ""
        unknown = (
            f" WHERE NOT EXISTS (FROM ({seen}) k WHERE k.ref_table = o.ref_table AND k.id = o.id "
            f"AND coalesce(k.first_day <= o.first_day, true))"
            if seen
            else ""
        )
        added = store.write(
            work,
            f'FROM {FOUND} o SELECT {literal(table.name)} AS "table", o.ref_table, o.id, '
            f"min(o.first_day) AS first_day, {literal(load_id)} AS load_id{unknown} "
            f"GROUP BY o.ref_table, o.id",
        )
        if added:
            store.commit(schema=SCHEMA, added=added, about={"load_id": load_id}, at_ms=at_ms)


def _known_ids(lake: Path, referenced: LakeTable, table: LakeTable) -> str:
    """SQL of the ids that ``referenced`` holds; empty when it holds none."""
    key = identifier(referenced.key[0])
    parts = []
    if files := places.store(lake, referenced).files():
        parts.append(f"FROM {file_rows(files)} SELECT {key} AS id")
    if referenced.name == table.name:
        parts.append(f"FROM {LIVE} SELECT {key} AS id")
    return " UNION ".join(f"({part})" for part in parts)
