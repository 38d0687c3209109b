"""Loads ``files`` into copies of a home and kills each loading process at another moment.

Run as a program: ``killer.py HOME FOLDER HOW...``; HOW is ``step`` (before and after every step of
the protocol in turn) or a number of seconds. Prints one line a copy: its path. The processes are
killed for real, by SIGKILL.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

from powercx.analytics.engine.delta import DeltaStore
from powercx.analytics.sources.service import LoadOptions, load
from powercx.apps.core.bootstrap import start
from powercx.base.home import Home

STEPS = ((DeltaStore, ("write", "commit")),)
VAULT_STEPS = ("begin", "stage", "finish")
NEVER = -1


def load_into(path: Path, files: list[str], *, kill_at: int = NEVER) -> None:
    """Load in this process, which dies before or after step number ``kill_at``."""
    home = Home(path)
    vault = start(home, {"POWERCX_HOME": str(path)})
    passed = count()
    for owner, names in (*STEPS, (type(vault), VAULT_STEPS)):
        for name in names:
            setattr(owner, name, _deadly(getattr(owner, name), passed, kill_at))
    load(home, vault, files, options=LoadOptions(), at=datetime(2026, 2, 1, tzinfo=UTC))


def _deadly(call: Callable[..., Any], passed: count[int], kill_at: int) -> Callable[..., Any]:
    def step(*args: Any, **kwargs: Any) -> Any:
        if next(passed) == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
        found = call(*args, **kwargs)
        if next(passed) == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
        return found

    return step


def in_child(
    path: Path, files: list[str], *, kill_at: int = NEVER, after_s: float | None = None
) -> bool:
    """Whether the child was killed."""
    child = os.fork()
    if child == 0:
        try:
            load_into(path, files, kill_at=kill_at)
        except BaseException:  # noqa: BLE001 - the parent reads the exit code
            os._exit(1)
        os._exit(0)
    if after_s is not None:
        time.sleep(after_s)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if os.WIFEXITED(status) and os.WEXITSTATUS(status):
        raise SystemExit("the loading process failed by itself")
    return os.WIFSIGNALED(status)


def main(base: Path, files: list[str], how: list[str]) -> None:
    for wish in how:
        for number in count():
            copy = base.with_name(f"{base.name}-{wish}-{number}")
            shutil.copytree(base, copy)
            if wish == "step":
                killed = in_child(copy, files, kill_at=number)
            else:
                killed = in_child(copy, files, after_s=float(wish))
            print(copy, flush=True)  # noqa: T201 - the answer
            if wish != "step" or not killed:
                break


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2].split(","), sys.argv[3:])
