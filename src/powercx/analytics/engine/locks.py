"""One writer a table: a second one waits and says so."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_PAUSE_S = 0.1


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
