"""One writer a table: a second one waits and says so. Scratch folders tell that they are used."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_PAUSE_S = 0.1
_ALIVE = "alive"


@contextmanager
def in_use(folder: Path) -> Iterator[None]:
    """Mark a scratch folder as in use until the block ends, or the process does."""
    with (folder / _ALIVE).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def is_in_use(folder: Path) -> bool:
    """Whether a process that lives works in ``folder``."""
    try:
        with (folder / _ALIVE).open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


@contextmanager
def writer_lock(
    folder: Path, name: str, *, waiting: Callable[[str], None] | None = None
) -> Iterator[None]:
    """Hold the lock ``name`` in ``folder``; call ``waiting(name)`` once when another holds it.

    The operating system frees the lock when its holder dies, so no stale lock can remain.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{name}.lock").open("a+b") as handle:
        told = False
        while not _try_lock(handle.fileno()):
            if waiting is not None and not told:
                waiting(name)
                told = True
            time.sleep(_PAUSE_S)
        try:
            yield
        finally:
            fcntl.flock(handle, fcntl.LOCK_UN)


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
