"""The door of measures: refresh, list, show, explain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from powercx.analytics.definitions.catalogue import Catalogue, MeasureFile
from powercx.analytics.definitions.measures import (
    DerivedMeasure,
    FactMeasure,
    Measure,
    StockMeasure,
)
from powercx.analytics.engine.compute import DuckCompute
from powercx.analytics.engine.workspace import workspace
from powercx.analytics.measures.counted import CountedRows
from powercx.analytics.measures.evaluate import Evaluator
from powercx.analytics.measures.explain import Explainer
from powercx.analytics.measures.explanation import Explanation
from powercx.analytics.measures.figures import Figure
from powercx.analytics.measures.gather import Gatherer, Lake
from powercx.analytics.measures.members import Registers
from powercx.analytics.measures.outside import Outside
from powercx.analytics.measures.question import Question
from powercx.analytics.measures.refresh import RefreshReport, Step, refresh
from powercx.analytics.measures.state import table_versions
from powercx.analytics.results.reader import Reader
from powercx.analytics.results.state import State, read_state
from powercx.analytics.results.tree import OrgTree
from powercx.base.errors import UserError
from powercx.base.home import Home
from powercx.base.periods import Period, month_of, parse_period

__all__ = [
    "Answer",
    "Explanation",
    "Figure",
    "RefreshReport",
    "Session",
    "Step",
    "open_session",
    "refresh",
    "show",
]
_SEGMENTS = ("class", "channel")
OWN_SCHEME = "class:usage_category"


@dataclass(frozen=True, slots=True)
class Answer:
    """The figures of one measure, in the order asked."""

    measure: Measure
    rows: list[Figure]

    def to_json(self) -> dict[str, Any]:
        """The JSON answer of ``powercx measures show``."""
        return {
            "measure": self.measure.key,
            "unit": self.measure.unit,
            "better": self.measure.better,
            "rows": [figure.to_json() for figure in self.rows],
        }


class Session:
    """Questions about measures, all answered from one refresh."""

    def __init__(
        self,
        catalogue: Catalogue,
        state: State,
        tree: OrgTree,
        evaluator: Evaluator,
        explainer: Explainer,
        lake: Path,
    ) -> None:
        self._lake = lake
        self.catalogue = catalogue
        self.state = state
        self.tree = tree
        self._evaluator = evaluator
        self._explainer = explainer

    @cached_property
    def behind(self) -> list[str]:
        """``changed_since``, looked up once."""
        return self.changed_since()

    def changed_since(self) -> list[str]:
        """The lake tables that have changed since the refresh, as of now."""
        now = table_versions(Lake(self._lake))
        return sorted(name for name in now if now[name] != self.state.tables.get(name))

    def show(
        self,
        key: str,
        *,
        orgs: Sequence[str] | None = None,
        periods: Sequence[str] | None = None,
        by: str | None = None,
    ) -> Answer:
        """Figures of measure ``key``, one per organisation and period.

        ``orgs`` are ids or names (default: the root), ``periods`` as ``parse_period`` reads them
        (default: the last whole month known). ``by``: ``org`` adds the units directly beneath,
        ``month`` gives the months of each period, ``class``, ``channel`` or a dimension of the
        measure one row a segment.

        :raises UserError: something asked for is not known, with the nearest that is.
        """
        measure = self._evaluator.measure(key)
        asked = self.question(measure, orgs=orgs, periods=periods, by=by)
        return Answer(measure, self._evaluator.figures(key, asked))

    def explain(
        self, key: str, *, org: str | None = None, period: str | None = None, rows: int = 5
    ) -> Explanation:
        """How one figure came about: definition, rows counted and left out, data, a sample."""
        measure = self._evaluator.measure(key)
        orgs = [org] if org else None
        periods = [period] if period else None
        asked = self.question(measure, orgs=orgs, periods=periods, by=None)
        first = Question(asked.orgs[:1], asked.periods[:1])
        [figure] = self._evaluator.figures(key, first)[:1]
        return self._explainer.explain(measure, figure, rows=rows)

    def question(
        self,
        measure: Measure,
        *,
        orgs: Sequence[str] | None,
        periods: Sequence[str] | None,
        by: str | None,
    ) -> Question:
        """What was asked, with defaults filled in."""
        chosen = [self.tree.named(org) for org in orgs] if orgs else list(self.tree.roots)
        for org in chosen:
            if not self.tree.knows(org):
                raise UserError("measure.unknown_org", org=org, nearest=self.tree.nearest(org))
        spans = [parse_period(text) for text in periods] if periods else [self.last_month()]
        by = "class" if by == OWN_SCHEME else by
        if by == "org":
            chosen = [unit for org in chosen for unit in (org, *self.tree.children(org))]
        elif by == "month":
            spans = [month for span in spans for month in span.months()]
        elif by is not None and by not in self.breakdowns(measure):
            known = ", ".join(["org", "month", *self.breakdowns(measure)])
            raise UserError("measure.unknown_by", key=measure.key, by=by, known=known)
        segment = by if by not in {None, "org", "month"} else None
        return Question(tuple(dict.fromkeys(chosen)), tuple(dict.fromkeys(spans)), segment)

    def breakdowns(self, measure: Measure) -> list[str]:
        """The segments a measure has besides organisation and month."""
        if isinstance(measure, FactMeasure):
            if measure.rollup == "latest":
                return list(measure.dimensions)
            return [] if measure.rollup == "voltage" else [*_SEGMENTS, *measure.dimensions]
        if isinstance(measure, DerivedMeasure) and measure.benchmark:
            return []
        return ["class"] if isinstance(measure, StockMeasure) else list(_SEGMENTS)

    def last_month(self) -> Period:
        """The last month that is whole in the data, or the month of its last day."""
        last = self.state.last(*self.state.span)
        if last is None:
            raise UserError("measure.no_period")
        month = month_of(last)
        if month.last == last:
            return month
        return month_of(month.start - timedelta(days=1))


@contextmanager
def open_session(home: Home, *, forgiving: bool = False) -> Iterator[Session]:
    """Open the last refresh for questions; ``forgiving`` as of ``Catalogue``.

    :raises UserError: ``measure.no_refresh`` when there has been none.
    """
    home.check()
    state = read_state(home.lake)
    if state is None:
        raise UserError("measure.no_refresh")
    catalogue = Catalogue(home.catalog, forgiving)
    with workspace(home.staging) as work:
        reader = Reader(home.lake, state, work)
        tree = OrgTree(tuple(reader.orgs()))
        lake = Lake(home.lake, {**state.tables, **state.results}, today=state.last(*state.span))
        gatherer = Gatherer(lake, DuckCompute(work), home.config(), catalogue, home.cache)
        outside = Outside(catalogue, gatherer, tree, work)
        evaluator = Evaluator(catalogue, state, reader, tree, outside)
        registers = Registers(state, tree, outside, gatherer, work)
        counted = CountedRows(catalogue, evaluator, tree, outside, registers, work)
        explainer = Explainer(catalogue, evaluator, outside, gatherer, registers, counted)
        yield Session(catalogue, state, tree, evaluator, explainer, home.lake)


def show(
    home: Home,
    key: str,
    *,
    orgs: Sequence[str] | None = None,
    periods: Sequence[str] | None = None,
    by: str | None = None,
) -> Answer:
    """``Session.show`` for one question."""
    with open_session(home) as session:
        return session.show(key, orgs=orgs, periods=periods, by=by)


def measure_files(home: Home, *, forgiving: bool = False) -> dict[str, MeasureFile]:
    """All measures with their files, whether or not anything has been computed."""
    return Catalogue(home.catalog, forgiving).measures
