"""The worker: asks for what schedules want, does tasks, delivers the outbox."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from zoneinfo import ZoneInfo

from django.db import DatabaseError, close_old_connections, connection

from powercx.apps.core import tasks
from powercx.apps.core.domain import schedules
from powercx.apps.core.domain import tasks as records
from powercx.apps.core.enums import TaskState
from powercx.apps.core.models import Task
from powercx.apps.core.tasks import Clock, Work
from powercx.base.home import Home
from powercx.jobs.delivery import Delivery, deliver_due

log = logging.getLogger("powercx.worker")
BEAT_S = 1.0
IDLE_S = 1.0
TROUBLE_S = 5.0
SCHEDULES = {"daily": "0 2 * * *", "tidy": "0 4 * * 0"}
"""What is asked for by itself in a new installation: every night, and on Sundays."""


@dataclass
class Worked:
    """What a worker has done since it began."""

    scheduled: int = 0
    done: int = 0
    failed: int = 0
    delivered: int = 0
    undelivered: int = 0

    def to_json(self) -> dict[str, int]:
        """The answer of ``powercx worker --json``."""
        return asdict(self)


class Worker:
    """Does one thing after the other; several of them, on several machines, share the work."""

    def __init__(self, home: Home, clock: Clock) -> None:
        self.home = home
        self.worked = Worked()
        self._clock = clock
        self._zone = ZoneInfo(home.config().time_zone)
        self._ending = threading.Event()
        self._work: Work | None = None

    def stop(self) -> None:
        """End soon: a task under way is left to another worker at its next step."""
        self._ending.set()
        if self._work is not None:
            self._work.stop()

    def until_stopped(self, wanted: Callable[[], bool] = lambda: True) -> None:
        """Work until ``stop`` or until ``wanted`` says no; a database out of reach is awaited."""
        schedules.ensure(defaults=SCHEDULES, at=self._clock())
        while not self._ending.is_set() and wanted():
            try:
                close_old_connections()
                idle = 0 if self.turn() else IDLE_S
            except DatabaseError:
                log.exception("the database did not answer; trying again")
                connection.close()
                idle = TROUBLE_S
            self._ending.wait(idle)

    def until_idle(self) -> None:
        """Do what is due now, and what that asks for in turn."""
        schedules.ensure(defaults=SCHEDULES, at=self._clock())
        while not self._ending.is_set() and self.turn():
            pass

    def turn(self) -> bool:
        """Whatever is due, of tasks at most one; whether there was anything."""
        now = self._clock()
        asked = len(schedules.ask_for_due(zone=self._zone, at=now))
        self.worked.scheduled += asked
        tries = {kind.name: kind.tries for kind in tasks.kinds().values()}
        self.worked.failed += len(records.take_up_lost(tries=tries, at=now))
        arrived, missed = deliver_due(Delivery(self.home, self._clock))
        self.worked.delivered += arrived
        self.worked.undelivered += missed
        task = records.claim(names=tries, at=now)
        if task is not None:
            self._do(task)
        return bool(task or asked or arrived or missed)

    def _do(self, task: Task) -> None:
        self._work = Work(self.home, task, self._clock)
        if self._ending.is_set():
            self._work.stop()
        with _beating(self._work):
            state = tasks.run(self._work)
        self._work = None
        self.worked.done += state == TaskState.DONE
        self.worked.failed += state == TaskState.FAILED


@contextmanager
def _beating(work: Work) -> Iterator[None]:
    """Write down once a second how far the work is, from a thread beside it."""
    over = threading.Event()

    def beat() -> None:
        try:
            while not over.wait(BEAT_S):
                try:
                    work.beat()
                except DatabaseError:
                    log.exception("could not write how far task %s is", work.task.pk)
        finally:
            connection.close()

    beside = threading.Thread(target=beat, name="beat", daemon=True)
    beside.start()
    try:
        yield
    finally:
        over.set()
        beside.join()
