"""Source rows for derived facts: only the files and days that the days at hand need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import ibis
import ibis.expr.types as ir

from powercx.analytics.definitions.catalogue import Catalogue
from powercx.analytics.definitions.rulesets import limits_in_force
from powercx.analytics.engine.compute import Compute
from powercx.analytics.engine.delta import DeltaStore, LakeFile
from powercx.analytics.facts.calendar import working_calendar
from powercx.analytics.facts.inputs import Inputs
from powercx.analytics.facts.registry import DerivedFact
from powercx.analytics.lake import places
from powercx.analytics.lake.catalogue import TABLES
from powercx.analytics.lake.schema import Type
from powercx.analytics.results.contracts import SCHEMAS, result_store
from powercx.base.days import Days
from powercx.base.home import Config
from powercx.base.periods import month_of

VERSIONS = {"customers": "customer_version", "usage_points": "usage_point_version"}
_MOST_SPANS = 12


@dataclass
class Lake:
    """The lake as one refresh or question sees it: fixed files, opened when asked for.

    ``versions`` are the Delta versions to see; a table it does not name is seen as it is now.
    """

    folder: Path
    versions: Mapping[str, int] | None = None
    _files: dict[str, list[LakeFile]] = field(default_factory=dict)

    def files(self, table: str) -> list[LakeFile]:
        """The files of a lake table or of a published one."""
        if table not in self._files:
            stored = (
                places.store(self.folder, TABLES[table])
                if table in TABLES
                else result_store(self.folder, table)
            )
            version = self.versions.get(table) if self.versions else None
            self._files[table] = stored.files(version=version)
        return self._files[table]

    def orphans(self) -> list[LakeFile]:
        """The files of the list of ids that rows named before their reference row came."""
        return DeltaStore(self.folder / "history" / "orphan").files()

    def forget(self, table: str) -> None:
        """Look again at a table that has changed."""
        self._files.pop(table, None)

    def known(self, table: str) -> tuple[date, date] | None:
        """First and last local day of a table; None when it holds nothing.

        The last day is that of the table's activity columns; a monthly fact is known until the end
        of its month.
        """
        files = self.files(table)
        if not files or table not in TABLES or TABLES[table].date_column is None:
            return None
        facts = TABLES[table]
        lows = [f.low.get(str(facts.date_column)) for f in files]
        names = [facts.column(name).local_date or name for name in facts.activity]
        highs = [f.high.get(name) for f in files for name in names]
        first, last = min(filter(None, lows), default=None), max(filter(None, highs), default=None)
        if first is None or last is None:
            return None
        monthly = facts.column(str(facts.day)).type is Type.MONTH
        return first, month_of(last).last if monthly else last


@dataclass
class Gatherer:
    """Makes the ``Inputs`` of derived facts on one engine."""

    lake: Lake
    compute: Compute
    config: Config
    catalogue: Catalogue

    def __post_init__(self) -> None:
        self._opened: dict[str, ir.Table] = {}
        self.calendar = self.compute.memory(working_calendar())
        in_force = limits_in_force(self.catalogue.rulesets, self.config.ruleset)
        self.limits = {item: found.limit.values for item, found in in_force.items()}

    def whole(self, table: str) -> ir.Table:
        """All rows of a table."""
        if table not in self._opened:
            schema = SCHEMAS[table] if table in SCHEMAS else places.schema(TABLES[table])
            paths = [file.path for file in self.lake.files(table)]
            self._opened[table] = self.compute.scan(paths, schema)
        return self._opened[table]

    def forget(self, table: str) -> None:
        """Open a table anew that has been published meanwhile."""
        self.lake.forget(table)
        self._opened.pop(table, None)

    def inputs(self, fact: DerivedFact | None = None, days: Days | None = None) -> Inputs:
        """Inputs for ``fact`` on ``days``; on all days without."""

        def source(table: str) -> ir.Table:
            if fact is None or days is None:
                return self.whole(table)
            return self._some(table, fact, days)

        channels = self.catalogue.channels.values()
        return Inputs(
            source=source,
            customers=self.whole("customer_version"),
            usage_points=self.whole("usage_point_version"),
            orgs=self.whole("org_version"),
            calendar=self.calendar,
            known_until=self.known_until(),
            zone=self.config.time_zone,
            limits=self.limits,
            online=tuple(c.key for c in channels if c.online),
            assisted=tuple(c.key for c in channels if c.assisted),
        )

    def known_until(self) -> Mapping[str, date]:
        """The last local day of every fact that holds anything."""
        spans = {name: self.lake.known(name) for name in TABLES}
        return {name: span[1] for name, span in spans.items() if span}

    def _some(self, table: str, fact: DerivedFact, days: Days) -> ir.Table:
        wanted = {
            column.split(".", 1)[1]: days.widen(back=ahead, ahead=back)
            for column, (back, ahead) in fact.reach.items()
            if column.split(".", 1)[0] == table
        }
        if fact.closure is not None:
            end = max(self.known_until().values())
            wanted = {n: Days.of([(d.spans[0][0], end)]) for n, d in wanted.items()}
        paths = [f.path for f in self.lake.files(table) if _may_hold(f, wanted)]
        schema = SCHEMAS[table] if table in SCHEMAS else places.schema(TABLES[table])
        rows = self.compute.scan(paths, schema)
        tests = [_within(rows[name], span) for name, span in wanted.items()]
        return rows.filter(ibis.or_(*tests))


def _may_hold(file: LakeFile, wanted: Mapping[str, Days]) -> bool:
    for name, days in wanted.items():
        low, high = file.low.get(name), file.high.get(name)
        if low is not None and high is not None and days.meets(low, high):
            return True
    return False


def _within(column: ir.DateValue, days: Days) -> ir.BooleanValue:
    spans = days.spans
    if len(spans) > _MOST_SPANS:
        spans = ((spans[0][0], spans[-1][1]),)
    return ibis.or_(*[column.between(first, last) for first, last in spans])


def new_days(before: date | None, now: date | None, lag: int) -> Days:
    """The days that were open when the data ended at ``before`` and end at ``now``."""
    if now is None or before == now:
        return Days()
    start = now - timedelta(days=36_500) if before is None else before
    return Days.of([(start - timedelta(days=lag), now)])
