"""Which files may hold the keys of a batch, where a key does not tell its month.

Bounds of the key columns rule files out first: identifiers that grow with time are never in an old
month. For what is left, the hashes of a big file's keys stand beside it, sorted: a fifth of the
time of reading the keys themselves. An index depends on nothing but its file, which never changes,
so it needs no commit: it is written aside and renamed, made again when it is missing, and removed
when its file is gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from powercx.analytics.engine.delta import LakeFile
from powercx.analytics.engine.workspace import EngineError, Workspace, literal
from powercx.analytics.lake.schema import LakeTable
from powercx.analytics.sources.staging import HASH, key_hash

INDEXED_FROM = 200_000
"""Rows of a file from which an index is worth while; smaller ones are read as they are."""


@dataclass(frozen=True, slots=True)
class Bound:
    """All rows of the batch have a value of the text column ``name`` from ``low`` to ``high``."""

    name: str
    low: str
    high: str


def may_hold(
    work: Workspace,
    table: LakeTable,
    files: Sequence[LakeFile],
    batch: str,
    bounds: Sequence[Bound],
    folder: Path | None,
) -> list[int]:
    """The numbers of ``files``, from 1, that may hold a key of the relation ``batch``.

    Indices that are missing are made in ``folder``; with None nothing is written or looked up.
    """
    big = [number for number, file in enumerate(files, 1) if file.rows >= INDEXED_FROM]
    paths = {files[number - 1].path: number for number in big}
    out = {paths[path] for path in _ruled_out(work, list(paths), bounds)}
    big = [number for number in big if number not in out]
    if folder is not None and big:
        places = {number: _place(work, table, folder, files[number - 1]) for number in big}
        _remove_stale(folder, {_place(work, table, folder, file) for file in files})
        for number, place in places.items():
            _make(work, table, files[number - 1], place)
        found = _hits(work, list(places.values()), batch)
        out |= {number for number, place in places.items() if place not in found}
    return [number for number, _ in enumerate(files, 1) if number not in out]


def _ruled_out(work: Workspace, paths: Sequence[str], bounds: Sequence[Bound]) -> set[str]:
    """The files no row group of which can have a value within one of the bounds."""
    if not paths or not bounds:
        return set()
    listed = ", ".join(map(literal, paths))
    outside = " ".join(
        f"WHEN {literal(bound.name)} THEN stats_null_count = num_values "
        f"OR (max_is_exact AND stats_max_value < {literal(bound.low)}) "
        f"OR (min_is_exact AND stats_min_value > {literal(bound.high)})"
        for bound in bounds
    )
    rows = work.rows(
        f"FROM (FROM parquet_metadata([{listed}]) SELECT file_name, path_in_schema, "
        f"CASE path_in_schema {outside} END AS outside) SELECT DISTINCT file_name "
        f"GROUP BY file_name, path_in_schema HAVING bool_and(coalesce(outside, false))"
    )
    return {row[0] for row in rows}


def _place(work: Workspace, table: LakeTable, folder: Path, file: LakeFile) -> Path:
    """Where the index of a file stands; another engine or another key would hash otherwise."""
    how = work.value("SELECT md5(concat(version(), ?))", [key_hash(table)])
    return folder / f"{Path(file.path).stem}-{how[:8]}.parquet"


def _remove_stale(folder: Path, known: Iterable[Path]) -> None:
    kept = set(known)
    for path in folder.glob("*") if folder.exists() else ():
        if path not in kept:
            path.unlink(missing_ok=True)


def _make(work: Workspace, table: LakeTable, file: LakeFile, place: Path) -> None:
    if place.exists():
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    unfinished = place.with_suffix(".part")
    # Sorted numbers are packed by their differences, which only the second version does.
    work.run(
        f"COPY (FROM read_parquet({literal(file.path)}, hive_partitioning = false) "
        f"SELECT {key_hash(table)} AS {HASH} ORDER BY 1) TO {literal(unfinished)} "
        "(FORMAT parquet, COMPRESSION uncompressed, PARQUET_VERSION v2)"
    )
    unfinished.replace(place)


def _hits(work: Workspace, places: Sequence[Path], batch: str) -> set[Path]:
    """The indices that name a key of the batch; all of them when one cannot be read."""
    listed = ", ".join(map(literal, places))
    try:
        rows = work.rows(
            f"FROM read_parquet([{listed}]) SEMI JOIN {batch} USING ({HASH}) "
            "SELECT DISTINCT file_index"
        )
    except EngineError:
        for place in places:
            place.unlink(missing_ok=True)
        return set(places)
    return {places[row[0]] for row in rows}
