"""Refresh: what is new in the lake into published parts of measures, in one commit.

A day that has changed is counted anew and replaces what was published of it; all other days stay
as they are. The work for a new day is that day and the days its facts reach back to.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from powercx import __version__
from powercx.analytics.definitions.catalogue import Catalogue, MeasureFile
from powercx.analytics.definitions.measures import FactMeasure
from powercx.analytics.engine.compute import compute
from powercx.analytics.engine.locks import writer_lock
from powercx.analytics.engine.workspace import OutOfRoom, Workspace, workspace
from powercx.analytics.facts import contacts, orders, supply, voice
from powercx.analytics.facts.inputs import EVER
from powercx.analytics.facts.registry import DERIVED, DerivedFact
from powercx.analytics.measures import plan as planning
from powercx.analytics.measures.compiled import source_digest
from powercx.analytics.measures.counting import Change, Counter, Planned
from powercx.analytics.measures.gather import Gatherer, Lake
from powercx.analytics.measures.publishing import Parts
from powercx.analytics.measures.references import VERSIONED, Publisher
from powercx.analytics.measures.sessions import Job, side_by_side
from powercx.analytics.measures.state import rules_digest, table_versions
from powercx.analytics.results.contracts import SCHEMAS, result_store
from powercx.analytics.results.state import KEY, State, read_state
from powercx.base.errors import DefinitionError, UserError
from powercx.base.home import Home
from powercx.base.identifiers import suggestion

_PLACE = {"references": -2, "populations": -1, "publish": 1}
FACT_MODULES = (contacts, orders, supply, voice)
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

    :raises UserError: a definition is faulty, the engine is not to be had, or memory or disk are
        too small; what was published stays.
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
        except OutOfRoom as error:
            reason = str(error).splitlines()[0]
            raise UserError("refresh.no_room", path=home.path, reason=reason) from error
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
        self._parts = Parts(gatherer.lake)
        self._steps: list[Step] = []

    def run(self, *, full: bool) -> RefreshReport:
        now = self._state()
        change = Change(self._usable(now, full=full), now)
        report = RefreshReport("full" if change.before is None else "incremental")
        if change.before and _same(change.before, now):
            return report
        planned = self._planned()
        publisher = Publisher(self._gatherer, self._work, self._at_ms, change.before)
        with self._step("references"):
            change = self._versions(publisher, change)
        jobs = self._jobs(publisher, change, planned)
        side_by_side(self._work, self._gatherer, jobs)
        with self._step("publish") as rows:
            rows.append(self._publish(now))
        report.steps = sorted(self._steps, key=_in_order)
        report.first, report.last = self._bounds(change)
        return report

    @contextmanager
    def _step(self, name: str) -> Iterator[list[int]]:
        """One step of the report, with the sum of the rows that are put into the list.

        A fact of which nothing is counted is no step.
        """
        began, rows = time.perf_counter(), list[int]()
        if self._progress:
            self._progress(name, len(self._steps) / (len(DERIVED) + len(_PLACE)))
        yield rows
        if rows or name in _PLACE:
            self._steps.append(Step(name, sum(rows), time.perf_counter() - began))

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

    def _usable(self, now: State, *, full: bool) -> State | None:
        """The state of the last refresh, when what it published can be gone on from."""
        before = None if full else read_state(self._lake)
        same = before and (before.powercx, before.rules) == (now.powercx, now.rules)
        return before if same else None

    def _planned(self) -> Planned:
        """The checked measures of every fact."""
        files: dict[str, list[MeasureFile]] = {}
        for file in self._gatherer.catalogue.measures.values():
            if isinstance(file.measure, FactMeasure):
                name = file.measure.fact
                if name not in DERIVED:
                    near = suggestion(name, DERIVED)
                    raise DefinitionError(
                        "measure.unknown_fact", file=file.path, fact=name, nearest=near
                    )
                files.setdefault(name, []).append(file)
        measures = {}
        for name, own in files.items():
            rows = self._gatherer.statements.fact(DERIVED[name])
            columns = [column for column in rows.columns if column != planning.PLACE]
            measures[name] = [planning.plan(file, columns) for file in own]
            for file in own:
                planning.check_days(file, rows.dates)
        return Planned(files, measures)

    def _versions(self, publisher: Publisher, change: Change) -> Change:
        """Publish the versions of reference rows that changed."""
        changed = [v for v in VERSIONED if change.moved(v.table) or self._absent(v.result)]
        placed_from = min((publisher.versions(one) for one in changed), default=EVER)
        customers = bool({"customer", "org_unit"} & {one.table for one in changed})
        return replace(change, placed_from=placed_from, customers=customers)

    def _absent(self, result: str) -> bool:
        return not result_store(self._lake, result).exists()

    # Side by side ---------------------------------------------------------------------------

    def _jobs(self, publisher: Publisher, change: Change, planned: Planned) -> list[Job]:
        """What can be done side by side: populations, and facts, those of most rows first.

        Facts that share rows are one job.
        """
        self._gatherer.prepare()
        together: dict[str, list[DerivedFact]] = {}
        for name in sorted(planned.files):
            fact = DERIVED[name]
            together.setdefault(fact.shares or fact.name, []).append(fact)

        def populations(work: Workspace, gatherer: Gatherer) -> None:
            own = replace(publisher, work=work, gatherer=gatherer)
            with self._step("populations"):
                for stock in self._stocks(change):
                    own.stocks(stock)

        def counted(facts: Sequence[DerivedFact]) -> Job:
            def job(work: Workspace, gatherer: Gatherer) -> None:
                counter = Counter(work, gatherer, self._parts, change, planned)
                for fact in facts:
                    with self._step(fact.name) as rows:
                        rows.extend(counter.count(fact))
                gatherer.release(facts)

            return job

        jobs = [counted(facts) for facts in sorted(together.values(), key=self._weight)]
        return [populations, *reversed(jobs)]

    def _stocks(self, change: Change) -> list[str]:
        """The groups of populations that may have changed."""
        base = change.customers or self._absent("population_change")
        points = base or change.moved("usage_point")
        subscribers = base or change.moved("subscription")
        wanted = {"customers": base, "usage_points": points, "subscribers": subscribers}
        return [name for name, yes in wanted.items() if yes]

    def _weight(self, facts: Sequence[DerivedFact]) -> int:
        tables = {table for fact in facts for table in fact.sources}
        return sum(file.rows for table in tables for file in self._gatherer.lake.files(table))

    # Publishing -----------------------------------------------------------------------------

    def _publish(self, now: State) -> int:
        self._parts.commit("customer_day", {}, self._at_ms)
        versions = {
            name: version
            for name in SCHEMAS
            if name != "measure_part"
            and (version := result_store(self._lake, name).version()) is not None
        }
        state = State(**{**now.__dict__, "results": versions})
        self._parts.commit("measure_part", {KEY: state.to_text()}, self._at_ms)
        return self._parts.rows("measure_part")

    def _bounds(self, change: Change) -> tuple[date | None, date | None]:
        """The first and last day counted anew; of a full refresh those of the data."""
        if change.before is None:
            known = [date.fromisoformat(day) for span in change.now.span.values() for day in span]
        else:
            spans = [days.spans for days in self._parts.days.values() if days]
            known = [day for span in spans for day in (span[0][0], span[-1][1])]
        return min(known, default=None), max(known, default=None)


def _in_order(step: Step) -> tuple[int, str]:
    """References and populations first, then facts by name, what is published last."""
    return _PLACE.get(step.name, 0), step.name


def _same(before: State, now: State) -> bool:
    return (before.tables, before.measures) == (now.tables, now.measures)
