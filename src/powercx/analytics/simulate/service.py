"""The door: simulate a city of known truth into source-like export files."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np

from powercx.analytics.simulate import reference
from powercx.analytics.simulate.block import run_block
from powercx.analytics.simulate.plan import City, make_calendar, make_city
from powercx.analytics.simulate.strengths import strengths
from powercx.analytics.simulate.truth import Truth
from powercx.analytics.simulate.writing import Exports
from powercx.base.errors import UserError

CUSTOMERS = (200, 5_000_000)
MONTHS = (1, 60)
Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class SimulationReport:
    """What was written: rows by file name (head lines not counted), and how long it took."""

    target: Path
    files: tuple[Path, ...]
    rows: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0


def simulate(  # size, time and seed of a city
    *,
    target: Path,
    customers: int,
    months: int,
    seed: int,
    start: date = date(2025, 1, 1),
    progress: Progress | None = None,
) -> SimulationReport:
    """Write ``exports/``, ``exports-vendor/`` and ``truth/`` under ``target``.

    ``start`` is the first day of a month. The same arguments give the same files. Customers are
    made in blocks, each with a generator of its own, so memory does not grow with their number;
    another size of block (`city.block`) would give another, equally valid city.
    ``progress`` is told the stage and the share done.

    :raises UserError: a number is out of range, ``start`` is no first of a month, or ``target`` is
        neither absent nor an empty folder, or cannot be written.
    """
    _check(target=target, customers=customers, months=months, seed=seed, start=start)
    began = time.monotonic()
    tell = progress or (lambda _stage, _share: None)
    plan, own, *blocks = np.random.SeedSequence(seed).spawn(2 + _blocks(customers))
    city = make_city(
        calendar=make_calendar(start, months),
        strengths=strengths(),
        rng=np.random.default_rng(plan),
    )
    small = np.random.default_rng(own)
    with (
        _writing(target),
        Exports(target / "exports", np.datetime64(start), city.strengths, small) as exports,
        Truth(target / "truth", city) as truth,
    ):
        _write_city(city, exports, small)
        _run_blocks(city, exports, truth, customers, blocks, tell)
    tell("simulate", 1.0)
    files = tuple(sorted(path for path in target.rglob("*") if path.is_file()))
    return SimulationReport(target, files, dict(exports.rows), time.monotonic() - began)


@contextmanager
def _writing(target: Path) -> Iterator[None]:
    """A folder that cannot be written, or a full disk, is told and not thrown."""
    try:
        yield
    except OSError as error:
        raise UserError("simulate.write", path=target, reason=error.strerror or error) from error


def _blocks(customers: int) -> int:
    return -(-customers // strengths().count("city.block"))


def _run_blocks(
    city: City,
    exports: Exports,
    truth: Truth,
    customers: int,
    seeds: list[np.random.SeedSequence],
    tell: Progress,
) -> None:
    """Run the blocks one after another; they differ by one customer at most."""
    edges = np.linspace(0, customers, len(seeds) + 1).astype(int).tolist()
    for block, seed in enumerate(seeds):
        tell("simulate", block / len(seeds))
        first, last = edges[block : block + 2]
        run_block(city, exports, truth, block=block, first=first, count=last - first, seed=seed)


def _check(*, target: Path, customers: int, months: int, seed: int, start: date) -> None:
    for name, value, (low, high) in (
        ("customers", customers, CUSTOMERS),
        ("months", months, MONTHS),
    ):
        if not low <= value <= high:
            raise UserError(f"simulate.{name}", value=value, low=low, high=high)
    if seed < 0:
        raise UserError("simulate.seed", value=seed)
    if start.day != 1:
        raise UserError("simulate.start", value=start.isoformat())
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise UserError("simulate.target", path=target)


def _write_city(city: City, exports: Exports, rng: np.random.Generator) -> None:
    exports.add("org_unit", reference.org_columns(city), clean=True)
    exports.add("provider", reference.provider_columns(), clean=True)
    exports.add("voltage_month", reference.voltage_columns(city, rng), clean=True)
    exports.add("external_rating", reference.rating_columns(city, rng), clean=True)
    exports.add("benchmark", reference.benchmark_columns(city, rng), clean=True)
