"""Reading published parts: sums by organisation, period and segment, always of one refresh."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from powercx.analytics.engine.delta import LakeFile
from powercx.analytics.engine.workspace import Workspace
from powercx.analytics.results.contracts import SCHEMAS, result_store
from powercx.analytics.results.state import State
from powercx.base.periods import Period

Key = tuple[str, str, str | None]


@dataclass(frozen=True, slots=True)
class Sums:
    """Added parts of one organisation, period and segment."""

    n: int
    numerator: float
    denominator: float
    squares: float
    left_out: int


class Reader:
    """Opens the published tables as one refresh left them."""

    def __init__(self, lake: Path, state: State, work: Workspace) -> None:
        self._lake = lake
        self._state = state
        self._work = work
        self._files: dict[str, list[LakeFile]] = {}

    def orgs(self) -> list[dict[str, Any]]:
        """The organisation units as they are now."""
        table = self._from("org_version", self._paths("org_version"))
        columns = "org_id, parent_id, name, level, area_class"
        sql = f"select {columns} from {table} where current order by org_id"
        return self._work.records(sql)

    def sums(
        self,
        measure: str,
        fact: str,
        *,
        members: Mapping[str, Sequence[str]],
        periods: Sequence[Period],
        segment: str | None = None,
        until: tuple[str, int] | None = None,
        without: Iterable[date] = (),
    ) -> dict[Key, Sums]:
        """Parts added over each organisation's ``members`` and each period's days.

        ``segment`` is a column of the parts; ``until`` = (column, days) counts the numerator only
        where that date is at most so many days after the period's end; ``without`` are days to
        leave out. Absent keys have no rows.
        """
        self._scope(members, periods, without)
        table = self._from("measure_part", self._paths("measure_part", fact, periods))
        numerator = "p.numerator"
        if until is not None:
            column, days = until
            limit = f"s.final + interval {int(days) - 1} day"
            numerator = f"case when try_cast(p.{column} as date) <= {limit} then p.numerator end"
        rows = self._work.rows(
            f"select m.org, s.label, {_segment(segment)} as part, sum(p.n), "
            f"coalesce(sum({numerator}), 0), sum(p.denominator), sum(p.sum_wx2), sum(p.left_out) "
            f"from {table} as p join members as m on p.org_id = m.member "
            "join spans as s on p.day >= s.first and p.day < s.final "
            "where p.measure = ? and p.day not in (select day from without_days) "
            "group by all",
            [measure],
        )
        return {
            (r[0], r[1], r[2]): Sums(int(r[3]), _f(r[4]), _f(r[5]), _f(r[6]), int(r[7]))
            for r in rows
        }

    def daily(self, measure: str, fact: str, orgs: Sequence[str]) -> dict[date, float]:
        """The numerator of a measure by day over ``orgs``."""
        table = self._from("measure_part", self._paths("measure_part", fact))
        self._names("member_names", orgs)
        rows = self._work.rows(
            f"select day, sum(numerator) from {table} where measure = ? "
            "and org_id in (select name from member_names) group by day",
            [measure],
        )
        return {r[0]: _f(r[1]) for r in rows}

    def histogram(
        self,
        measure: str,
        fact: str,
        *,
        members: Mapping[str, Sequence[str]],
        periods: Sequence[Period],
        segment: str | None = None,
    ) -> dict[Key, dict[int, int]]:
        """Counts per bucket for a percentile."""
        self._scope(members, periods)
        table = self._from("measure_part", self._paths("measure_part", fact, periods))
        rows = self._work.rows(
            f"select m.org, s.label, {_segment(segment)} as part, p.bucket, sum(p.n) "
            f"from {table} as p join members as m on p.org_id = m.member "
            "join spans as s on p.day >= s.first and p.day < s.final "
            "where p.measure = ? and p.n > 0 group by all",
            [measure],
        )
        found: dict[Key, dict[int, int]] = {}
        for org, label, part, bucket, count in rows:
            found.setdefault((org, label, part), {})[int(bucket)] = int(count)
        return found

    def different(
        self,
        measure: str,
        fact: str,
        *,
        members: Mapping[str, Sequence[str]],
        periods: Sequence[Period],
        segment: str | None = None,
    ) -> dict[Key, tuple[int, int]]:
        """(customers with a hit, customers) in each organisation and period, each counted once."""
        self._scope(members, periods)
        table = self._from("customer_day", self._paths("customer_day", fact, periods))
        rows = self._work.rows(
            f"select m.org, s.label, {_segment(segment)} as part, "
            "count(distinct p.customer_id) filter (where p.hit), count(distinct p.customer_id) "
            f"from {table} as p join members as m on p.org_id = m.member "
            "join spans as s on p.day >= s.first and p.day < s.final "
            "where p.measure = ? group by all",
            [measure],
        )
        return {(r[0], r[1], r[2]): (int(r[3]), int(r[4])) for r in rows}

    def population(
        self,
        name: str,
        at: str,
        *,
        members: Mapping[str, Sequence[str]],
        periods: Sequence[Period],
        by_class: bool = False,
    ) -> dict[Key, float]:
        """A stock on the last day (``end``), before the first (``before``), or the mean over days.

        :returns: counts; ``served`` is customer-days by days of the period.
        """
        self._scope(members, periods)
        paths = [f.path for f in self._all("population_change") if f.partition == name]
        table = self._from("population_change", paths)
        count = {
            "served": "sum(p.change * greatest(0, date_diff('day', greatest(p.day, s.first), "
            "s.final))) / any_value(date_diff('day', s.first, s.final))",
            "end": "sum(p.change) filter (where p.day < s.final)",
            "before": "sum(p.change) filter (where p.day < s.first)",
        }[at]
        part = 'p."class"' if by_class else "cast(null as varchar)"
        rows = self._work.rows(
            f"select m.org, s.label, {part} as part, coalesce({count}, 0) from {table} as p "
            "join members as m on p.org_id = m.member cross join spans as s group by all"
        )
        return {(r[0], r[1], r[2]): _f(r[3]) for r in rows}

    def daily_population(self, name: str, orgs: Sequence[str]) -> list[tuple[date, int]]:
        """Changes of a stock over ``orgs`` in order of days."""
        paths = [f.path for f in self._all("population_change") if f.partition == name]
        table = self._from("population_change", paths)
        self._names("member_names", orgs)
        rows = self._work.rows(
            f"select day, sum(change) from {table} "
            "where org_id in (select name from member_names) group by day order by day"
        )
        return [(r[0], int(r[1])) for r in rows]

    # ----------------------------------------------------------------------------------------

    def _all(self, name: str) -> list[LakeFile]:
        if name not in self._files:
            store = result_store(self._lake, name)
            version = self._state.results.get(name)
            self._files[name] = store.files(version=version)
        return self._files[name]

    def _paths(
        self, name: str, fact: str | None = None, periods: Sequence[Period] | None = None
    ) -> list[str]:
        found = self._all(name)
        if fact is not None:
            found = [f for f in found if str(f.partition).rsplit(".", 1)[0] == fact]
        if periods is not None:
            found = [f for f in found if _meets(f, periods)]
        return [f.path for f in found]

    def _from(self, name: str, paths: Sequence[str]) -> str:
        if paths:
            return f"read_parquet({list(paths)!r}, hive_partitioning=false)"
        self._work.register(f"{name}_empty", SCHEMAS[name].empty_table())
        return f"{name}_empty"

    def _scope(
        self,
        members: Mapping[str, Sequence[str]],
        periods: Sequence[Period],
        without: Iterable[date] = (),
    ) -> None:
        pairs = [(org, member) for org, below in members.items() for member in below]
        self._work.register(
            "members",
            pa.table({"org": _text(p[0] for p in pairs), "member": _text(p[1] for p in pairs)}),
        )
        self._work.register(
            "spans",
            pa.table(
                {
                    "label": _text(p.label for p in periods),
                    "first": pa.array([p.start for p in periods], pa.date32()),
                    "final": pa.array([p.end for p in periods], pa.date32()),
                }
            ),
        )
        days = pa.table({"day": pa.array(list(without), pa.date32())})
        self._work.register("without_days", days)

    def _names(self, name: str, values: Sequence[str]) -> None:
        self._work.register(name, pa.table({"name": _text(values)}))


def _segment(column: str | None) -> str:
    return "cast(null as varchar)" if column is None else f'p."{column}"'


def _meets(file: LakeFile, periods: Sequence[Period]) -> bool:
    low, high = file.low["day"], file.high["day"]
    return any(low < p.end and p.start <= high for p in periods)


def _text(values: Iterable[str]) -> pa.Array:
    return pa.array(list(values), pa.string())


def _f(value: object) -> float:
    return float(value)  # type: ignore[arg-type]
