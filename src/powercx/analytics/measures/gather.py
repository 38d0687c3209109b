"""Source rows for derived facts: only the files and days that the days at hand need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa

from powercx.analytics.definitions.catalogue import Catalogue
from powercx.analytics.definitions.rulesets import limits_in_force
from powercx.analytics.engine.compute import Compute
from powercx.analytics.engine.delta import DeltaStore, LakeFile, Snapshot
from powercx.analytics.engine.workspace import Workspace
from powercx.analytics.facts.calendar import working_calendar
from powercx.analytics.facts.inputs import Asked, at_hand_name, gap_name
from powercx.analytics.facts.registry import DerivedFact
from powercx.analytics.lake import places
from powercx.analytics.lake.catalogue import TABLES
from powercx.analytics.lake.schema import Type
from powercx.analytics.measures import compiled
from powercx.analytics.results.contracts import result_store
from powercx.base.days import Days
from powercx.base.home import Config
from powercx.base.periods import month_of

_VERSIONS = ("customer_version", "usage_point_version", "org_version")
_MOST_SPANS = 12


@dataclass
class Lake:
    """The lake as one refresh or question sees it: fixed files, opened when asked for.

    ``versions`` are the Delta versions to see; a table it does not name is seen as it is now.
    Nothing is known beyond ``today``: a date that lies later is planned, or wrong.
    """

    folder: Path
    versions: Mapping[str, int] | None = None
    today: date | None = None
    _seen: dict[str, Snapshot | None] = field(default_factory=dict)

    def snapshot(self, table: str) -> Snapshot | None:
        """A lake table or a published one as it is seen; None when it holds nothing yet."""
        if table not in self._seen:
            version = self.versions.get(table) if self.versions else None
            self._seen[table] = self.store(table).snapshot(version=version)
        return self._seen[table]

    def files(self, table: str) -> list[LakeFile]:
        """The files of a table."""
        found = self.snapshot(table)
        return found.files if found else []

    def store(self, table: str) -> DeltaStore:
        """The Delta table itself."""
        if table in TABLES:
            return places.store(self.folder, TABLES[table])
        return result_store(self.folder, table)

    def orphans(self) -> list[LakeFile]:
        """The files of the list of ids that rows named before their reference row came."""
        return DeltaStore(self.folder / "history" / "orphan").files()

    def forget(self, table: str) -> None:
        """Look again at a table that has changed."""
        self._seen.pop(table, None)

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
        if facts.column(str(facts.day)).type is Type.MONTH:
            last = month_of(last).last
        return first, min(last, self.today) if self.today and first <= self.today else last


@dataclass
class Gatherer:
    """Gives an engine the rows that derived facts are made from; ``named`` it has already."""

    lake: Lake
    compute: Compute
    config: Config
    catalogue: Catalogue
    cache: Path
    named: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        in_force = limits_in_force(self.catalogue.rulesets, self.config.ruleset)
        channels = self.catalogue.channels.values()
        self.rules = compiled.Rules.of(
            {item: found.limit.values for item, found in in_force.items()},
            tuple(c.key for c in channels if c.online),
            tuple(c.key for c in channels if c.assisted),
        )
        self.statements = compiled.Statements(self.cache, self.rules, self.compute.dialect)

    def name(self, table: str) -> None:
        """Let statements read all rows of a table under its own name."""
        if table not in self.named:
            files = self.lake.files(table)
            self._view(table, table, files)
            self.named.add(table)

    def forget(self, table: str) -> None:
        """Open a table anew that has been published meanwhile."""
        self.lake.forget(table)
        self.named.discard(table)

    def prepare(self) -> None:
        """Make the tables by which rows are placed; sessions beside this one see them too."""
        if compiled.PLACING[0] not in self.named:
            for name in _VERSIONS:
                self.name(name)
            for name in compiled.PLACING:
                self.compute.define(name, self.statements.placing(name).sql, keep=True)
            self.named.update(compiled.PLACING)

    def beside(self, work: Workspace) -> Gatherer | None:
        """The same for a second session, which need not prepare; None when it is of no use."""
        second = self.compute.beside(work)
        if second is None:
            return None
        return replace(self, compute=second, named=self.named & set(compiled.PLACING))

    def rows(
        self,
        fact: DerivedFact,
        days: Days | None,
        asked: Asked = None,
        *,
        numbered: bool = False,
    ) -> compiled.Compiled:
        """The query of ``fact``; its sources are named, cut to what ``days`` need (None: all).

        Of rows shared with other facts only the columns ``asked`` for are there (None: all), of
        places only their numbers when ``numbered``.
        """
        self._sources(fact, days, asked, numbered=numbered)
        return self.statements.fact(fact, asked, self._hints(fact, days), numbered=numbered)

    def release(self, facts: Sequence[DerivedFact]) -> None:
        """Free the rows that facts shared."""
        for name in {fact.shares for fact in facts if fact.shares} & self.named:
            self.compute.forget(name)
            self.named.discard(name)

    def spans(self, fact: DerivedFact, days: Days, met: Days) -> compiled.Compiled:
        """The query of first and last days of ``fact``, over the rows that ``days`` need.

        Only for those of which a source row lies on a day of ``met``.
        """
        self._sources(fact, days, None, met=met)
        return self.statements.spans(fact)

    def _sources(
        self,
        fact: DerivedFact,
        days: Days | None,
        asked: Asked,
        *,
        met: Days | None = None,
        numbered: bool = False,
    ) -> None:
        self._surroundings()
        for table in fact.sources:
            if days is None:
                self.name(table)
            else:
                self._name_some(table, fact, days, met or days)
        for hint in fact.hints:
            self._name_gap(hint, fact, days)
        if fact.shares:
            self._share(fact.shares, asked, whole=days is None, numbered=numbered)

    def _share(self, name: str, asked: Asked, *, whole: bool, numbered: bool) -> None:
        """Name the rows that facts share; all of them are worked out once, for all facts."""
        if whole and name in self.named:
            return
        found = self.statements.shared(name, asked, part=not whole, numbered=numbered)
        self.compute.define(name, found.sql, keep=whole)
        if whole:
            self.named.add(name)
        else:
            self.named.discard(name)

    def _surroundings(self) -> None:
        for table in _VERSIONS:
            self.name(table)
        self.prepare()
        if compiled.CALENDAR not in self.named:
            self.compute.memory(compiled.CALENDAR, working_calendar())
            self.compute.memory(compiled.KNOWN_NAME, self._known_days())
            self.named.add(compiled.CALENDAR)

    def _known_days(self) -> pa.Table:
        zone = ZoneInfo(self.config.time_zone)
        spans = {name: self.lake.known(name) for name in TABLES}
        rows = []
        for name, span in spans.items():
            if span is not None:
                end = datetime.combine(span[1] + timedelta(days=1), time(), zone)
                rows.append({"name": name, "until": span[1], "ends_at": end.astimezone(UTC)})
        return pa.Table.from_pylist(rows, schema=compiled.KNOWN)

    def _files(self, table: str, fact: DerivedFact, days: Days | None) -> list[LakeFile]:
        """The files of a source of ``fact`` that ``days`` need."""
        files = self.lake.files(table)
        if days is None:
            return files
        wanted = _wanted(table, fact, days)
        return [f for f in files if _may_hold(f, wanted)]

    def _hints(self, fact: DerivedFact, days: Days | None) -> list[str]:
        """What the files say of the columns that ``fact`` wants to know of."""
        found = []
        for hint in fact.hints:
            table, column = hint.split(".")
            files = self._files(table, fact, days)
            if all(f.nulls.get(column) == f.rows for f in files):
                found.append(f"{hint} empty")
            if all(f.nulls.get(column) == 0 for f in files):
                found.append(f"{hint} full")
        return found

    def _name_some(self, table: str, fact: DerivedFact, days: Days, met: Days) -> None:
        files, wanted = self._files(table, fact, days), _wanted(table, fact, days)
        self._view(table, table, files, _where(wanted))
        self.named.discard(table)
        if fact.shares:
            self._view(at_hand_name(table), table, files, _where(dict.fromkeys(wanted, met)))

    def _name_gap(self, hint: str, fact: DerivedFact, days: Days | None) -> None:
        """Name the rows of a source that have no value in a column."""
        table, column = hint.split(".")
        files = [f for f in self._files(table, fact, days) if f.nulls.get(column, 1)]
        wanted = {} if days is None else _wanted(table, fact, days)
        where = " and ".join(filter(None, [f'"{column}" is null', _where(wanted)]))
        self._view(gap_name(table, column), table, files, where)

    def _view(
        self, name: str, table: str, files: Sequence[LakeFile], where: str | None = None
    ) -> None:
        schema = compiled.stored_schema(table)
        texts = [f.name for f in schema if pa.types.is_string(f.type)]
        empty = [c for c in texts if all(f.nulls.get(c) == f.rows for f in files)]
        # The engine guesses the size of a table, and so the side of a join that it holds in memory,
        # from the first of its files: with the largest it does not take years for days.
        paths = [file.path for file in sorted(files, key=lambda file: -file.rows)]
        self.compute.view(name, paths, schema, where=where, empty=empty)


def _wanted(table: str, fact: DerivedFact, days: Days) -> dict[str, Days]:
    """The days, per date column of ``table``, of the rows that ``days`` of ``fact`` need."""
    wanted = {
        column.split(".", 1)[1]: days.widen(back=ahead, ahead=back)
        for column, (back, ahead) in fact.reach.items()
        if column.split(".", 1)[0] == table
    }
    if fact.spans is not None:
        wanted = {n: Days.of([(d.spans[0][0], date.max)]) for n, d in wanted.items()}
    return wanted


def _where(wanted: Mapping[str, Days]) -> str | None:
    tests = [within(name, span) for name, span in wanted.items()]
    return f"({' or '.join(tests)})" if tests else None


def _may_hold(file: LakeFile, wanted: Mapping[str, Days]) -> bool:
    for name, days in wanted.items():
        low, high = file.low.get(name), file.high.get(name)
        if low is not None and high is not None and days.meets(low, high):
            return True
    return False


def within(column: str, days: Days) -> str:
    """A condition that holds for all ``days``, and for more when they are many spans."""
    spans = days.spans
    if len(spans) > _MOST_SPANS:
        spans = ((spans[0][0], spans[-1][1]),)
    tests = [f"\"{column}\" between date '{first}' and date '{last}'" for first, last in spans]
    return f"({' or '.join(tests)})"


def new_days(before: date | None, now: date | None, lag: int | None) -> Days:
    """The days that change as the end of the data moves from ``before`` to ``now``."""
    if now is None or before is None or before == now or lag is None:
        return Days()
    return Days.of([(min(before, now) - timedelta(days=lag), max(before, now))])
