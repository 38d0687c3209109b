"""The one commit of a load: its rows in, the rows they replace out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from powercx.analytics.engine.delta import DataFile, DeltaStore, LakeFile
from powercx.analytics.engine.workspace import Workspace, literal
from powercx.analytics.lake import places
from powercx.analytics.lake.schema import PARTITION, Kind, LakeTable
from powercx.analytics.sources.casts import STORED
from powercx.analytics.sources.lakefiles import FILE, POSITION, file_rows, undone
from powercx.analytics.sources.matching import LIVE, days_of
from powercx.analytics.sources.plan import Plan
from powercx.analytics.sources.readers.sheet import identifier
from powercx.analytics.sources.staging import varying
from powercx.analytics.sources.versions import REPLACED, replaced_files
from powercx.base.days import Days
from powercx.base.periods import month_of

MANY_IDS = 10_000


@dataclass(frozen=True, slots=True)
class Change:
    """Files to add and to remove in one commit, and what is said of it."""

    added: list[DataFile]
    removed: list[LakeFile]
    about: Mapping[str, str]


def write_change(
    work: Workspace, lake: Path, plan: Plan, files: Sequence[LakeFile], load_id: str
) -> Change:
    """Write all files of the change; nothing is part of the table before it is committed."""
    table = plan.table
    store = places.store(lake, table)
    with undone(store):
        added = list(_new_files(work, store, plan, load_id))
        removed, rewritten = _rewritten(work, store, table, files)
    return Change(added + rewritten, removed, {"load_id": load_id, **_touched(work, table, files)})


def commit_change(store: DeltaStore, table: LakeTable, change: Change, at_ms: int) -> None:
    """The moment at which the load happens."""
    store.commit(
        schema=places.schema(table),
        added=change.added,
        removed=change.removed,
        about=change.about,
        at_ms=at_ms,
        known_by="load_id",
    )


def _new_files(work: Workspace, store: DeltaStore, plan: Plan, load_id: str) -> Iterator[DataFile]:
    table = plan.table
    order = ", ".join(identifier(name) for name in (table.sort or table.key))
    # What is the same in every row is added after sorting, which would carry it along.
    sorted_columns = [*varying(plan), *([places.PERSONAL_DIGEST] if table.personal else [])]
    stored = places.schema(table)
    kept = ", ".join(identifier(name) for name in sorted_columns if name in stored.names)
    columns = ", ".join(_stored_column(plan, name, load_id) for name in _file_names(table))

    def rows(where: str) -> str:
        return f"FROM (FROM {LIVE} SELECT {kept}{where} ORDER BY {order}) SELECT {columns}"

    if table.kind is Kind.REFERENCE:
        yield from store.write(work, rows(""))
        return
    day = identifier(str(table.date_column))
    months = sorted({month_of(found) for found in days_of(work, LIVE, table)})
    for month in months:
        where = f" WHERE {day} >= DATE '{month.start}' AND {day} < DATE '{month.end}'"
        yield from store.write(work, rows(where if months[1:] else ""), partition=month.label)


def _stored_column(plan: Plan, name: str, load_id: str) -> str:
    """SQL of one column of a data file: as staged, or the same value in every row."""
    if name in varying(plan) or name == places.PERSONAL_DIGEST:
        return identifier(name)
    if name == "load_id":
        return f"{literal(load_id)} AS load_id"
    if name == "source":
        return f"{literal(plan.source)} AS source"
    names = plan.table.columns
    kind = next((STORED[c.type] for c in names if c.name == name), "DATE")
    return f"CAST(NULL AS {kind}) AS {identifier(name)}"


def _file_names(table: LakeTable) -> list[str]:
    """Columns of a data file: those of the schema; the partition stands in the file's path."""
    return [name for name in places.schema(table).names if name != PARTITION]


def _rewritten(
    work: Workspace, store: DeltaStore, table: LakeTable, files: Sequence[LakeFile]
) -> tuple[list[LakeFile], list[DataFile]]:
    """The files that hold replaced rows, and those same files without them."""
    removed: list[LakeFile] = []
    added: list[DataFile] = []
    columns = ", ".join(map(identifier, _file_names(table)))
    for number in replaced_files(work):
        file = files[number - 1]
        removed.append(file)
        gone = f"FROM {REPLACED} SELECT {POSITION} WHERE {FILE} = {number}"
        rows = f"FROM {file_rows([file], placed=True)} SELECT {columns}"
        rest = f"{rows} WHERE {POSITION} NOT IN ({gone})"
        added += store.write(work, rest, partition=file.partition)
    return removed, added


def _touched(work: Workspace, table: LakeTable, files: Sequence[LakeFile]) -> dict[str, str]:
    """What an incremental refresh must look at again: days by column, ids of a reference table.

    ``touched`` is JSON {column: spans as ``Days.to_text``} over the rows that came and those
    that went; ``changed_ids`` a JSON list, or "many" beyond ``MANY_IDS``.
    """
    days = [f.name for f in places.schema(table) if f.type == pa.date32()]
    numbers = replaced_files(work)

    def moved(column: str) -> str:
        return _came_and_went(identifier(column), files, numbers)

    about = {"touched": json.dumps({day: _days(work, day, moved(day)).to_text() for day in days})}
    if table.kind is Kind.REFERENCE:
        key = identifier(table.key[0])
        found = work.rows(
            f"FROM ({moved(table.key[0])}) SELECT DISTINCT {key} ORDER BY 1 LIMIT {MANY_IDS + 1}"
        )
        ids = [row[0] for row in found]
        about["changed_ids"] = json.dumps("many" if len(ids) > MANY_IDS else ids)
    return about


def _days(work: Workspace, day: str, moved: str) -> Days:
    column = identifier(day)
    found = work.rows(
        f"FROM ({moved}) SELECT DISTINCT {column} WHERE {column} IS NOT NULL ORDER BY 1"
    )
    return Days.of((row[0], row[0]) for row in found)


def _came_and_went(column: str, files: Sequence[LakeFile], numbers: Sequence[int]) -> str:
    came = f"FROM {LIVE} SELECT {column}"
    if not numbers:
        return came
    went = (
        f"FROM {file_rows(files, placed=True, only=numbers)} "
        f"SEMI JOIN {REPLACED} USING ({FILE}, {POSITION}) "
        f"SELECT {column}"
    )
    return f"({came}) UNION ALL ({went})"
