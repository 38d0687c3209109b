"""Back up a home while it is in use: all of it as it was at one moment, in one file."""

from __future__ import annotations

import os
import shutil
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from powercx import __version__
from powercx.analytics.results import copying
from powercx.analytics.sources.recovery import own_folder
from powercx.apps.core.bootstrap import start
from powercx.apps.core.copies import Pinned, pinned
from powercx.apps.core.vault.keyring import read_ring, ring_file
from powercx.base.errors import UserError
from powercx.base.home import Home
from powercx.base.messages import say
from powercx.jobs.copies import archive
from powercx.jobs.copies.archive import Manifest

Tell = Callable[[str, float], None]
_TRIES = 50
_PAUSE_S = 0.2
_KEPT = ("catalog", "quarantine")
_FIXED = ("uploads", "files")


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was made: the file, its size, what is in it, and the seconds it took."""

    file: Path
    size: int
    manifest: Manifest
    seconds: float


def back_up(
    home: Home,
    target: Path,
    *,
    environ: Mapping[str, str],
    at: datetime,
    with_keys: bool = False,
    tell: Tell,
) -> Backup:
    """Write ``home`` into the new file ``target``; others go on loading and working meanwhile.

    :raises UserError: the file is there already or cannot be written, a file of the lake is gone,
        or the database's own tool for it is missing.
    """
    began = time.perf_counter()
    start(home, environ)
    if target.exists():
        raise UserError("backup.exists", file=target)
    if not target.parent.is_dir() or not os.access(target.parent, os.W_OK):
        raise UserError("backup.no_folder", folder=target.parent)
    try:
        with own_folder(home, f"backup-{uuid.uuid4().hex[:12]}") as scratch:
            folder = scratch / "home"
            folder.mkdir(mode=0o700)
            manifest = _gather(home, folder, at=at, with_keys=with_keys, tell=tell)
            told = say("backup.writing")
            archive.write(target, folder, manifest, lambda share: tell(told, share))
    except OSError as error:
        reason = error.strerror or str(error)
        raise UserError("backup.cannot_write", file=target, reason=reason) from error
    return Backup(target, target.stat().st_size, manifest, time.perf_counter() - began)


def _gather(home: Home, folder: Path, *, at: datetime, with_keys: bool, tell: Tell) -> Manifest:
    """Put everything of one moment into ``folder`` and say what it is."""
    with _moment(home) as (database, at_versions):
        tables = _lake(home, folder, at_versions, tell)
        _others(home, folder, with_keys=with_keys)
        told = say("backup.database")
        database.copy(folder, lambda share: tell(told, share))
        records, end = database.counts(), database.end()
    told = say("backup.reading")
    return Manifest(
        powercx=__version__,
        made_at=at.isoformat(),
        tables=tables,
        records=records,
        audit=end,
        key=read_ring(home).current,
        keys=with_keys,
        files=archive.entries(folder, lambda share: tell(told, share)),
    )


@contextmanager
def _moment(home: Home) -> Iterator[tuple[Pinned, dict[str, int]]]:
    """Database and lake held as they were at one moment, without keeping anybody waiting.

    The database is held first between two looks at the lake. When both looks are alike, no load
    was committed in between, so that neither side tells of one that the other does not know; a
    load under way is begun in the one and not there in the other, as after a power cut, and is
    taken back where the copy is used.
    """
    for _ in range(_TRIES):
        before = copying.versions(home.lake)
        with pinned() as database:
            if copying.versions(home.lake) == before:
                yield database, before
                return
        time.sleep(_PAUSE_S)
    raise UserError("backup.never_still")


def _lake(home: Home, folder: Path, at: dict[str, int], tell: Tell) -> dict[str, int]:
    """Hold every file of the lake by a name of its own, so that none is cleared away meanwhile."""
    try:
        found = copying.copies(home.lake, at)
    except LookupError as error:
        raise UserError("backup.lake_broken", what=error) from error
    told = say("backup.lake")
    for number, table in enumerate(found):
        for file in table.files:
            _hold(file, folder / file.relative_to(home.path))
        tell(told, (number + 1) / len(found))
    return {table.folder: table.rows for table in found}


def _others(home: Home, folder: Path, *, with_keys: bool) -> None:
    shutil.copy2(home.config_file, folder)
    for name in _KEPT:
        if (home.path / name).is_dir():
            shutil.copytree(home.path / name, folder / name)
    for name in _FIXED:
        # Written once under a name of their own; they may only go.
        for file in sorted((home.path / name).rglob("*")):
            if file.is_file():
                _hold(file, folder / file.relative_to(home.path))
    if with_keys:
        (folder / "keys").mkdir()
        shutil.copy2(ring_file(home), folder / "keys")


def _hold(file: Path, held: Path) -> None:
    """The same file under another name, or a copy where the disk knows no second names."""
    held.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(file, held)
    except OSError:
        shutil.copyfile(file, held)
