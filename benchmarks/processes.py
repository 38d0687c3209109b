"""Each measurement in a process of its own: its seconds, and the memory it took at most."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
_KB = 1024


@dataclass(frozen=True, slots=True)
class Run:
    """One run of one thing.

    ``seconds`` as the process itself measured them (its start-up left out), ``peak`` the most
    memory it held at once (bytes), ``cpu`` the processor seconds of the whole process, start-up
    included (they tell more than ``seconds`` on a machine that is shared), ``said`` what else it
    told.
    """

    seconds: float
    peak: int
    cpu: float
    said: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Median:
    """Several runs of one thing."""

    runs: tuple[Run, ...]

    @property
    def seconds(self) -> float:
        return statistics.median(run.seconds for run in self.runs)

    @property
    def peak(self) -> int:
        """The largest of all runs."""
        return max(run.peak for run in self.runs)

    @property
    def cpu(self) -> float:
        return statistics.median(run.cpu for run in self.runs)

    @property
    def said(self) -> Mapping[str, Any]:
        return self.runs[-1].said


class Failed(RuntimeError):
    """A measurement ended with an error."""


def measure(task: str, **given: object) -> Run:
    """Run a task of ``benchmarks.worker`` once.

    :raises Failed: the process ended with an error; what it wrote is on stderr.
    """
    command = [sys.executable, "-m", "benchmarks.worker", task, json.dumps(given, default=str)]
    ended = _run(command, {})
    if ended.status:
        raise Failed(f"{task} ended with {ended.status}")
    said = json.loads(ended.printed.splitlines()[-1])
    return Run(float(said.pop("seconds")), ended.peak, ended.cpu, said)


def command(arguments: Sequence[str], environ: Mapping[str, str]) -> Run:
    """Run ``powercx`` with these arguments; here the seconds are those of the whole process.

    :raises Failed: it ended with an error.
    """
    began = time.perf_counter()
    ended = _run([sys.executable, "-m", "powercx", *arguments], environ)
    if ended.status:
        raise Failed(f"powercx {' '.join(arguments)} ended with {ended.status}")
    return Run(time.perf_counter() - began, ended.peak, ended.cpu, {})


def turns(times: int, *tasks: Callable[[], Run]) -> list[Median]:
    """Run the tasks in turn (a b a b ...), so that what disturbs the machine disturbs all alike."""
    found: list[list[Run]] = [[] for _ in tasks]
    for _ in range(times):
        for runs, task in zip(found, tasks, strict=True):
            runs.append(task())
    return [Median(tuple(runs)) for runs in found]


@dataclass(frozen=True, slots=True)
class _Ended:
    status: int
    peak: int
    cpu: float
    printed: str


def _run(arguments: Sequence[str], environ: Mapping[str, str]) -> _Ended:
    """Run a process to its end; what it wrote on stderr is shown when it fails."""
    path = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    with tempfile.TemporaryFile() as printed, tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            list(arguments),
            cwd=ROOT,
            stdout=printed,
            stderr=errors,
            env={**os.environ, "PYTHONPATH": path, **environ},
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            errors.seek(0)
            sys.stderr.write(errors.read().decode())
        printed.seek(0)
        cpu = usage.ru_utime + usage.ru_stime
        words = printed.read().decode()
        return _Ended(process.returncode, usage.ru_maxrss * _KB, cpu, words)
