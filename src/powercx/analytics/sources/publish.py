"""The one commit of a load: its rows in, the rows they replace out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa

from powercx.analytics.engine.delta import DataFile, DeltaStore, LakeFile
from powercx.analytics.engine.workspace import Workspace
from powercx.analytics.lake import places
from powercx.analytics.lake.schema import PARTITION, Kind, LakeTable
from powercx.analytics.sources.lakefiles import FILE, POSITION, file_rows, names, undone
from powercx.analytics.sources.readers.sheet import identifier, literal
from powercx.analytics.sources.versions import LIVE, REPLACED
from powercx.base.periods import month_of

MANY_IDS = 10_000


@dataclass(frozen=True, slots=True)
class Change:
    """Files to add and to remove in one commit, and what is said of it."""

    added: list[DataFile]
    removed: list[LakeFile]
    about: Mapping[str, str]


def stored_columns(table: LakeTable) -> list[str]:
    """Columns of a data file: those of the schema; the partition stands in the file's path."""
    return names(places.schema(table), without=(PARTITION,))


def write_change(
    work: Workspace, lake: Path, table: LakeTable, files: Sequence[LakeFile], load_id: str
) -> Change:
    """Write all files of the change; nothing is part of the table before it is committed."""
    store = places.store(lake, table)
    with undone(store):
        added = list(_new_files(work, store, table, load_id))
        removed, rewritten = _rewritten(work, store, table, files)
    return Change(added + rewritten, removed, {"load_id": load_id, **_touched(work, table, files)})


def commit_change(store: DeltaStore, table: LakeTable, change: Change, at_ms: int) -> None:
    """The moment at which the load happens."""
    try:
        store.commit(
            schema=places.schema(table),
            added=change.added,
            removed=change.removed,
            about=change.about,
            at_ms=at_ms,
        )
    except Exception:
        if store.find("load_id", change.about["load_id"]) is None:
            for file in change.added:
                (store.folder / file.path).unlink(missing_ok=True)
        raise


def _new_files(
    work: Workspace, store: DeltaStore, table: LakeTable, load_id: str
) -> Iterator[DataFile]:
    columns = [
        f"{literal(load_id)} AS load_id" if name == '"load_id"' else name
        for name in stored_columns(table)
    ]
    order = ", ".join(identifier(name) for name in (table.sort or table.key))
    rows = f"FROM {LIVE} SELECT {', '.join(columns)}"
    if table.kind is Kind.REFERENCE:
        yield from store.write(work, f"{rows} ORDER BY {order}")
        return
    day = identifier(str(table.date_column))
    months = work.rows(
        f"FROM {LIVE} SELECT DISTINCT CAST(date_trunc('month', {day}) AS DATE) ORDER BY 1"
    )
    for (first,) in months:
        month = month_of(first)
        where = ""
        if len(months) > 1:
            where = f" WHERE {day} >= DATE '{month.start}' AND {day} < DATE '{month.end}'"
        yield from store.write(work, f"{rows}{where} ORDER BY {order}", partition=month.label)


def _rewritten(
    work: Workspace, store: DeltaStore, table: LakeTable, files: Sequence[LakeFile]
) -> tuple[list[LakeFile], list[DataFile]]:
    """The files that hold replaced rows, and those same files without them."""
    removed: list[LakeFile] = []
    added: list[DataFile] = []
    columns = ", ".join(stored_columns(table))
    for (number,) in work.rows(f"FROM {REPLACED} SELECT DISTINCT {FILE} ORDER BY 1"):
        file = files[number - 1]
        removed.append(file)
        gone = f"FROM {REPLACED} SELECT {POSITION} WHERE {FILE} = {number}"
        rows = f"FROM {file_rows([file], placed=True)} SELECT {columns}"
        rest = f"{rows} WHERE {POSITION} NOT IN ({gone})"
        added += store.write(work, rest, partition=file.partition)
    return removed, added


def _touched(work: Workspace, table: LakeTable, files: Sequence[LakeFile]) -> dict[str, str]:
    """What an incremental refresh must look at again: days by column, ids of a reference table.

    ``touched`` is JSON {column: [[first day, last day], ...]} over the rows that came and those
    that went; ``changed_ids`` a JSON list, or "many" beyond ``MANY_IDS``.
    """
    days = [f.name for f in places.schema(table) if f.type == pa.date32()]
    about = {"touched": json.dumps({day: _ranges(_days(work, day, files)) for day in days})}
    if table.kind is Kind.REFERENCE:
        key = identifier(table.key[0])
        found = work.rows(
            f"FROM ({_came_and_went(key, files)}) SELECT DISTINCT {key} ORDER BY 1 "
            f"LIMIT {MANY_IDS + 1}"
        )
        ids = [row[0] for row in found]
        about["changed_ids"] = json.dumps("many" if len(ids) > MANY_IDS else ids)
    return about


def _days(work: Workspace, day: str, files: Sequence[LakeFile]) -> list[date]:
    column = identifier(day)
    found = work.rows(
        f"FROM ({_came_and_went(column, files)}) SELECT DISTINCT {column} "
        f"WHERE {column} IS NOT NULL ORDER BY 1"
    )
    return [row[0] for row in found]


def _came_and_went(column: str, files: Sequence[LakeFile]) -> str:
    came = f"FROM {LIVE} SELECT {column}"
    if not files:
        return came
    went = (
        f"FROM {file_rows(files, placed=True)} SEMI JOIN {REPLACED} USING ({FILE}, {POSITION}) "
        f"SELECT {column}"
    )
    return f"({came}) UNION ALL ({went})"


def _ranges(days: Sequence[date]) -> list[list[str]]:
    """Sorted days as [first, last] of each unbroken run, both included."""
    found: list[list[date]] = []
    for day in days:
        if found and day - found[-1][1] == timedelta(days=1):
            found[-1][1] = day
        else:
            found.append([day, day])
    return [[first.isoformat(), last.isoformat()] for first, last in found]
