"""Refresh: what is new in the lake into published parts of measures, in one commit.

A day that has changed is counted anew and replaces what was published of it; all other days stay
as they are. The work for a new day is that day and the days its facts reach back to.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from powercx import __version__
from powercx.analytics.definitions.catalogue import Catalogue, MeasureFile
from powercx.analytics.definitions.measures import FactMeasure
from powercx.analytics.engine.compute import compute
from powercx.analytics.engine.locks import writer_lock
from powercx.analytics.engine.workspace import EngineError, Workspace, workspace
from powercx.analytics.facts import contacts, orders, supply, voice
from powercx.analytics.facts.inputs import ALWAYS, EVER
from powercx.analytics.facts.registry import DERIVED, DerivedFact
from powercx.analytics.measures import plan as planning
from powercx.analytics.measures.compiled import source_digest
from powercx.analytics.measures.gather import Gatherer, Lake, new_days
from powercx.analytics.measures.publishing import Parts
from powercx.analytics.measures.references import VERSIONED, Publisher
from powercx.analytics.measures.state import rules_digest, table_versions, touched
from powercx.analytics.results.contracts import SCHEMAS, result_store
from powercx.analytics.results.state import KEY, State, read_state
from powercx.base.days import Days
from powercx.base.errors import DefinitionError
from powercx.base.home import Home
from powercx.base.identifiers import suggestion

FACT_MODULES = (contacts, orders, supply, voice)
_LOOK_BACK, _FURTHEST = 64, 20_000
Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a refresh: how many rows it published and how long it took."""

    name: str
    rows: int
    seconds: float


@dataclass
class RefreshReport:
    """What a refresh did; ``first`` and ``last`` bound the days counted anew, None when none."""

    mode: str
    first: date | None = None
    last: date | None = None
    steps: list[Step] = field(default_factory=list)
    seconds: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """The JSON answer of ``powercx refresh``."""
        return {
            "mode": self.mode,
            "from": self.first and self.first.isoformat(),
            "to": self.last and self.last.isoformat(),
            "steps": [{"name": s.name, "rows": s.rows, "seconds": s.seconds} for s in self.steps],
            "seconds": self.seconds,
        }


def refresh(
    home: Home,
    *,
    at: datetime,
    full: bool = False,
    engine: str | None = None,
    progress: Progress | None = None,
) -> RefreshReport:
    """Bring the published measures up to what the lake holds.

    ``full`` counts everything anew; otherwise only what changed since the last refresh, and all of
    it when settings, rule sets or powercx itself changed. ``engine`` as in ``engine.compute``.

    :raises UserError: a definition is faulty, or the engine is not to be had.
    """
    home.check()
    began = time.perf_counter()
    with writer_lock(home.locks, "refresh"), workspace(home.staging) as work:
        runs = compute(engine, work)
        try:
            lake = Lake(home.lake, today=_today(home, at))
            catalogue = Catalogue(home.catalog)
            gatherer = Gatherer(lake, runs, home.config(), catalogue, home.cache)
            refresher = _Refresher(home, work, gatherer, int(at.timestamp() * 1000), progress)
            report = refresher.run(full=full)
        finally:
            runs.close()
    report.seconds = time.perf_counter() - began
    return report


def _today(home: Home, at: datetime) -> date:
    return at.astimezone(ZoneInfo(home.config().time_zone)).date()


class _Refresher:
    def __init__(
        self,
        home: Home,
        work: Workspace,
        gatherer: Gatherer,
        at_ms: int,
        progress: Progress | None,
    ) -> None:
        self._lake = home.lake
        self._work = work
        self._gatherer = gatherer
        self._at_ms = at_ms
        self._progress = progress
        self._before: State | None = None
        self._parts = Parts(gatherer.lake, work)
        self._report = RefreshReport("full")

    def run(self, *, full: bool) -> RefreshReport:
        now = self._state()
        before = read_state(self._lake)
        if before and not full and (before.powercx, before.rules) == (now.powercx, now.rules):
            self._before = before
            self._report.mode = "incremental"
            if (before.tables, before.measures) == (now.tables, now.measures):
                return self._report
        placed_from, customers_changed = self._references(now)
        facts = self._planned()
        for number, (name, files) in enumerate(sorted(self._measures().items())):
            if self._progress:
                self._progress(name, number / max(len(facts), 1))
            days = self._days_of(DERIVED[name], files, now, placed_from, customers_changed)
            self._parts.days[name] = days
            if days is None or days:
                self._count(DERIVED[name], facts, days)
        self._publish(now)
        if self._report.mode == "full":
            known = [date.fromisoformat(day) for span in now.span.values() for day in span]
            self._report.first, self._report.last = (
                min(known, default=None),
                max(known, default=None),
            )
        return self._report

    def _state(self) -> State:
        gatherer = self._gatherer
        versions = table_versions(gatherer.lake)
        spans = {name: gatherer.lake.known(name) for name in versions}
        config = gatherer.config
        return State(
            powercx=f"{__version__} {source_digest()}",
            rules=rules_digest(
                {
                    "zone": config.time_zone,
                    "limits": gatherer.rules.limits,
                    "channels": {k: c.model_dump() for k, c in gatherer.catalogue.channels.items()},
                }
            ),
            tables=versions,
            measures={k: f.version for k, f in gatherer.catalogue.measures.items()},
            span={n: (s[0].isoformat(), s[1].isoformat()) for n, s in spans.items() if s},
        )

    def _measures(self) -> dict[str, list[MeasureFile]]:
        """Fact measures by the derived fact they are counted on."""
        found: dict[str, list[MeasureFile]] = {}
        for file in self._gatherer.catalogue.measures.values():
            if isinstance(file.measure, FactMeasure):
                name = file.measure.fact
                if name not in DERIVED:
                    near = suggestion(name, DERIVED)
                    raise DefinitionError(
                        "measure.unknown_fact", file=file.path, fact=name, nearest=near
                    )
                found.setdefault(name, []).append(file)
        return found

    def _planned(self) -> dict[str, list[planning.Planned]]:
        """The checked measures of every fact."""
        found = {}
        for name, files in self._measures().items():
            rows = self._gatherer.statements.fact(DERIVED[name])
            found[name] = [planning.plan(file, rows.columns) for file in files]
            for file in files:
                planning.check_days(file, rows.dates)
        return found

    @contextmanager
    def _step(self, name: str) -> Iterator[list[int]]:
        began = time.perf_counter()
        rows: list[int] = []
        yield rows
        took = time.perf_counter() - began
        self._report.steps.append(Step(name, sum(rows), took))

    # References -----------------------------------------------------------------------------

    def _references(self, now: State) -> tuple[date, bool]:
        """Publish versions and stocks that changed; the day from which placements changed."""
        publisher = Publisher(self._gatherer, self._work, self._at_ms)
        changed = [v for v in VERSIONED if self._moved(now, v.table) or self._absent(v.result)]
        placed_from = EVER
        with self._step("references"):
            for one in changed:
                placed_from = min(placed_from, publisher.versions(one))
        names = {one.table for one in changed}
        with self._step("populations"):
            self._stocks(publisher, names, subscriptions=self._moved(now, "subscription"))
        return placed_from, bool({"customer", "org_unit"} & names)

    def _stocks(self, publisher: Publisher, names: set[str], *, subscriptions: bool) -> None:
        base = bool({"customer", "org_unit"} & names) or self._absent("population_change")
        if base:
            publisher.stocks("customers")
        if base or "usage_point" in names:
            publisher.stocks("usage_points")
        if base or subscriptions:
            publisher.stocks("subscribers")

    def _moved(self, now: State, table: str) -> bool:
        return self._before is None or self._before.tables.get(table) != now.tables.get(table)

    def _absent(self, result: str) -> bool:
        return not result_store(self._lake, result).exists()

    # Days -----------------------------------------------------------------------------------

    def _days_of(
        self,
        fact: DerivedFact,
        files: list[MeasureFile],
        now: State,
        placed_from: date,
        customers_changed: bool,  # noqa: FBT001
    ) -> Days | None:
        """The days of ``fact`` to count anew; None for all of them."""
        before = self._before
        if before is None or placed_from <= ALWAYS:
            return None
        old = {k for k in before.measures if k not in now.measures}
        if old or any(before.measures.get(f.measure.key) != f.version for f in files):
            return None
        if not fact.reach:
            return None if customers_changed else Days()
        days = self._touched_days(fact, now)
        if days is None:
            return None
        last = now.last(*fact.until)
        if before.last(*fact.until) is None and last is not None:
            return None
        days = days | new_days(before.last(*fact.until), last, fact.lag)
        if placed_from < EVER:
            # Some days, such as those on which contracts end, lie beyond the end of the data.
            days = days | Days.of([(placed_from, date.max)])
        if days and before.last(*fact.until) != last:
            days = days | self._open_days(fact)
        return self._with_beginnings(fact, days)

    def _touched_days(self, fact: DerivedFact, now: State) -> Days | None:
        days = Days()
        for table in fact.sources:
            if not self._moved(now, table):
                continue
            since = self._before.tables.get(table, -1) if self._before else -1
            changes = touched(self._gatherer.lake, table, since)
            if changes is None:
                return None
            for column, (back, ahead) in fact.reach.items():
                source, name = column.split(".", 1)
                if source == table and name in changes:
                    days = days | changes[name].widen(back=back, ahead=ahead)
        return days

    def _open_days(self, fact: DerivedFact) -> Days:
        if fact.open_day is None:
            return Days()
        table, day, empty = fact.open_day
        self._gatherer.name(table)
        self._gatherer.compute.answer(
            "open_days", f'select distinct "{day}" as day from "{table}" where "{empty}" is null'
        )
        return Days.of((row[0], row[0]) for row in self._work.rows("select day from open_days"))

    def _with_beginnings(self, fact: DerivedFact, days: Days) -> Days:
        """``days`` and those on which rows begin that stretch into them.

        Looks back twice as far as long as one may have begun before the rows at hand. Days of such
        facts come in spans that are wider than any gap, so that what stretches into them has a
        source row on one of them.
        """
        if fact.spans is None or not days:
            return days
        back, edge = _LOOK_BACK, max(a for a, _ in fact.reach.values())
        touches = " or ".join(
            f"(first <= date '{b}' and last >= date '{a}')" for a, b in days.spans
        )
        while True:
            start = days.spans[0][0] - timedelta(days=back)
            wider = Days.of([(start, days.spans[-1][1])])
            self._gatherer.compute.store("stretches", self._gatherer.spans(fact, wider, days).sql)
            sql = f"select distinct first from stretches where {touches}"
            begun = [row[0] for row in self._work.rows(sql)]
            if back > _FURTHEST or all(day > start + timedelta(days=edge) for day in begun):
                return days | Days.of((day, day) for day in begun)
            back *= 2

    # Counting -------------------------------------------------------------------------------

    def _count(
        self, fact: DerivedFact, facts: Mapping[str, list[planning.Planned]], days: Days | None
    ) -> None:
        with self._step(fact.name) as rows:
            ready = planning.passes(facts[fact.name])
            asked = _asked(fact, facts)
            found = self._gatherer.rows(fact, days, asked, numbered=not _named(fact, facts))
            name, columns = f"rows_of_{fact.name}", _looked_at(ready)
            runs = self._gatherer.compute
            runs.define(name, found.sql, columns=columns, keep=len(ready) > 1)
            for number, one in enumerate(ready):
                rows.append(self._answer(one, name, days, f"counted_{number}"))
            self._parts.write(fact.name, ready)
        if days:
            spans = days.spans
            self._report.first = min(filter(None, [self._report.first, spans[0][0]]))
            self._report.last = max(filter(None, [self._report.last, spans[-1][1]]))

    def _answer(self, one: planning.Pass, name: str, days: Days | None, answer: str) -> int:
        """Count a pass; what the engine refuses is a fault of one of its definitions.

        :raises DefinitionError: naming the file, found by counting its measures one by one.
        """
        try:
            self._gatherer.compute.answer(answer, planning.statement(one, name, days))
        except EngineError as error:
            if len(one.members) == 1:
                [member] = one.members
                file = self._gatherer.catalogue.measures[member.key].path
                reason = str(error).splitlines()[0]
                raise DefinitionError(
                    "measure.not_computable", file=file, key=member.key, reason=reason
                ) from error
            for member in one.members:
                self._answer(replace(one, members=(member,)), name, days, answer)
            raise
        return int(self._work.value(f'select count(*) from "{answer}"'))

    # Publishing -----------------------------------------------------------------------------

    def _publish(self, now: State) -> None:
        with self._step("publish") as rows:
            self._parts.commit("customer_day", {}, self._at_ms)
            versions = {
                name: version
                for name in SCHEMAS
                if name != "measure_part"
                and (version := result_store(self._lake, name).version()) is not None
            }
            state = State(**{**now.__dict__, "results": versions})
            self._parts.commit("measure_part", {KEY: state.to_text()}, self._at_ms)
            rows.append(self._parts.rows("measure_part"))


def _asked(fact: DerivedFact, facts: Mapping[str, list[planning.Planned]]) -> list[str] | None:
    """The columns that anyone wants of the rows that ``fact`` shares with others."""
    if fact.shares is None:
        return None
    return sorted({c for one in _sharing(fact, facts) for c in one.columns})


def _named(fact: DerivedFact, facts: Mapping[str, list[planning.Planned]]) -> bool:
    """Whether anyone looks at the names of places in the rows of ``fact``."""
    return any(one.named for one in _sharing(fact, facts))


def _sharing(
    fact: DerivedFact, facts: Mapping[str, list[planning.Planned]]
) -> list[planning.Planned]:
    """The measures of ``fact`` and of those that share rows with it."""
    if fact.shares is None:
        return facts[fact.name]
    return [one for name in facts if DERIVED[name].shares == fact.shares for one in facts[name]]


def _looked_at(ready: Sequence[planning.Pass]) -> list[str]:
    """The columns that passes look at."""
    return sorted({c for one in ready for member in one.members for c in member.columns})
