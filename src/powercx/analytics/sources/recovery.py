"""Loads that a process left half-done: finish them or take them back; then sweep."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from powercx.analytics.engine.locks import in_use, is_in_use, writer_lock
from powercx.analytics.engine.workspace import workspace
from powercx.analytics.lake import places
from powercx.analytics.lake.catalogue import TABLES
from powercx.analytics.sources.past import forget
from powercx.analytics.sources.vault import LoadHeader, Vault
from powercx.base.home import Home

INTERRUPTED = "interrupted"


class _InUseError(Exception):
    """Another process works on the table, so its load is alive."""


def recover(home: Home, vault: Vault, *, at: datetime) -> list[str]:
    """Finish or discard every load whose process is gone; return the ids.

    A load whose id stands in the Delta log happened; any other did not.
    """
    _sweep(home.staging)
    done = []
    for table in dict.fromkeys(header.table for header in vault.unfinished()):
        try:
            with writer_lock(home.locks, table, waiting=_in_use):
                # What was running a moment ago may be over now.
                done += settle(home, vault, table, at=at)
        except _InUseError:
            continue
    return done


def abandoned(home: Home, vault: Vault) -> list[LoadHeader]:
    """Loads whose process is gone, oldest first; those under way hold the lock of their table."""
    left = vault.unfinished()
    idle = set()
    for table in dict.fromkeys(header.table for header in left):
        try:
            with writer_lock(home.locks, table, waiting=_in_use):
                idle.add(table)
        except _InUseError:
            continue
    # What was running a moment ago may be over now.
    return [header for header in vault.unfinished() if header.table in idle]


def settle(home: Home, vault: Vault, table: str, *, at: datetime) -> list[str]:
    """Finish or discard the half-done loads of one table, whose lock the caller holds."""
    return [
        _settle(home, vault, header, at) for header in vault.unfinished() if header.table == table
    ]


@contextmanager
def own_folder(home: Home, load_id: str) -> Iterator[Path]:
    """A folder for one load's scratch files, known as in use until the block ends."""
    folder = home.staging / load_id
    folder.mkdir(mode=0o700, parents=True)
    with in_use(folder):
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _settle(home: Home, vault: Vault, header: LoadHeader, at: datetime) -> str:
    table = TABLES[header.table]
    found = places.store(home.lake, table).find("load_id", header.load_id)
    if found is None:
        with own_folder(home, f"forget-{header.load_id}") as folder, workspace(folder) as work:
            forget(work, home.lake, table, header.load_id, int(at.timestamp() * 1000))
        vault.discard(header.load_id, reason=INTERRUPTED, at=at)
    else:
        report = json.loads(found.get("report", "{}"))
        vault.finish(load_id=header.load_id, report=report, finished_at=at)
    return header.load_id


def _in_use(name: str) -> None:
    raise _InUseError(name)


def _sweep(staging: Path) -> None:
    """Remove scratch folders whose process is gone; they may hold personal data."""
    for folder in staging.iterdir() if staging.exists() else ():
        if folder.is_dir() and not is_in_use(folder):
            shutil.rmtree(folder, ignore_errors=True)
