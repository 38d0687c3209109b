"""A home back from its backup: verified as a whole before anything takes its place."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from powercx.analytics.measures.service import open_session
from powercx.analytics.results import copying
from powercx.analytics.results.state import read_state
from powercx.apps.core import copies
from powercx.apps.core.bootstrap import prepare, start, use_database
from powercx.apps.core.copies import POSTGRESQL, SQLITE
from powercx.apps.core.databases import VARIABLE as DATABASE_URL
from powercx.apps.core.databases import database_settings
from powercx.apps.core.vault.keyring import read_ring, ring_file
from powercx.base.errors import UserError
from powercx.base.home import VARIABLE, Home
from powercx.base.messages import say
from powercx.jobs.copies import archive
from powercx.jobs.copies.archive import Manifest
from powercx.jobs.doctor.service import State, examine, title_of

Tell = Callable[[str, float], None]
_SPARE = 1.1
_TRIED = ("migrations", "integrity", "keys", "sealed", "chain")


@dataclass(frozen=True, slots=True)
class Compared:
    """One thing that the backup said of itself, beside what was found in it."""

    what: str
    wanted: object
    found: object

    @property
    def same(self) -> bool:
        return self.wanted == self.found


@dataclass
class Restored:
    """A backup that was brought back, or tried.

    ``home`` is None after a trial; ``moved`` is where the home went that was there before,
    ``opened`` and ``left`` tell in words what was opened and what could not be.
    """

    manifest: Manifest
    home: Home | None = None
    moved: Path | None = None
    keys: bool = False
    compared: list[Compared] = field(default_factory=list)
    opened: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    seconds: float = 0.0


def restore(
    source: Path,
    home: Home,
    *,
    environ: Mapping[str, str],
    at: datetime,
    keys: Path | None = None,
    replace: bool = False,
    tell: Tell,
) -> Restored:
    """Bring ``source`` back as ``home``; what is there already goes aside with ``replace``.

    All of it is written and verified beside its place, so that a failure leaves nothing.

    :raises UserError: the backup is damaged, the home holds something, the keys are of another
        home, there is no room, or the database cannot be filled.
    """
    began = time.perf_counter()
    held = home.path.exists() and any(home.path.iterdir())
    if held and not replace:
        raise UserError("restore.not_empty", folder=home.path)
    home.path.parent.mkdir(parents=True, exist_ok=True)
    with _unpacked(source, home.path.parent, keys, tell) as (folder, manifest):
        _place_database(folder, manifest, home, environ)
        moved = _make_way(home, at) if held else None
        folder.path.rename(home.path)
    has_keys = ring_file(home).exists()
    return Restored(manifest, home, moved, has_keys, seconds=time.perf_counter() - began)


def try_out(source: Path, *, at: datetime, keys: Path | None = None, tell: Tell) -> Restored:
    """Bring ``source`` back into a temporary folder, open it, compare and throw it away.

    :raises UserError: as ``restore``.
    """
    began = time.perf_counter()
    place = Path(tempfile.gettempdir())
    with _unpacked(source, place, keys, tell) as (folder, manifest):
        found = Restored(manifest, keys=ring_file(folder).exists())
        tell(say("restore.comparing"), 0)
        _compare_lake(folder, found)
        _compare_database(folder, found)
        _open(folder, found, at)
    found.seconds = time.perf_counter() - began
    return found


@contextmanager
def _unpacked(
    source: Path, place: Path, keys: Path | None, tell: Tell
) -> Iterator[tuple[Home, Manifest]]:
    """The backup in a new folder within ``place``; what is left of it at the end goes."""
    size = archive.read_manifest(source).size
    if shutil.disk_usage(place).free < size * _SPARE:
        raise UserError("restore.no_room", folder=place, size=f"{size / 1024**3:.1f}")
    folder = Path(tempfile.mkdtemp(prefix=".powercx-restore-", dir=place))
    told = say("restore.unpacking")
    try:
        home = Home(folder / "home")
        home.path.mkdir(mode=0o700)
        manifest = archive.unpack(source, home.path, lambda share: tell(told, share))
        if keys is not None:
            home.keys.mkdir(mode=0o700, exist_ok=True)
            shutil.copyfile(keys, ring_file(home))
            ring_file(home).chmod(0o600)
        if ring_file(home).exists() and manifest.key not in read_ring(home).generations:
            raise UserError("restore.other_keys", key=manifest.key)
        home.create()
        yield home, manifest
    except OSError as error:
        reason = error.strerror or str(error)
        raise UserError("restore.cannot_write", folder=place, reason=reason) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _place_database(
    folder: Home, manifest: Manifest, home: Home, environ: Mapping[str, str]
) -> None:
    """Put the database where the home will look for it."""
    copy = folder.path / manifest.database
    server = bool(environ.get(DATABASE_URL, "").strip())
    if manifest.database == SQLITE:
        if server:
            raise UserError("restore.is_sqlite", variable=DATABASE_URL)
        copy.rename(folder.database)
        return
    if not server:
        raise UserError("restore.is_postgresql", variable=DATABASE_URL)
    prepare()
    use_database(database_settings(home, environ))
    copies.fill_postgresql(copy)
    copy.unlink()


def _make_way(home: Home, at: datetime) -> Path:
    aside = home.path.with_name(f"{home.path.name}.before-{at:%Y%m%dT%H%M%S}")
    home.path.rename(aside)
    return aside


def _compare_lake(home: Home, found: Restored) -> None:
    try:
        counted = copying.count(home.lake)
    except LookupError as error:
        raise UserError("restore.lake_damaged", what=error) from error
    wanted = found.manifest.tables
    for name in sorted({*wanted, *counted}):
        found.compared.append(Compared(f"lake/{name}", wanted.get(name), counted.get(name)))


def _compare_database(home: Home, found: Restored) -> None:
    if found.manifest.database == POSTGRESQL:
        found.left.append(say("restore.dump_not_opened", file=POSTGRESQL))
        return
    records, end = copies.counts_of(home.path / SQLITE)
    wanted = found.manifest.records
    for name in sorted({*wanted, *records}):
        found.compared.append(Compared(name, wanted.get(name), records.get(name)))
    audit = found.manifest.audit
    found.compared.append(Compared("audit", list(audit), list(end)))


def _open(home: Home, found: Restored, at: datetime) -> None:
    """Open what can be opened: figures always, the database with its keys."""
    if read_state(home.lake) is not None:
        with open_session(home) as session:
            found.opened.append(say("restore.figures_opened", units=len(session.tree.names)))
    if found.manifest.database == POSTGRESQL:
        return
    if not found.keys:
        found.left.append(say("restore.keys_not_tried"))
        return
    (home.path / SQLITE).rename(home.database)
    environ = {VARIABLE: str(home.path)}
    start(home, environ)
    for key, finding in examine(home, environ=environ, at=at, only=_TRIED).items():
        if finding.state is State.FAIL:
            raise UserError("restore.not_in_order", what=f"{title_of(key)}: {finding.found}")
        found.opened.append(f"{title_of(key)}: {finding.found}")
