"""What of the lake a copy of it needs: the files of its tables as they are at one moment."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from powercx.analytics.engine.delta import DeltaStore
from powercx.analytics.lake import places
from powercx.analytics.lake.catalogue import TABLES
from powercx.analytics.results.contracts import result_store
from powercx.analytics.results.state import State, read_state

_LOG = "_delta_log"
_HINT = "_last_checkpoint"
_DIGITS = 20


@dataclass(frozen=True, slots=True)
class TableCopy:
    """One table: its folder beneath the lake, version, rows, and every file a copy needs.

    The files are those of the version, its log up to it, and those of the version that the last
    refresh stood on, which its figures are explained from.
    """

    folder: str
    version: int
    rows: int
    files: tuple[Path, ...]


def versions(lake: Path) -> dict[str, int]:
    """The current version of every table, by its folder beneath the lake."""
    found = {_name(lake, store): store.version() for store in places.every(lake)}
    return {name: version for name, version in found.items() if version is not None}


def copies(lake: Path, at: dict[str, int]) -> list[TableCopy]:
    """Every table as of the versions ``at``.

    :raises LookupError: a file of one of them is gone.
    """
    state = read_state(lake)
    return [_copy(lake, folder, version, state) for folder, version in at.items()]


def count(lake: Path) -> dict[str, int]:
    """The rows of every table, counted in its files, by its folder beneath the lake.

    :raises LookupError: a file is missing, damaged or does not hold what the table says.
    """
    found = {}
    for store in places.every(lake):
        files = store.files()
        if broken := [file.path for file in files if not file.whole]:
            raise LookupError(", ".join(broken))
        found[_name(lake, store)] = sum(file.rows for file in files)
    return found


def _copy(lake: Path, folder: str, version: int, state: State | None) -> TableCopy:
    store = DeltaStore(lake / folder)
    snapshot = store.snapshot(version=version)
    held = snapshot.files if snapshot else []
    files = {Path(file.path) for file in held}
    stood_on = _stood_on(lake, folder, state)
    if stood_on is not None and stood_on != version:
        files |= {Path(file.path) for file in store.files(version=stood_on)}
    files |= set(_log(lake / folder / _LOG, version))
    return TableCopy(folder, version, sum(file.rows for file in held), tuple(sorted(files)))


def _stood_on(lake: Path, folder: str, state: State | None) -> int | None:
    """The version of a table that the last refresh stood on."""
    if state is None:
        return None
    pinned = {**state.tables, **state.results}
    for name, version in pinned.items():
        store = places.store(lake, TABLES[name]) if name in TABLES else result_store(lake, name)
        if _name(lake, store) == folder:
            return version
    return None


def _log(folder: Path, version: int) -> Iterable[Path]:
    """The files of the log up to a version; a hint at a later checkpoint is left out."""
    for path in folder.iterdir():
        digits = path.name[:_DIGITS]
        if path.name == _HINT:
            if json.loads(path.read_text("utf-8")).get("version", version + 1) <= version:
                yield path
        elif digits.isdigit() and len(digits) == _DIGITS and int(digits) <= version:
            yield path


def _name(lake: Path, store: DeltaStore) -> str:
    return store.folder.relative_to(lake).as_posix()
