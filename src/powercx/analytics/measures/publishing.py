"""Counted parts into the files of their tables, in place of what stood there of the same days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from powercx.analytics.engine.delta import DataFile, LakeFile
from powercx.analytics.engine.workspace import Workspace, literal
from powercx.analytics.measures import plan as planning
from powercx.analytics.measures.gather import Lake
from powercx.analytics.results.contracts import SCHEMAS, SLICE, result_store
from powercx.base.days import Days

_TABLES = ("measure_part", "customer_day")


class Parts:
    """Files of parts, written fact by fact and made visible table by table.

    ``days`` are those of each fact that are counted anew, None for all; of a fact that it does not
    name everything goes.
    """

    def __init__(self, lake: Lake) -> None:
        self._lake = lake
        self._written: dict[str, list[DataFile]] = {name: [] for name in _TABLES}
        self.days: dict[str, Days | None] = {}

    def write(self, work: Workspace, fact: str, ready: Sequence[planning.Pass]) -> None:
        """Write the tables ``counted_0`` and on, one a pass, and drop them.

        The other days of files that hold a day counted anew are written again beside it.
        """
        queries: dict[str, list[str]] = {name: [] for name in _TABLES}
        for number, one in enumerate(ready):
            if one.form == "distinct":
                queries["customer_day"].append(planning.customer_days(one, f"counted_{number}"))
            else:
                queries["measure_part"].append(planning.parts(one, f"counted_{number}"))
        days = self.days[fact]
        for name, parts in queries.items():
            kept = [_other_days(name, f, days) for f in self._outdated(name, fact) if days]
            if parts or kept:
                store = result_store(self._lake.folder, name)
                query = " union all ".join([*parts, *kept])
                self._written[name] += store.write_slices(work, query)
        for number in range(len(ready)):
            work.run(f'drop table "counted_{number}"')

    def commit(self, name: str, about: Mapping[str, str], at_ms: int) -> None:
        """Put the new files of a table in place of the outdated ones, in one step."""
        facts = {_fact_of(file) for file in self._lake.files(name)}
        gone = [file for fact in sorted(facts) for file in self._outdated(name, fact)]
        result_store(self._lake.folder, name).commit(
            schema=SCHEMAS[name],
            added=self._written[name],
            removed=gone,
            about=about,
            at_ms=at_ms,
        )

    def rows(self, name: str) -> int:
        """How many rows were written to a table."""
        return sum(file.rows for file in self._written[name])

    def _outdated(self, name: str, fact: str) -> list[LakeFile]:
        """The published files of a fact that hold a day counted anew."""
        days = self.days.get(fact)
        files = [f for f in self._lake.files(name) if _fact_of(f) == fact]
        if days is None:
            return files
        return [f for f in files if days.meets(f.low["day"], f.high["day"])]


def _fact_of(file: LakeFile) -> str:
    return str(file.partition).rsplit(".", 1)[0]


def _other_days(name: str, file: LakeFile, days: Days) -> str:
    """The rows of a published file of days that are not counted anew."""
    spans = " or ".join(f"day between date '{a}' and date '{b}'" for a, b in days.spans)
    columns = ", ".join(f'"{c}"' for c in SCHEMAS[name].names if c != SLICE)
    return (
        f"select {columns}, {literal(file.partition)} as {SLICE} from "
        f"read_parquet({literal(file.path)}, hive_partitioning=false) where not ({spans})"
    )
