"""Work behind pages: kinds of task, asking for one, and doing one.

A kind is a function that a module registers; the worker (``jobs.worker``) does what is asked for.
A task may be done twice (its worker dies, it is tried again), so its function must be safe for it.

    @task("data.load", title="data.task_load", permission=Permission.DATA_LOAD)
    def load_upload(work: Work, *, upload: int) -> dict[str, Any]:
        work.progress("data.reading", 0.2)
        return {"rows": 7}

    tasks.ask("data.load", {"upload": 3}, key="upload:3", asked_by=request.actor, at=now)
"""

from __future__ import annotations

import inspect
import logging
import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from powercx.apps.core.domain import tasks as records
from powercx.apps.core.domain.audit import SYSTEM, Actor
from powercx.apps.core.enums import Permission
from powercx.apps.core.models import Task
from powercx.base.errors import UserError
from powercx.base.home import Home
from powercx.base.messages import say, texts

log = logging.getLogger("powercx.tasks")
Clock = Callable[[], datetime]


class Stopped(BaseException):  # not an Exception: no function of a task may swallow it
    """The task was cancelled, another worker has taken it up, or this one is to end."""


class Work:
    """What the function of a task is given: where it works, for whom, and whom it tells.

    ``progress`` only notes what it is told and costs nothing; ``beat`` writes it down, which the
    worker does once a second beside the function, and by which it hears of a cancellation.
    """

    def __init__(self, home: Home, task: Task, clock: Clock) -> None:
        self.home = home
        self.task = task
        self.clock = clock
        self._share = 0.0
        self._step = ""
        self._stopped = threading.Event()

    @property
    def actor(self) -> Actor:
        """Whoever asked for the task, for the audit chain."""
        person = self.task.asked_by
        return Actor(person, person.username) if person else SYSTEM

    def progress(self, step: str, share: float) -> None:
        """Tell how far the work is: the code of a text (or a plain text), and 0 to 1.

        :raises Stopped: the work is no longer wanted.
        """
        self._step, self._share = step, share
        if self._stopped.is_set():
            raise Stopped

    def part(self, first: float, last: float) -> Callable[[str, float], None]:
        """A ``progress`` for a step whose 0 to 1 is ``first`` to ``last`` of the whole."""
        return lambda step, share: self.progress(step, first + (last - first) * share)

    def stop(self) -> None:
        """Ask the function to end at its next step; the task is left to another worker."""
        self._stopped.set()

    def beat(self) -> None:
        """Write down how far the work is, and hear whether it is still wanted."""
        mine = records.heard(task=self.task, share=self._share, step=self._step, at=self.clock())
        if not mine:
            self._stopped.set()


Function = Callable[..., Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of task: ``title`` names its text, ``permission`` who may ask for it once more.

    ``tries`` counts the first; errors that a user can mend are not tried again. ``leads_to`` gives
    the address of the page that shows what came of a task.
    """

    name: str
    function: Function
    title: str
    tries: int
    permission: Permission | None
    leads_to: Callable[[Task], str] | None


_kinds: dict[str, Kind] = {}


def task(
    name: str,
    *,
    title: str,
    retries: int = 2,
    permission: Permission | None = None,
    leads_to: Callable[[Task], str] | None = None,
) -> Callable[[Function], Function]:
    """Register a function as a kind of task; the module is imported from ``AppConfig.ready``."""

    def register(function: Function) -> Function:
        _kinds[name] = Kind(name, function, title, retries + 1, permission, leads_to)
        return function

    return register


def kinds() -> Mapping[str, Kind]:
    """Every kind of task by name."""
    return _kinds


def ask(
    name: str,
    args: Mapping[str, Any] | None = None,
    *,
    at: datetime,
    asked_by: Actor = SYSTEM,
    key: str = "",
    org_id: str = "",
    due_at: datetime | None = None,
) -> Task:
    """Ask for a task; with the ``key`` of one that waits or runs, that one is given back.

    Call it inside the transaction of the change that it belongs to.

    :raises KeyError: no such kind.
    :raises TypeError: ``args`` are not those of its function, or do not go through JSON.
    """
    kind = _kinds[name]
    given = dict(args or {})
    inspect.signature(kind.function).bind(None, **given)
    if records.plain(given) != given:
        raise TypeError(f"{name}: the arguments are not the same after JSON: {given}")
    wanted = records.Wanted(name, given, key, org_id)
    return records.ask(wanted=wanted, actor=asked_by, at=at, due_at=due_at)


def run(work: Work) -> str:
    """Do a task that has been claimed, and write down what came of it; the state it is left in.

    Errors end up in the record of the task; those that are bugs also in the log, by a number.
    """
    kind = _kinds[work.task.name]
    try:
        result = kind.function(work, **work.task.args)
        records.finish(task=work.task, result=result, at=work.clock())
    except Stopped:
        records.give_back(task=work.task, at=work.clock())
    except UserError as error:
        records.fail(task=work.task, error=records.told(error), tries=0, at=work.clock())
    except Exception:
        # The edge of the worker: whatever it is, the next task goes on.
        reference = uuid.uuid4().hex[:8]
        log.exception("reference %s: task %s", reference, work.task.pk)
        bug = {"reference": reference}
        records.fail(task=work.task, error=bug, tries=kind.tries, at=work.clock())
    return Task.objects.values_list("state", flat=True).get(pk=work.task.pk)


def said(code: str, **params: object) -> dict[str, Any]:
    """A sentence of a result: put it into the list ``said`` of what a task's function returns."""
    return {"code": code, "params": params}


def step_text(step: str) -> str:
    """What is shown of a step: the text of its code, or the words themselves."""
    return say(step) if step in texts() else step


def said_text(sentence: Mapping[str, Any]) -> str:
    """A sentence of a result in the reader's language."""
    return say(sentence["code"], **sentence["params"])


def error_text(error: Mapping[str, Any]) -> str:
    """What went wrong in the reader's language; empty where nothing did, or where it is a bug."""
    code = error.get("code", "")
    return say(code, **error["params"]) if code in texts() else str(error.get("text", ""))
