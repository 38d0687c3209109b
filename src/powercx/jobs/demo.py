"""The demo as ordered steps: a simulated city, loaded and computed in a home of its own."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from powercx.analytics.measures.service import RefreshReport, refresh
from powercx.analytics.simulate.service import SimulationReport, simulate
from powercx.analytics.sources.report import FileReport
from powercx.analytics.sources.service import LoadOptions, load
from powercx.apps.core.bootstrap import start
from powercx.base.errors import UserError
from powercx.base.home import VARIABLE, Home

if TYPE_CHECKING:
    from powercx.jobs.staff import Account

MARK = ".powercx-demo"
PASSWORD = "yuehai-deng-2025"  # noqa: S105 - shown to everyone who makes a demo
Tell = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class DemoCity:
    """How large the simulated city is."""

    customers: int
    months: int
    seed: int


@dataclass
class DemoReport:
    """What the demo made and how long each step took, in seconds."""

    home: Home
    exports: Path
    truth: Path
    simulation: SimulationReport
    loads: list[FileReport]
    refresh: RefreshReport
    accounts: list[Account]
    seconds: dict[str, float] = field(default_factory=dict)


def run_demo(
    folder: Path, city: DemoCity, *, environ: Mapping[str, str], at: datetime, tell: Tell
) -> DemoReport:
    """Simulate, load and refresh under ``folder``; an earlier demo there is made anew.

    :raises UserError: ``demo.not_ours`` when ``folder`` holds anything but an earlier demo.
    """
    _clear(folder)
    seconds: dict[str, float] = {}
    began = time.perf_counter()

    def lap(step: str) -> None:
        seconds[step] = time.perf_counter() - began - sum(seconds.values())

    made = simulate(
        target=folder / "city",
        customers=city.customers,
        months=city.months,
        seed=city.seed,
        progress=tell,
    )
    lap("simulate")
    home = Home(folder / "home")
    home.create()
    vault = start(home, {**environ, VARIABLE: str(home.path)})
    exports = folder / "city" / "exports"
    loads = load(
        home,
        vault,
        [str(exports)],
        options=LoadOptions(),
        at=at,
        progress=lambda line: tell(line.split(":", 1)[0], 0.5),
    )
    lap("load")
    refreshed = refresh(home, at=at, progress=tell)
    lap("refresh")
    from powercx.jobs.figures import remember_figures  # noqa: PLC0415 - needs ``start`` before it

    remember_figures(home, tell=tell)
    lap("remember")
    accounts = _staff(home, at)
    lap("people")
    truth = folder / "city" / "truth"
    return DemoReport(home, exports, truth, made, loads, refreshed, accounts, seconds)


def _staff(home: Home, at: datetime) -> list[Account]:
    # Models can be imported only once the home is open.
    from powercx.jobs.staff import make_staff  # noqa: PLC0415

    return make_staff(home, password=PASSWORD, at=at)


def _clear(folder: Path) -> None:
    if folder.exists() and any(folder.iterdir()):
        if not (folder / MARK).exists():
            raise UserError("demo.not_ours", folder=folder)
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARK).touch()
