"""The last refresh, opened once in a process for all its pages and calls."""

from __future__ import annotations

import os
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from powercx.analytics.measures.remembered import Remembered
from powercx.analytics.measures.service import Session, open_session
from powercx.analytics.results.state import read_state
from powercx.analytics.results.tree import OrgTree
from powercx.base.home import Home

NO_TREE = OrgTree(())
Seen = tuple[str, ...]


@dataclass
class _Open:
    seen: Seen
    figures: Remembered | None


_lock = threading.Lock()
_open: dict[Path, _Open] = {}
_KEPT_S = 30.0
_behind: dict[Path, tuple[float, list[str]]] = {}


def figures(home: Home) -> Remembered | None:
    """Figures of the last refresh; None before the first, and while there is no fact of any day.

    A refresh that has come since, or a changed definition, is seen at the next call.
    """
    found = _refreshed(home)
    return found if found is not None and found.session.state.span else None


def behind(home: Home) -> list[str]:
    """The tables that something was loaded into since the refresh; looked up twice a minute."""
    found = _refreshed(home)
    if found is None:
        return []
    at, told = _behind.get(home.path, (-_KEPT_S, []))
    if time.monotonic() - at > _KEPT_S:
        told = found.session.changed_since()
        _behind[home.path] = (time.monotonic(), told)
    return told


def tree(home: Home) -> OrgTree:
    """The organisation tree as of the last refresh; empty before the first."""
    found = _refreshed(home)
    return found.session.tree if found else NO_TREE


def _refreshed(home: Home) -> Remembered | None:
    seen = _seen(home)
    with _lock:
        held = _open.get(home.path)
        if held is None or held.seen != seen:
            held = _open[home.path] = _opened(home, seen)
        return held.figures


def _opened(home: Home, seen: Seen) -> _Open:
    if read_state(home.lake) is None:
        return _Open(seen, None)
    closing = ExitStack()
    # A definition of one's own that is written wrongly is told on its page; the others go on.
    session: Session = closing.enter_context(open_session(home, forgiving=True))
    # Whoever still reads an old one keeps its engine; it closes with the last of them.
    return _Open(seen, Remembered(session, home.cache, kept=closing))


def _seen(home: Home) -> Seen:
    """What tells that something has changed, at the cost of listing two folders."""
    log = home.lake / "results" / "measure_part" / "_delta_log"
    newest = max((entry.name for entry in _entries(log)), default="")
    own = sorted(home.catalog.rglob("*.yaml")) if home.catalog.exists() else []
    return (newest, *(f"{path}:{path.stat().st_mtime_ns}" for path in own))


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            return [entry for entry in found if entry.name.endswith(".json")]
    except FileNotFoundError:
        return []
