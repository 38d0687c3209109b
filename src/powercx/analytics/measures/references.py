"""Publishing versions and stocks, and how far back a change of them reaches."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from powercx.analytics.engine.workspace import Workspace
from powercx.analytics.facts import references as built
from powercx.analytics.facts.inputs import ALWAYS, EVER
from powercx.analytics.measures.gather import Gatherer
from powercx.analytics.results.contracts import SCHEMAS, result_store
from powercx.analytics.results.state import State


@dataclass(frozen=True, slots=True)
class Versioned:
    """A reference table, its published versions and what of them places rows of facts."""

    table: str
    result: str
    key: str
    columns: tuple[str, ...]
    placing: tuple[str, ...]


VERSIONED = (
    Versioned("org_unit", "org_version", "org_id", built.ORG_COLUMNS, ("area_class",)),
    Versioned(
        "customer",
        "customer_version",
        "customer_id",
        built.CUSTOMER_COLUMNS,
        ("org_id", "usage_category", "tariff"),
    ),
    Versioned(
        "usage_point",
        "usage_point_version",
        "usage_point_id",
        built.POINT_COLUMNS,
        ("customer_id", "org_id"),
    ),
)


@dataclass
class Publisher:
    """Writes whole published tables; ``before`` is what the last refresh to its end stood on."""

    gatherer: Gatherer
    work: Workspace
    at_ms: int
    before: State | None

    @property
    def lake(self) -> Path:
        return self.gatherer.lake.folder

    def versions(self, one: Versioned) -> date:
        """Publish the versions of a reference table; from which day on placements changed.

        The day is ``EVER`` when nothing that places rows has changed, ``ALWAYS`` when everything
        may have.
        """
        runs = self.gatherer.compute
        self.gatherer.name(one.table)
        found = self.gatherer.statements.versions(one.table, one.key, one.columns)
        runs.store("new_versions", found.sql)
        changed = self._changed_from(one)
        self._replace(one.result, "select * from new_versions order by 1")
        return changed

    def stocks(self, name: str) -> None:
        """Publish the daily changes of a group of populations."""
        runs = self.gatherer.compute
        for table in ("customer_version", "usage_point_version", "org_version", "subscription"):
            self.gatherer.name(table)
        runs.store("new_stocks", self.gatherer.statements.stocks(name).sql)
        store = result_store(self.lake, "population_change")
        old = [f for f in store.files() if f.partition in built.STOCKS[name]]
        query = 'select day, org_id, "class", change, population from new_stocks'
        added = store.write_slices(self.work, query)
        store.commit(
            schema=SCHEMAS["population_change"],
            added=added,
            removed=old,
            about={"stocks": name},
            at_ms=self.at_ms,
        )

    def _replace(self, result: str, query: str) -> None:
        store = result_store(self.lake, result)
        old = store.files()
        added = store.write(self.work, query)
        about = {"table": result}
        store.commit(
            schema=SCHEMAS[result], added=added, removed=old, about=about, at_ms=self.at_ms
        )
        self.gatherer.forget(result)

    def _changed_from(self, one: Versioned) -> date:
        """The first day on which a known id is placed otherwise, or a waited-for one arrives.

        Compared with what the last refresh to its end published: one that broke off may have
        published since. A unit that is gone places rows of any day, for it did so on all days.
        """
        version = self.before.results.get(one.result) if self.before else None
        if version is None:
            return ALWAYS
        try:
            files = [f.path for f in result_store(self.lake, one.result).files(version=version)]
        except LookupError:
            return ALWAYS
        if not files:
            return ALWAYS
        self.work.run(
            "create or replace temp view old_versions as "
            f"select * from read_parquet({files!r}, hive_partitioning=false)"
        )
        gone = f"select {one.key} from old_versions except select {one.key} from new_versions"
        if self.work.value(f"select count(*) from ({gone})"):
            return ALWAYS
        same = " and ".join(
            f'o."{c}" is not distinct from n."{c}"' for c in (one.key, *one.placing, "from_day")
        )
        day = self.work.value(
            "select min(day) from ("
            "select least(o.to_day, n.to_day) as day from old_versions as o "
            f"join new_versions as n on {same} where o.to_day <> n.to_day "
            "union all select o.from_day from old_versions as o "
            f"anti join new_versions as n on {same} "
            f"union all select n.from_day from new_versions as n "
            f"anti join old_versions as o on {same} "
            f"where n.{one.key} in (select {one.key} from old_versions))"
        )
        return min(day or EVER, self._orphans_from(one))

    def _orphans_from(self, one: Versioned) -> date:
        """The first day of rows that waited for one of the new ids.

        A reference row that waited has no day: everything that it places may change.
        """
        files = [f.path for f in self.gatherer.lake.orphans()]
        if not files:
            return EVER
        day = self.work.value(
            f"select min(coalesce(first_day, date '{ALWAYS}')) "
            f"from read_parquet({files!r}, hive_partitioning=false) as o "
            "where ref_table = ? and id in ("
            f"select {one.key} from new_versions except select {one.key} from old_versions)",
            [one.table],
        )
        return day or EVER
