"""Staged rows beside the versions of them that the lake holds.

Keys are looked for first, in the few columns that make them, and only in files and row groups whose
bounds can hold them; what a row says is read where its key was found.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from powercx.analytics.engine.delta import LakeFile
from powercx.analytics.engine.workspace import Workspace
from powercx.analytics.lake.places import PERSONAL_DIGEST
from powercx.analytics.lake.schema import Kind, LakeTable
from powercx.analytics.sources.lakefiles import FILE, POSITION, file_rows
from powercx.analytics.sources.readers.sheet import identifier, literal
from powercx.analytics.sources.staging import DELETED, HASH, STAGED, key_hash

LIVE, MATCHED = "px_live", "px_matched"
_NEAR, _FOUND = "px_near", "px_found"
_SYSTEM = ("source", "source_key", "updated_at")


def content_columns(table: LakeTable) -> list[str]:
    """The columns that tell one version of a row from another, as identifiers."""
    return [identifier(c.name) for c in table.stored if c.name not in _SYSTEM]


def same_key(table: LakeTable, left: str, right: str) -> str:
    """SQL of whether two rows are versions of one."""
    own = " AND ".join(
        f"{left}.{identifier(name)} IS NOT DISTINCT FROM {right}.{identifier(name)}"
        for name in table.key
    )
    return (
        f"{left}.source = {right}.source AND CASE WHEN {left}.source_key IS NULL "
        f"THEN {right}.source_key IS NULL AND {own} "
        f"ELSE {left}.source_key = coalesce({right}.source_key, '') END"
    )


def days_of(work: Workspace, relation: str, table: LakeTable, where: str = "true") -> list[date]:
    """The days on which the rows of ``relation`` stand, in order."""
    day = identifier(str(table.date_column))
    rows = work.rows(f"FROM {relation} SELECT DISTINCT {day} WHERE {day} IS NOT NULL AND {where}")
    return sorted(row[0] for row in rows)


def match(work: Workspace, table: LakeTable, files: Sequence[LakeFile]) -> None:
    """Put every row of ``px_live`` beside the version the lake holds: ``px_matched``, a row each.

    ``same`` says that both have one content, ``later`` (null where a stamp is missing or both are
    equal) that the staged one is newer, ``gone`` that it retracts.
    """
    work.run(
        f"CREATE OR REPLACE TABLE {MATCHED} (rid BIGINT, {FILE} BIGINT, {POSITION} BIGINT, "
        f"same BOOLEAN, later BOOLEAN, gone BOOLEAN, old_digest VARCHAR)"
    )
    window = _window(work, table)
    if not files or window is None:
        return
    _find(work, table, files, window)
    numbers = [row[0] for row in work.rows(f"FROM {_FOUND} SELECT DISTINCT {FILE} ORDER BY 1")]
    if numbers:
        held = f"(FROM {file_rows(files, placed=True, only=numbers)} SELECT * WHERE {window})"
        _compare(work, table, held)


def _find(work: Workspace, table: LakeTable, files: Sequence[LakeFile], window: str) -> None:
    """Make ``px_found`` (rid, file, position) of the rows whose key the lake holds."""
    names = dict.fromkeys(["source", "source_key", *table.key])
    near = (
        f"FROM {file_rows(files, placed=True)} SELECT {', '.join(map(identifier, names))}, "
        f"{key_hash(table)} AS {HASH}, {FILE}, {POSITION} WHERE {window}"
    )
    if table.month_from_key:
        # Of rows behind a condition the engine only guesses how many they are, and then hashes the
        # larger side of a join; rows that were put aside it counts.
        work.run(f"CREATE OR REPLACE TABLE {_NEAR} AS {near}")
        near = f"FROM {_NEAR}"
    work.run(
        f"CREATE OR REPLACE TABLE {_FOUND} AS FROM {LIVE} s JOIN ({near}) l ON s.{HASH} = l.{HASH} "
        f"SELECT s.rid, l.{FILE}, l.{POSITION} WHERE {same_key(table, 's', 'l')}"
    )


def _compare(work: Workspace, table: LakeTable, held: str) -> None:
    digest = PERSONAL_DIGEST if table.personal else "NULL::VARCHAR"
    same = [f"s.{name} IS NOT DISTINCT FROM l.{name}" for name in content_columns(table)]
    if table.personal:
        same.append(f"(s.{digest} IS NULL OR s.{digest} IS NOT DISTINCT FROM l.{digest})")
    old_digest = f"l.{digest}" if table.personal else digest
    work.run(
        f"INSERT INTO {MATCHED} FROM {_FOUND} f JOIN {STAGED} s ON f.rid = s.rid "
        f"JOIN {held} l ON l.{FILE} = f.{FILE} AND l.{POSITION} = f.{POSITION} "
        f"SELECT s.rid, l.{FILE}, l.{POSITION}, {' AND '.join(same)}, "
        f"CASE WHEN s.updated_at <> l.updated_at THEN s.updated_at > l.updated_at END, "
        f"coalesce(s.{DELETED}, false), {old_digest}"
    )


def _window(work: Workspace, table: LakeTable) -> str | None:
    """SQL of where in the lake the keys of the batch can stand at all; None when it has no rows.

    Bounds of single columns, which files and row groups keep of themselves: identifiers that grow
    with time leave only the youngest to be read.
    """
    [(rows, keyed, first, last)] = work.rows(
        f"FROM {LIVE} SELECT count(*), count(source_key), min(source_key), max(source_key)"
    )
    if not rows:
        return None
    if keyed == rows:
        return f"source_key BETWEEN {literal(first)} AND {literal(last)}"
    if keyed:
        return "true"
    dated = table.kind is Kind.FACT and table.month_from_key
    columns = [str(table.date_column)] if dated else list(table.key)
    return " AND ".join(["source_key IS NULL", *_bounds(work, columns, rows)])


def _bounds(work: Workspace, columns: Sequence[str], rows: int) -> list[str]:
    """Conditions that the staged rows meet, for each column that all of them have a value of."""
    names = [identifier(name) for name in columns]
    parts = ", ".join(f"count({n}), min({n})::VARCHAR, max({n})::VARCHAR" for n in names)
    [found] = work.rows(f"FROM {LIVE} SELECT {parts}")
    triples = zip(names, found[0::3], found[1::3], found[2::3], strict=True)
    return [
        f"{name} BETWEEN {literal(low)} AND {literal(high)}"
        for name, known, low, high in triples
        if known == rows
    ]
