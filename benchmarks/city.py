"""A city of any size straight into a lake: what the benchmarks run on.

Written by DuckDB into the same Delta tables that the loader writes, a sorted file a month, for a
year of a million customers is 365 million readings and the loader has a benchmark of its own. All
values come from hashes of row numbers, so the same size gives the same city.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa

from benchmarks import rows
from powercx.analytics.engine.delta import DataFile
from powercx.analytics.engine.workspace import Workspace, workspace
from powercx.analytics.lake import places
from powercx.analytics.lake.catalogue import TABLES
from powercx.analytics.lake.schema import LakeTable
from powercx.base.days import Days
from powercx.base.home import Home
from powercx.base.periods import Period, month_of

# The data end a day before a month does, so that the new day is the dearest one: all of its month
# stands already in the published parts that it is put into.
LAST = date(2025, 12, 30)
NEW_DAY = LAST + timedelta(days=1)
YEAR = 365
_MADE_MS = 1_767_000_000_000


@dataclass(frozen=True, slots=True)
class Size:
    """How large a city is: ``customers``, each with a usage point, and ``days`` up to ``LAST``."""

    customers: int
    days: int = YEAR

    @property
    def name(self) -> str:
        return f"city-{self.customers}-{self.days}"

    @property
    def first(self) -> date:
        return LAST - timedelta(days=self.days - 1)

    @property
    def readings(self) -> int:
        return self.customers * self.days

    @property
    def service_rows(self) -> int:
        """Contacts and orders, rounded as they are made."""
        return rows.count(self.customers, self.days, "contact") + rows.count(
            self.customers, self.days, "service_order"
        )


def build(folder: Path, size: Size) -> Home:
    """The home with that city, made when it is not there."""
    home = Home(folder / size.name)
    done = home.path / "complete"
    if not done.exists():
        shutil.rmtree(home.path, ignore_errors=True)
        home.create()
        with _maker(home, size) as work:
            for name in rows.REFERENCES:
                _whole(work, home, TABLES[name], rows.reference(name))
            _readings(work, home, size)
            for name in rows.EVENTS:
                _events(work, home, name, size)
        done.touch()
    return home


def add_new_day(home: Home, size: Size) -> None:
    """Commit the day after ``LAST``: a file of readings, events, and orders that ended on it."""
    with _maker(home, size) as work:
        table = TABLES["usage_daily"]
        added = _write(work, home, table, rows.usage(NEW_DAY, NEW_DAY), month_of(NEW_DAY))
        _commit(home, table, added, touched={"date": [(NEW_DAY, NEW_DAY)]})
        for name in rows.EVENTS:
            _new_events(work, home, name, size)


def results(home: Home) -> Path:
    """The published tables of a home."""
    return home.lake / "results"


@contextmanager
def _maker(home: Home, size: Size) -> Iterator[Workspace]:
    with workspace(home.staging) as work:
        for statement in rows.people(size.customers):
            work.run(statement)
        yield work


def _months(first: date, last: date) -> Iterator[Period]:
    at = month_of(first)
    while at.start <= last:
        yield at
        at = month_of(at.end)


def _readings(work: Workspace, home: Home, size: Size) -> None:
    table = TABLES["usage_daily"]
    added: list[DataFile] = []
    for month in _months(size.first, LAST):
        first, last = max(month.start, size.first), min(month.last, LAST)
        added += _write(work, home, table, rows.usage(first, last), month)
    _commit(home, table, added, touched={"date": [(size.first, LAST)]})


def _events(work: Workspace, home: Home, name: str, size: Size) -> None:
    table = TABLES[name]
    work.run(f"create or replace temp table drawn as {rows.draw(name, size.customers, size.days)}")
    day = f'"{table.date_column}"'
    query = f"select * from ({rows.events(name, LAST)}) where {day} <= date '{LAST}'"
    added: list[DataFile] = []
    for month in _months(size.first, LAST):
        added += _month_of_events(work, home, table, query, month)
    _commit(home, table, added, touched=_spans(work, table, query))


def _new_events(work: Workspace, home: Home, name: str, size: Size) -> None:
    """Events of the new day; orders that changed on it replace what stood of them."""
    table = TABLES[name]
    work.run(f"create or replace temp table drawn as {rows.draw(name, size.customers, size.days)}")
    before, after = rows.events(name, LAST), rows.events(name, NEW_DAY)
    day, order = f'"{table.date_column}"', _order(table)
    come = (
        f"select * from ({after}) where {day} <= date '{NEW_DAY}' "
        f"except all select * from ({before}) where {day} <= date '{LAST}'"
    )
    work.run(f"create or replace temp table come as {come}")
    changed = work.rows(f"select distinct date_trunc('month', {day})::date from come order by 1")
    store = places.store(home.lake, table)
    added: list[DataFile] = []
    gone = []
    for (start,) in changed:
        month = month_of(start)
        key = ", ".join(f'"{c}"' for c in table.key)
        files = [f for f in store.files() if f.partition == month.label]
        gone += files
        here = f"select * from come where date_trunc('month', {day}) = date '{start}'"
        if files:
            names = ", ".join(f'"{c}"' for c in work.arrow(f"{here} limit 0").column_names)
            here += (
                f" union all select {names} from read_parquet({[f.path for f in files]!r}, "
                f"hive_partitioning=false) anti join come using ({key})"
            )
        added += store.write(work, f"from ({here}) order by {order}", partition=month.label)
    touched = _spans(work, table, "select * from come")
    store.commit(
        schema=places.schema(table),
        added=added,
        removed=gone,
        about=_about(touched),
        at_ms=_MADE_MS,
    )


def _month_of_events(
    work: Workspace, home: Home, table: LakeTable, query: str, month: Period
) -> list[DataFile]:
    day, order = f'"{table.date_column}"', _order(table)
    within = (
        f"select * from ({query}) where {day} between date '{month.start}' and date '{month.last}'"
    )
    return _write(work, home, table, f"{within} order by {order}", month)


def _whole(work: Workspace, home: Home, table: LakeTable, query: str) -> None:
    order = _order(table)
    added = places.store(home.lake, table).write(work, f"from ({query}) order by {order}")
    _commit(home, table, added, touched={})


def _write(
    work: Workspace, home: Home, table: LakeTable, query: str, month: Period
) -> list[DataFile]:
    return places.store(home.lake, table).write(work, query, partition=month.label)


def _commit(
    home: Home,
    table: LakeTable,
    added: Sequence[DataFile],
    *,
    touched: Mapping[str, Sequence[tuple[date, date]]],
) -> None:
    places.store(home.lake, table).commit(
        schema=places.schema(table), added=added, about=_about(touched), at_ms=_MADE_MS
    )


def _about(touched: Mapping[str, Sequence[tuple[date, date]]]) -> dict[str, str]:
    spans = {c: Days.of(days).to_text() for c, days in touched.items()}
    return {"load_id": "benchmark", "touched": json.dumps(spans)}


def _spans(work: Workspace, table: LakeTable, query: str) -> dict[str, list[tuple[date, date]]]:
    """Every day that occurs in a date column of the rows of ``query``, as spans of one day."""
    fields = [f.name for f in places.schema(table) if f.type == pa.date32()]
    found = {}
    for name in fields:
        days = work.rows(
            f'select distinct "{name}" from ({query}) where "{name}" is not null order by 1'
        )
        found[name] = [(day, day) for (day,) in days]
    return found


def _order(table: LakeTable) -> str:
    return ", ".join(f'"{c}"' for c in table.sort or table.key)
