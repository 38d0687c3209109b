"""Which staged rows are new, which are known already, and which take the place of another.

Works on ``px_staged`` and leaves three tables: ``px_dropped`` (rid, what) of rows that are not
written, ``px_replaced`` of rows of the lake that go, and the view ``px_live`` of rows to write.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from powercx.analytics.engine.delta import LakeFile
from powercx.analytics.engine.workspace import Workspace
from powercx.analytics.lake.places import PERSONAL_DIGEST
from powercx.analytics.lake.schema import LakeTable
from powercx.analytics.sources.lakefiles import FILE, POSITION, file_rows
from powercx.analytics.sources.matching import LIVE, MATCHED, content_columns, match, same_key
from powercx.analytics.sources.plan import Plan
from powercx.analytics.sources.readers.sheet import identifier
from powercx.analytics.sources.staging import BAD, DELETED, HASH, STAGED, key_hash

DROPPED, REPLACED = "px_dropped", "px_replaced"
CONFLICTS = "px_conflicts"
_PAST = "px_past"
GRAVE = "deleted"
"""Stands in the history instead of a row's content when the row was retracted."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Rows by what becomes of them; ``conflicting`` ones are quarantined."""

    loaded: int
    duplicate: int
    superseded: int
    conflicting: int


def content_hash(table: LakeTable, alias: str) -> str:
    """SQL of the hash of a row's content, the same whichever engine version computes it."""
    kinds = {identifier(c.name): c.type for c in table.stored}
    parts = []
    for name in content_columns(table):
        value = f"{alias}.{name}"
        if kinds[name].value == "time":
            value = f"epoch_us({value})"
        parts.append(f"coalesce(CAST({value} AS VARCHAR), chr(0))")
    return f"md5(concat_ws(chr(31), {', '.join(parts)}))"


def judge(
    work: Workspace,
    plan: Plan,
    files: Sequence[LakeFile],
    past: Sequence[LakeFile],
    index: Path | None = None,
) -> Verdict:
    """Judge every staged row against its file, the lake's ``files`` and the ``past``.

    ``index`` is the folder of the table's key indices; None when nothing may be written.
    """
    table = plan.table
    work.run(f"CREATE OR REPLACE TABLE {DROPPED} (rid BIGINT, what VARCHAR)")
    work.run(f"INSERT INTO {DROPPED} FROM {STAGED} SELECT rid, 'bad' WHERE {BAD}")
    _within_file(work, table)
    _recall(work, table, past)
    match(work, table, files, index)
    _decide(work, table, retracting=plan.has(DELETED))
    _view(work)
    counts = dict(work.rows(f"FROM {DROPPED} SELECT what, count(*) GROUP BY what"))
    superseded = int(work.value(f"FROM {REPLACED} SELECT count(*)"))
    retracted = counts.get("retracted", 0)
    loaded = int(work.value(f"FROM {LIVE} SELECT count(*)")) - (superseded - retracted)
    duplicate = counts.get("duplicate", 0) + counts.get("grave", 0)
    return Verdict(loaded, duplicate, superseded, counts.get("conflict", 0))


def replaced_files(work: Workspace) -> list[int]:
    """The numbers (``px_file``) of the files that hold rows to be replaced."""
    return [row[0] for row in work.rows(f"FROM {REPLACED} SELECT DISTINCT {FILE} ORDER BY 1")]


def _view(work: Workspace) -> None:
    """(Re)make the view of rows that are still to be written, with their ``rid``."""
    dropped = work.value(f"FROM {DROPPED} SELECT count(*)")
    without = f" ANTI JOIN {DROPPED} USING (rid)" if dropped else ""
    work.run(f"CREATE OR REPLACE VIEW {LIVE} AS FROM {STAGED} s{without} SELECT s.*")


def _within_file(work: Workspace, table: LakeTable) -> None:
    """Drop repeated rows, and all rows of a key that comes with different content."""
    _view(work)
    work.run(
        f"CREATE OR REPLACE TABLE px_twins AS "
        f"FROM (FROM {LIVE} SELECT {HASH}, lag({HASH}) OVER (ORDER BY {HASH}) AS former) "
        f"SELECT DISTINCT {HASH} WHERE {HASH} = former"
    )
    keys = ", ".join(["source", "source_key", *_key_parts(table)])
    names = ", ".join(["source", "source_key", *(f"k{at}" for at, _ in enumerate(table.key))])
    digest = f"coalesce(s.{PERSONAL_DIGEST}, '')" if table.personal else "''"
    version = f"concat({content_hash(table, 's')}, {digest}, coalesce(s.{DELETED}, false))"
    work.run(
        f"CREATE OR REPLACE TABLE px_twin_rows AS FROM {LIVE} s SEMI JOIN px_twins USING ({HASH}) "
        f"SELECT s.rid, {keys}, s.updated_at, {version} AS version"
    )
    work.run(
        f"CREATE OR REPLACE TABLE px_groups AS FROM px_twin_rows SELECT {names}, "
        f"count(DISTINCT version) AS versions, "
        f"arg_max(rid, (coalesce(updated_at, '-infinity'::TIMESTAMPTZ), -rid)) AS kept, "
        f"list(rid) AS rids GROUP BY {names} HAVING count(*) > 1"
    )
    work.run(
        f"INSERT INTO {DROPPED} FROM (FROM px_groups SELECT kept, versions, unnest(rids) AS rid) "
        f"SELECT rid, CASE WHEN versions > 1 THEN 'conflict' ELSE 'duplicate' END "
        f"WHERE versions > 1 OR rid <> kept"
    )


def _key_parts(table: LakeTable) -> list[str]:
    """The own key where no source key stands for it."""
    return [
        f"CASE WHEN source_key IS NULL THEN {identifier(name)} END AS k{at}"
        for at, name in enumerate(table.key)
    ]


def _columns(names: Sequence[str]) -> str:
    return ", ".join(identifier(name) for name in names)


def _recall(work: Workspace, table: LakeTable, past: Sequence[LakeFile]) -> None:
    """Find the rows that were held before, and those that were retracted before they came.

    ``px_past`` (rid, held, buried): ``held`` when the very version is in the history, ``buried``
    when the row is no newer than the retraction of its key.
    """
    _view(work)
    work.run(f"CREATE OR REPLACE TABLE {_PAST} (rid BIGINT, held BOOLEAN, buried BOOLEAN)")
    if not past:
        return
    version = (
        f"CASE WHEN coalesce(s.{DELETED}, false) THEN '{GRAVE}' ELSE {content_hash(table, 's')} END"
    )
    digests = ""
    if table.personal:
        digests = (
            f" AND (s.{PERSONAL_DIGEST} IS NULL OR p.digest IS NULL"
            f" OR s.{PERSONAL_DIGEST} = p.digest OR p.content = '{GRAVE}')"
        )
    held = (
        f"p.content = {version} AND (p.updated_at IS NULL OR s.updated_at IS NULL "
        f"OR p.updated_at = s.updated_at){digests}"
    )
    buried = (
        f"p.content = '{GRAVE}' AND NOT coalesce(s.{DELETED}, false) "
        f"AND s.updated_at <= p.updated_at"
    )
    known = f"(FROM {file_rows(past)} SELECT *, {key_hash(table)} AS {HASH})"
    work.run(
        f"INSERT INTO {_PAST} FROM {known} p JOIN {LIVE} s ON p.{HASH} = s.{HASH} "
        f"SELECT s.rid, bool_or({held}), coalesce(bool_or({buried}), false) "
        f"WHERE {same_key(table, 's', 'p')} GROUP BY s.rid"
    )


def _decide(work: Workspace, table: LakeTable, *, retracting: bool) -> None:
    """Settle ``px_dropped`` and ``px_replaced`` for all rows.

    ``later`` is null where a stamp is missing or both are equal. A stale row is a duplicate; so
    is one that is equal, or was held before and is not marked as later. Nobody can tell which of
    two different rows with ``tied`` stamps is the newer: the one held stays, the other conflicts.
    """
    known = "later = false OR (NOT gone AND same AND later IS NULL) OR (coalesce(held, false)"
    known += " AND later IS DISTINCT FROM true)"
    work.run(
        f"CREATE OR REPLACE TABLE px_judged AS FROM {MATCHED} LEFT JOIN {_PAST} USING (rid) "
        f"SELECT rid, {FILE}, {POSITION}, old_digest, "
        f"CASE WHEN {known} THEN 'duplicate' WHEN gone THEN 'retracted' WHEN tied THEN 'conflict' "
        f"ELSE 'superseded' END AS what"
    )
    work.run(
        f"CREATE OR REPLACE TABLE {REPLACED} AS FROM px_judged SELECT * "
        f"WHERE what IN ('retracted', 'superseded')"
    )
    work.run(f"INSERT INTO {DROPPED} FROM px_judged SELECT rid, what WHERE what <> 'superseded'")
    alone = f"rid NOT IN (FROM {MATCHED} SELECT rid)"
    work.run(
        f"INSERT INTO {DROPPED} FROM {_PAST} SEMI JOIN {LIVE} USING (rid) SELECT rid, 'duplicate' "
        f"WHERE (held OR buried) AND {alone}"
    )
    if retracting:
        _view(work)
        work.run(
            f"INSERT INTO {DROPPED} FROM {LIVE} SELECT rid, 'grave' "
            f"WHERE coalesce({DELETED}, false) AND {alone}"
        )
    _note_conflicts(work, table)


def _note_conflicts(work: Workspace, table: LakeTable) -> None:
    """Leave the keys of conflicting rows in ``px_conflicts``, for the quarantine."""
    work.run(
        f"CREATE OR REPLACE TABLE {CONFLICTS} AS FROM {STAGED} s SEMI JOIN "
        f"(FROM {DROPPED} WHERE what = 'conflict') USING (rid) "
        f"SELECT DISTINCT {HASH}, source, source_key, {_columns(table.key)}"
    )
