"""Workers as real processes: killed, stopped, two at once; and on PostgreSQL in threads."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection

import powercx
from powercx.apps.core import tasks
from powercx.apps.core.domain import tasks as records
from powercx.apps.core.enums import TaskState
from powercx.apps.core.models import Task
from powercx.apps.core.service import OperationalVault
from powercx.base.home import Home
from powercx.cli.main import main
from powercx.jobs.worker import Worker

MANY = 60
NOTHING = {"scheduled": 0, "done": 0, "failed": 0, "delivered": 0, "undelivered": 0}
# A worker with one more kind of task, which writes a line to a file whenever it is done.
WORKER = """
import os, sys, time
from pathlib import Path
from powercx.apps.core.bootstrap import start
from powercx.base.home import home_from
start(home_from(os.environ), os.environ)
from powercx.apps.core.tasks import task

@task("test.note", title="tasks.running")
def note(work, *, file, number, seconds):
    print("began", flush=True)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        work.progress("waiting", 0.5)
        time.sleep(0.02)
    with Path(file).open("a") as notes:
        notes.write(f"{number}\\n")
    return {"by": os.getpid()}

from powercx.cli.main import main
if gate := os.environ.get("GATE"):
    print("ready", flush=True)
    while not Path(gate).exists():
        time.sleep(0.005)
sys.exit(main(["worker", *sys.argv[1:]], os.environ))
"""


@pytest.fixture
def notes(vault: OperationalVault, tmp_path: Path) -> Iterator[Path]:
    tasks.task("test.note", title="tasks.running")(_never)
    file = tmp_path / "notes"
    file.touch()
    yield file
    del tasks._kinds["test.note"]


def _never(work: tasks.Work, *, file: str, number: int, seconds: float) -> dict[str, object]:
    raise AssertionError("done by the processes of the test only")


def worker(environ: dict[str, str], *args: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WORKER, *args],
        env={**os.environ, **environ, "PYTHONPATH": str(Path(powercx.__file__).parents[1])},
        stdout=subprocess.PIPE,
        text=True,
    )


def ask(notes: Path, number: int, seconds: float) -> Task:
    args = {"file": str(notes), "number": number, "seconds": seconds}
    return tasks.ask("test.note", args, at=datetime.now(UTC))


def age(task: Task) -> None:
    """As if the time had passed after which a silent worker counts as dead."""
    gone = records.SILENT_FOR + timedelta(seconds=1)
    Task.objects.filter(pk=task.pk).update(heard_at=datetime.now(UTC) - gone)


def test_a_killed_worker_s_task_is_done_once_more_by_the_next(environ: dict[str, str], notes: Path):
    task = ask(notes, 1, 1.0)
    first = worker(environ)
    assert first.stdout is not None
    assert first.stdout.readline() == "began\n"
    first.send_signal(signal.SIGKILL)
    first.communicate()

    held = Task.objects.get(pk=task.pk)
    assert (held.state, notes.read_text()) == (TaskState.RUNNING, "")
    too_early = worker(environ, "--once")
    too_early.communicate()
    assert Task.objects.get(pk=task.pk).state == TaskState.RUNNING
    age(task)
    worker(environ, "--once").communicate()

    done = Task.objects.get(pk=task.pk)
    assert (done.state, done.attempts, notes.read_text()) == (TaskState.DONE, 2, "1\n")


def test_two_workers_never_do_one_task_both(environ: dict[str, str], notes: Path, tmp_path: Path):
    for number in range(MANY):
        ask(notes, number, 0)
    gate = tmp_path / "gate"

    both = [worker({**environ, "GATE": str(gate)}, "--once") for _ in range(2)]
    for one in both:
        assert one.stdout is not None
        assert one.stdout.readline() == "ready\n"
    gate.touch()
    for one in both:
        one.communicate(timeout=120)

    assert Counter(notes.read_text().split()) == {str(n): 1 for n in range(MANY)}
    assert Task.objects.filter(state=TaskState.DONE, attempts=1).count() == MANY
    shares = Counter(t.result["by"] for t in Task.objects.all())
    assert set(shares) == {one.pid for one in both}, "one of them had nothing to do"


def test_a_worker_asked_to_end_gives_its_task_back_and_ends_well(
    environ: dict[str, str], notes: Path
):
    task = ask(notes, 1, 30)
    one = worker(environ, "--json")
    assert one.stdout is not None
    assert one.stdout.readline() == "began\n"
    one.send_signal(signal.SIGTERM)

    said, _ = one.communicate(timeout=20)

    held = Task.objects.get(pk=task.pk)
    assert (one.returncode, json.loads(said)) == (0, NOTHING)
    assert (held.state, held.attempts, notes.read_text()) == (TaskState.WAITING, 0, "")


def test_a_worker_tells_how_far_it_is_and_hears_of_a_cancellation(
    environ: dict[str, str], notes: Path
):
    task = ask(notes, 1, 60)
    one = worker(environ)
    until = time.monotonic() + 20
    while not Task.objects.get(pk=task.pk).share and time.monotonic() < until:
        time.sleep(0.1)
    seen = Task.objects.get(pk=task.pk)
    records.cancel(task_id=task.pk, actor=records.SYSTEM, at=datetime.now(UTC))
    following = ask(notes, 2, 0)
    while Task.objects.get(pk=following.pk).state != TaskState.DONE and time.monotonic() < until:
        time.sleep(0.1)
    one.terminate()
    one.communicate(timeout=20)

    assert (seen.share, seen.step) == (0.5, "waiting")
    assert notes.read_text() == "2\n"
    assert Task.objects.get(pk=task.pk).state == TaskState.CANCELLED


def test_a_worker_ends_with_the_server_that_it_stands_beside(environ: dict[str, str], notes: Path):
    stranger = str(os.getpid() + 1)
    one = worker(environ, "--beside", stranger)

    one.communicate(timeout=30)

    assert one.returncode == 0


def test_threads_on_postgresql_share_the_work(environ: dict[str, str], notes: Path):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite is tested with processes above")
    for number in range(MANY):
        ask(notes, number, 0)
    taken: list[object] = []

    def take() -> None:
        while found := records.claim(names=["test.note"], at=datetime.now(UTC)):
            taken.append(found.pk)
        connection.close()

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (len(taken), len(set(taken))) == (MANY, MANY)


def test_the_daily_run_refreshes_and_tidies(
    vault: OperationalVault, environ: dict[str, str], home: Home
):
    from powercx.apps.core.domain import schedules  # noqa: PLC0415 - after the home is opened

    now = datetime(2026, 2, 1, 8, tzinfo=UTC)
    schedules.ensure(defaults={"daily": "0 2 * * *"}, at=now)

    one = Worker(home, lambda: now + timedelta(days=3))
    one.until_idle()

    done = Task.objects.get(name="daily")
    assert done.state == TaskState.DONE, done.error
    assert {"references", "publish", "jobs.tidy"} <= {s["name"] for s in done.result["steps"]}
    assert (one.worked.scheduled, one.worked.done) == (1, 1)


def test_the_command_makes_the_schedules_and_ends_when_nothing_is_due(
    environ: dict[str, str], home: Home, capsys: pytest.CaptureFixture[str]
):
    code = main(["worker", "--once", "--json"], environ)

    assert (code, json.loads(capsys.readouterr().out)) == (
        0,
        NOTHING,
    )
