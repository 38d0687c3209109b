"""What one process of a benchmark does: ``python -m benchmarks.worker TASK JSON``.

Prints one line of JSON with ``seconds``: the work itself, imports left out.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from os import environ
from pathlib import Path
from typing import Any
from unittest.mock import patch

from benchmarks import city, loads, peers
from powercx.base.home import Home

Said = dict[str, Any]


def _now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)


def build(folder: str, customers: int, days: int) -> Said:
    """Make a city."""
    city.build(Path(folder), city.Size(customers, days))
    return {}


def new_day(home: str, customers: int, days: int) -> Said:
    """Add the day after the last one."""
    city.add_new_day(Home(Path(home)), city.Size(customers, days))
    return {}


def export(target: str, customers: int) -> Said:
    """Make a file to load."""
    loads.export(target, customers)
    return {}


def refresh(home: str, *, full: bool) -> Said:
    """Our refresh; the steps that took longest are told."""
    from powercx.analytics.measures.refresh import refresh as run  # noqa: PLC0415 - not measured

    report = run(Home(Path(home)), at=_now(), full=full)
    if report.mode != ("full" if full else "incremental"):
        raise RuntimeError(report.mode)
    steps = {step.name: round(step.seconds, 3) for step in report.steps}
    rows = sum(step.rows for step in report.steps if step.name != "publish")
    return {"seconds": report.seconds, "steps": steps, "rows": rows}


def refresh_same(home: str) -> Said:
    """Our full refresh with the peers' measures alone: their versions and parts, published."""
    from powercx.analytics.definitions.catalogue import Catalogue  # noqa: PLC0415 - not measured

    every = Catalogue().measures
    with patch.object(Catalogue, "measures", {key: every[key] for key in peers.MEASURES}):
        return refresh(home, full=True)


def load(home: str, file: str) -> Said:
    """Our load of one file of readings, with all checks."""
    from powercx.analytics.sources.service import LoadOptions  # noqa: PLC0415 - not measured
    from powercx.analytics.sources.service import load as run  # noqa: PLC0415 - not measured
    from powercx.apps.core.bootstrap import start  # noqa: PLC0415 - not measured

    place = Home(Path(home))
    vault = start(place, environ)
    options = LoadOptions(fact="usage_daily", source="benchmark")
    began = time.perf_counter()
    [report] = run(place, vault, [file], options=options, at=_now())
    seconds = time.perf_counter() - began
    if report.refused is not None:
        raise report.refused
    counts = ("read", "loaded", "duplicate", "superseded", "quarantined")
    return {"seconds": seconds, **{name: getattr(report, name) for name in counts}}


def ready(home: str) -> Said:
    """What the pages need beside figures: people, targets, and figures remembered."""
    from powercx.apps.core.bootstrap import start  # noqa: PLC0415 - not measured

    place = Home(Path(home))
    start(place, environ)
    # Models can be imported only now.
    from powercx.apps.core.models import Person  # noqa: PLC0415
    from powercx.jobs.demo import PASSWORD  # noqa: PLC0415
    from powercx.jobs.figures import remember_figures  # noqa: PLC0415
    from powercx.jobs.staff import make_staff  # noqa: PLC0415

    for known in place.cache.glob("figures-*"):
        known.unlink()
    began = time.perf_counter()
    figures = remember_figures(place)
    seconds = time.perf_counter() - began
    if not Person.objects.exists():
        make_staff(place, password=PASSWORD, at=_now())
    return {
        "seconds": seconds,
        "figures": figures,
        "username": Person.objects.order_by("pk")[0].username,
        "password": PASSWORD,
    }


TASKS: dict[str, Callable[..., Said]] = {
    "build": build,
    "new_day": new_day,
    "export": export,
    "refresh": refresh,
    "refresh_same": refresh_same,
    "load": load,
    "ready": ready,
    "scan": peers.scan,
    "copy": peers.copy,
    "polars": peers.with_polars,
    "pandas": peers.with_pandas,
}


def main(task: str, given: str) -> None:
    """Run one task and print what it says."""
    began = time.perf_counter()
    said = TASKS[task](**json.loads(given))
    print(json.dumps({"seconds": time.perf_counter() - began, **said}))


if __name__ == "__main__":
    main(*sys.argv[1:])
