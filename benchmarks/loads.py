"""The item of loading: a month of readings into a table that holds twelve."""

from __future__ import annotations

from datetime import date
from functools import partial
from pathlib import Path

import duckdb

from benchmarks import rows
from benchmarks.city import LAST, Size
from benchmarks.plan import Bench
from benchmarks.processes import Median, Run, measure, turns
from benchmarks.report import Line, Section, memory, seconds
from powercx.base.home import Home

_LIMITS = {"parquet": 1e6, "csv": 3e5}
_FIRST, _LAST = date(2026, 1, 1), date(2026, 1, 31)
_COLUMNS = (
    "usage_point_id",
    "customer_id",
    "date",
    "kwh",
    "peak_kwh",
    "flat_kwh",
    "valley_kwh",
    "quality",
)
# What a real export brings besides the month itself: the tail of the month before, again, and rows
# that were written twice.
_TWICE_EVERY = 200


def load(bench: Bench) -> Section:
    """Item 3: load of a month beside a bare copy of the same file."""
    size = Size(bench.scale.load)
    home = bench.city(size)
    lines: list[Line] = []
    what = (
        f"{size.customers:,} customers, {size.readings:,} readings in the table. The file: all of "
        f"January, one row in {_TWICE_EVERY} twice, and {LAST} once more, which the table holds "
        "already. Rows of the file a second, all checks on."
    )
    notes = [what]
    for kind, limit in _LIMITS.items():
        # In a process of its own: a process starts with the peak memory of the one that made it.
        file = bench.folder / f"usage_daily.{kind}"
        measure("export", target=file, customers=size.customers)
        ours, bare = turns(
            bench.scale.times, partial(_load, bench, home, file), partial(_copy, bench, file)
        )
        file.unlink()
        lines.append(_line(kind, ours, bare, limit))
        counts = ", ".join(f"{name} {value:,}" for name, value in ours.said.items())
        notes.append(f"{kind}: {counts}; peak memory {memory(ours.peak)}.")
    return Section("Loading readings", tuple(lines), tuple(notes))


def _line(kind: str, ours: Median, bare: Median, limit: float) -> Line:
    read = int(ours.said["read"])
    rate = read / ours.seconds
    return Line(
        f"{read:,} rows of {kind}",
        f"{seconds(ours.seconds)}, {rate / 1e3:,.0f} k rows/s",
        f"bare copy {seconds(bare.seconds)}, {read / bare.seconds / 1e3:,.0f} k rows/s",
        f"{ours.seconds / bare.seconds:.1f}x",
        f"{limit / 1e3:,.0f} k rows/s",
        rate >= limit,
    )


def _load(bench: Bench, home: Home, file: Path) -> Run:
    with bench.twin(home) as twin:
        return measure("load", home=twin.path, file=file)


def _copy(bench: Bench, file: Path) -> Run:
    target = bench.folder / "copied.parquet"
    try:
        return measure("copy", file=file, target=target)
    finally:
        target.unlink(missing_ok=True)


def export(target: str, customers: int) -> None:
    """Write a source system's file of readings, CSV or Parquet by its name."""
    listed = ", ".join(_COLUMNS)
    month, again = rows.usage(_FIRST, _LAST), rows.usage(LAST, LAST)
    connection = duckdb.connect()
    for statement in rows.people(customers):
        connection.execute(statement)
    connection.execute("set TimeZone = 'UTC'")
    connection.execute(
        f"copy (select {listed} from ({month}) union all "
        f"(select {listed} from ({month}) where hash(usage_point_id, date) % {_TWICE_EVERY} = 0) "
        f"union all select {listed} from ({again})) to '{target}' "
        + ("(format csv, header)" if target.endswith(".csv") else "(format parquet)")
    )
    connection.close()
