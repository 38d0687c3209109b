"""Staged rows beside the versions of them that the lake holds.

Keys are looked for first, in the few columns that make them, and only in files and row groups that
can hold them; what a row says is read where its key was found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from powercx.analytics.engine.delta import LakeFile
from powercx.analytics.engine.workspace import Workspace, literal
from powercx.analytics.lake.places import PERSONAL_DIGEST
from powercx.analytics.lake.schema import Kind, LakeTable, Type
from powercx.analytics.sources.keyindex import Bound, may_hold
from powercx.analytics.sources.lakefiles import FILE, POSITION, file_rows
from powercx.analytics.sources.readers.sheet import identifier
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


@dataclass(frozen=True, slots=True)
class _Window:
    """Where in the lake the keys of the batch can stand at all.

    ``where`` is SQL; ``bounds`` are given where it says nothing of days, and files are many.
    """

    where: str
    bounds: list[Bound] | None


def match(work: Workspace, table: LakeTable, files: Sequence[LakeFile], index: Path | None) -> None:
    """Put every row of ``px_live`` beside the version the lake holds: ``px_matched``, a row each.

    ``same`` says that both have one content, ``later`` (null where a stamp is missing or both are
    equal) that the staged one is newer, ``tied`` that both have one stamp, ``gone`` that it
    retracts. ``index`` is the folder of the table's key indices, None when nothing may be written.
    """
    work.run(
        f"CREATE OR REPLACE TABLE {MATCHED} (rid BIGINT, {FILE} BIGINT, {POSITION} BIGINT, "
        f"same BOOLEAN, later BOOLEAN, tied BOOLEAN, gone BOOLEAN, old_digest VARCHAR)"
    )
    window = _window(work, table)
    if not files or window is None:
        return
    _find(work, table, files, window, index)
    numbers = [row[0] for row in work.rows(f"FROM {_FOUND} SELECT DISTINCT {FILE} ORDER BY 1")]
    if numbers:
        held = f"(FROM {file_rows(files, placed=True, only=numbers)} SELECT * WHERE {window.where})"
        _compare(work, table, held)


def _find(
    work: Workspace,
    table: LakeTable,
    files: Sequence[LakeFile],
    window: _Window,
    index: Path | None,
) -> None:
    """Make ``px_found`` (rid, file, position) of the rows whose key the lake holds."""
    work.run(f"CREATE OR REPLACE TABLE {_FOUND} (rid BIGINT, {FILE} BIGINT, {POSITION} BIGINT)")
    numbers = None
    if window.bounds is not None:
        numbers = may_hold(work, table, files, LIVE, window.bounds, index)
        if not numbers:
            return
    names = dict.fromkeys(["source", "source_key", *table.key])
    near = (
        f"FROM {file_rows(files, placed=True, only=numbers)} "
        f"SELECT {', '.join(map(identifier, names))}, "
        f"{key_hash(table)} AS {HASH}, {FILE}, {POSITION} WHERE {window.where}"
    )
    if window.bounds is None:
        # Of rows behind a condition the engine only guesses how many they are, and then hashes the
        # larger side of a join; rows that were put aside it counts.
        work.run(f"CREATE OR REPLACE TABLE {_NEAR} AS {near}")
        near = f"FROM {_NEAR}"
    work.run(
        f"INSERT INTO {_FOUND} FROM {LIVE} s JOIN ({near}) l ON s.{HASH} = l.{HASH} "
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
        f"coalesce(s.updated_at = l.updated_at, false), "
        f"coalesce(s.{DELETED}, false), {old_digest}"
    )


def _window(work: Workspace, table: LakeTable) -> _Window | None:
    """None when the batch has no rows."""
    [(rows, keyed, first, last)] = work.rows(
        f"FROM {LIVE} SELECT count(*), count(source_key), min(source_key), max(source_key)"
    )
    if not rows:
        return None
    if keyed == rows:
        bound = Bound("source_key", first, last)
        return _Window(_within([bound]), [bound])
    if keyed:
        return _Window("true", [])
    if table.kind is Kind.FACT and table.month_from_key:
        days = _bounds(work, [str(table.date_column)], rows)
        return _Window(_within(days), None)
    texts = [name for name in table.key if table.column(name).type in (Type.ID, Type.CODE)]
    bounds = _bounds(work, texts, rows)
    return _Window(" AND ".join(["source_key IS NULL", _within(bounds)]), bounds)


def _within(bounds: Sequence[Bound]) -> str:
    conditions = [
        f"{identifier(bound.name)} BETWEEN {literal(bound.low)} AND {literal(bound.high)}"
        for bound in bounds
    ]
    return " AND ".join(conditions) or "true"


def _bounds(work: Workspace, columns: Sequence[str], rows: int) -> list[Bound]:
    """The bounds of each column that all staged rows have a value of."""
    if not columns:
        return []
    names = [identifier(name) for name in columns]
    parts = ", ".join(f"count({n}), min({n})::VARCHAR, max({n})::VARCHAR" for n in names)
    [found] = work.rows(f"FROM {LIVE} SELECT {parts}")
    triples = zip(columns, found[0::3], found[1::3], found[2::3], strict=True)
    return [Bound(name, low, high) for name, known, low, high in triples if known == rows]
