"""What published parts cannot answer: variance by customer, ratings, benchmarks, weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pyarrow as pa

from powercx.analytics.definitions.catalogue import Catalogue
from powercx.analytics.definitions.measures import FactMeasure, IndexMeasure, Measure
from powercx.analytics.engine.workspace import Workspace
from powercx.analytics.facts.registry import DERIVED
from powercx.analytics.measures import plan as planning
from powercx.analytics.measures.figures import Figure
from powercx.analytics.measures.gather import Gatherer
from powercx.analytics.measures.question import Question
from powercx.analytics.results.reader import Key
from powercx.analytics.results.tree import OrgTree
from powercx.analytics.statistics import intervals, weights
from powercx.base.days import Days
from powercx.base.errors import UserError
from powercx.base.periods import Period, parse_period

Scores = Callable[[IndexMeasure], Sequence[Sequence[float]]]


class Outside:
    """Looks at rows of one refresh's data versions, always few of them or aggregated."""

    def __init__(
        self, catalogue: Catalogue, gatherer: Gatherer, tree: OrgTree, work: Workspace
    ) -> None:
        self._catalogue = catalogue
        self._gatherer = gatherer
        self._tree = tree
        self._work = work

    def rows(self, fact: str, period: Period, orgs: Sequence[str]) -> tuple[str, list[str]]:
        """Name the derived fact's rows that ``period`` and ``orgs`` need; the name and columns.

        Rows of other days may be among them: statements filter by their own day column. They are
        read when a statement asks for them, for they may be many.
        """
        derived = DERIVED[fact]
        days = Days.of([(period.start, period.last)]) if derived.reach else None
        found = self._gatherer.rows(derived, days)
        self.within(orgs)
        self._gatherer.compute.define(
            "asked_rows",
            f"select * from ({found.sql}) as found where org_id in (select name from asked_orgs)",
        )
        return "asked_rows", list(found.columns)

    def within(self, orgs: Sequence[str]) -> None:
        """Let statements find ``orgs`` as ``name`` of ``asked_orgs``."""
        names = pa.table({"name": pa.array(list(orgs), pa.string())})
        self._work.register("asked_orgs", names)

    def deltas(self, measure: FactMeasure, asked: Question) -> dict[Key, tuple[float, float]]:
        """Intervals of a ratio of sums with the customer as unit (delta method on its log).

        By organisation, label of the period and segment; where there is none it is absent. All
        organisations of a period are looked at together, for each lies in its superiors too.
        """
        pairs = [(o, name) for o, under in self._tree.members(asked.orgs).items() for name in under]
        units = {"asked": [pair[0] for pair in pairs], "name": [pair[1] for pair in pairs]}
        self._work.register("asked_members", pa.table(units))
        found: dict[Key, tuple[float, float]] = {}
        for period in asked.periods:
            table, columns = self._rows_by_asked(measure.fact, period)
            planned = planning.plan(self._catalogue.measures[measure.key], columns)
            statement = planning.by_customer(planned, table, period, asked.segment)
            for org, part, n, *sums in self._work.rows(
                "select asked, part, count(*), sum(x), sum(y), sum(x * x), sum(x * y), sum(y * y) "
                f"from ({statement}) as units group by 1, 2"
            ):
                ratio = intervals.RatioSums(n, *(float(s or 0) for s in sums))
                bounds = intervals.ratio_delta(ratio)
                if bounds:
                    scaled = (bounds.low * measure.scale, bounds.high * measure.scale)
                    found[org, period.label, part] = scaled
        return found

    def _rows_by_asked(self, fact: str, period: Period) -> tuple[str, list[str]]:
        """``rows`` of all asked for, once for each unit asked for that they lie in."""
        derived = DERIVED[fact]
        days = Days.of([(period.start, period.last)]) if derived.reach else None
        found = self._gatherer.rows(derived, days)
        self._gatherer.compute.define(
            "asked_rows",
            f"select found.*, members.asked from ({found.sql}) as found "
            "join asked_members as members on members.name = found.org_id",
        )
        return "asked_rows", list(found.columns)

    def latest(self, measure: FactMeasure, asked: Question) -> list[Figure]:
        """The last rating of the organisation itself known by the period's end, by rater."""
        ratings = {period: self._ratings(measure, period) for period in asked.periods}
        return [
            figure
            for org in asked.orgs
            for period, found in ratings.items()
            for figure in _latest(org, period, found.get(org, []), by=asked.segment)
        ]

    def _ratings(self, measure: FactMeasure, period: Period) -> dict[str, list[tuple[Any, ...]]]:
        found = self._gatherer.rows(DERIVED[measure.fact], None)
        self._gatherer.compute.define("asked_rows", found.sql, keep=True)
        planned = planning.plan(self._catalogue.measures[measure.key], found.columns)
        rows = self._work.rows(
            f'select org_id, "{measure.dimensions[0]}", "{measure.when}", {measure.value} '
            f"from asked_rows where ({planned.about}) and ({planned.known}) "
            f'and "{measure.when}" <= ? order by "{measure.when}", 2',
            [period.last],
        )
        ratings: dict[str, list[tuple[Any, ...]]] = {}
        for org, rater, day, value in rows:
            ratings.setdefault(org, []).append((rater, day, float(value)))
        return ratings

    def benchmarks(
        self, key: str, measure: Callable[[str], Measure], asked: Question
    ) -> dict[Key, Figure]:
        """The best figure of other suppliers for measure ``key`` and each period."""
        better = measure(key).better
        rows = self.benchmark_rows(key)
        found: dict[Key, Figure] = {}
        for period in asked.periods:
            values = [r["value"] for r in rows if is_of(r, period)]
            best = (max if better == "higher" else min)(values, default=None)
            reason = "figure.no_benchmark" if best is None else None
            for org in asked.orgs:
                found[(org, period.label, None)] = Figure(
                    org, period, None, value=best, n=len(values), reason=reason
                )
        return found

    def benchmark_rows(self, key: str) -> list[dict[str, Any]]:
        """What other suppliers published for measure ``key``, with where it stands."""
        self._gatherer.name("benchmark")
        return self._work.records(
            "select utility, metric, period, value, citation, source, source_key, load_id "
            "from benchmark where metric = ? order by utility, period",
            [key],
        )

    def weights(self, measure: IndexMeasure, scores: Scores) -> dict[str, float]:
        """The weights of an index's components, which sum to 1.

        :raises UserError: judgements are inconsistent, or weights are missing.
        """
        names = [c.measure for c in measure.components]
        match measure.weights.method:
            case "ahp":
                return dict(weights.ahp(names, measure.weights.judgements or []).weights)
            case "entropy":
                return weights.entropy(names, scores(measure))
            case _:
                wishes = {c.measure: c.weight for c in measure.components}
                missing = [name for name, weight in wishes.items() if weight is None]
                if missing:
                    path = self._catalogue.measures[measure.key].path
                    raise UserError("measure.no_weight", file=path, key=missing[0])
                return weights.by_hand({k: float(w or 0) for k, w in wishes.items()})


def _latest(
    org: str, period: Period, ratings: list[tuple[Any, ...]], *, by: str | None
) -> list[Figure]:
    if by is not None:
        raters = {rater: value for rater, _, value in ratings}
        return [Figure(org, period, r, value=v, n=1) for r, v in sorted(raters.items())]
    if not ratings:
        return [Figure(org, period, None, reason="figure.no_cases")]
    return [Figure(org, period, None, value=ratings[-1][2], n=1)]


def is_of(row: Mapping[str, Any], period: Period) -> bool:
    """Whether a benchmark is of the same days as ``period``."""
    try:
        found = parse_period(row["period"])
    except UserError:
        return False
    return (found.start, found.end) == (period.start, period.end)
