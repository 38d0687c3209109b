"""Ordered runs: what is done one after the other, as tasks that a page or a schedule asks for."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from powercx.analytics.measures.service import RefreshReport, refresh
from powercx.apps.core.domain import outbox
from powercx.apps.core.enums import Event, Permission
from powercx.apps.core.tasks import Work, said, task
from powercx.jobs.figures import remember_figures
from powercx.jobs.tidying import tidy_lake

Tell = Callable[[str, float], None]
Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class JobStep:
    """One step of a run: its text, what does it, and which part of the whole it is about."""

    name: str
    function: Callable[[Work, Tell], Rows]
    weight: float = 1


def refresh_measures(work: Work, tell: Tell) -> Rows:
    """Bring the published measures up to what has been loaded."""
    return _refreshed(work, tell).to_json()["steps"]  # type: ignore[no-any-return]


def tidy_up(work: Work, tell: Tell) -> Rows:
    """Merge small files of the lake and remove what nothing needs."""
    tell("jobs.tidy", 0)
    began = time.perf_counter()
    found = tidy_lake(work.home, at=work.clock(), waiting=lambda table: tell(table, 0))
    removed = sum(each.removed for each in found)
    return [{"name": "jobs.tidy", "rows": removed, "seconds": time.perf_counter() - began}]


def remember(work: Work, tell: Tell) -> Rows:
    """Work out what pages open with, so that the first reader does not wait."""
    began = time.perf_counter()
    known = remember_figures(work.home, tell=tell)
    return [{"name": "jobs.remember", "rows": known, "seconds": time.perf_counter() - began}]


DAILY = (
    JobStep("jobs.refresh", refresh_measures, 6),
    JobStep("jobs.remember", remember, 2),
    JobStep("jobs.tidy", tidy_up, 2),
)


@task("daily", title="jobs.daily", permission=Permission.JOBS_EDIT)
def daily(work: Work) -> dict[str, Any]:
    """The night's work: measures up to date, figures at hand, the lake in order."""
    return run_steps(work, DAILY)


@task("refresh", title="jobs.refresh", permission=Permission.DATA_LOAD)
def refresh_now(work: Work, *, full: bool = False) -> dict[str, Any]:
    """Bring the published measures up to date; ``full`` counts everything anew."""
    report = _refreshed(work, work.part(0, 0.7), full=full)
    rows = remember(work, work.part(0.7, 1))
    sentence = (
        said("jobs.refreshed_days", first=str(report.first), last=str(report.last))
        if report.first
        else said("jobs.nothing_new")
    )
    return {"said": [sentence], "steps": [*report.to_json()["steps"], *rows]}


@task("tidy", title="jobs.tidy", permission=Permission.JOBS_EDIT)
def tidy_now(work: Work) -> dict[str, Any]:
    """Merge small files of the lake and remove what nothing needs."""
    return run_steps(work, [JobStep("jobs.tidy", tidy_up)])


def run_steps(work: Work, steps: Sequence[JobStep]) -> dict[str, Any]:
    """Do the steps in their order; the first that fails ends the run."""
    whole = sum(step.weight for step in steps)
    done, rows = 0.0, []
    for step in steps:
        tell = work.part(done / whole, (done + step.weight) / whole)
        tell(step.name, 0)
        rows += step.function(work, tell)
        done += step.weight
    return {"steps": rows}


def _refreshed(work: Work, tell: Tell, *, full: bool = False) -> RefreshReport:
    report = refresh(work.home, at=work.clock(), full=full, progress=tell)
    told = {name: report.to_json()[name] for name in ("mode", "from", "to", "seconds")}
    outbox.put(Event.REFRESH_FINISHED, told, at=work.clock())
    return report
