"""A worker beside the server: a process of its own, started anew when it dies."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_AGAIN_S = 5.0
_PATIENCE_S = 30.0


@contextmanager
def beside() -> Iterator[None]:
    """Keep a worker running for the home of this process's environment while the block runs."""
    over = threading.Event()
    # Before the server forks: the thread beside it only looks on.
    worker = _started()

    def keep() -> None:
        nonlocal worker
        while True:
            while worker.poll() is None and not over.wait(0.5):
                pass
            if worker.poll() is None:
                _end(worker)
            if over.wait(_AGAIN_S):
                return
            worker = _started()

    keeper = threading.Thread(target=keep, name="worker", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        over.set()
        keeper.join()


def _started() -> subprocess.Popen[bytes]:
    # It looks after its parent, so that it does not outlive a server that was killed.
    command = [sys.executable, "-m", "powercx", "worker", "--beside", str(os.getpid())]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: S603 - our own program


def _end(worker: subprocess.Popen[bytes]) -> None:
    worker.terminate()
    try:
        worker.wait(_PATIENCE_S)
    except subprocess.TimeoutExpired:
        worker.kill()
        worker.wait()
