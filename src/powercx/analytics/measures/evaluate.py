"""Figures from published parts: one method a form of measure, each asked for many at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from powercx.analytics.definitions.catalogue import Catalogue
from powercx.analytics.definitions.measures import (
    DerivedMeasure,
    FactMeasure,
    IndexMeasure,
    Interval,
    Measure,
    Population,
    StockMeasure,
)
from powercx.analytics.facts.registry import DERIVED
from powercx.analytics.measures import formula as formulas
from powercx.analytics.measures.compose import (
    index_figure,
    scaled_scores,
    share_figure,
    voltage_figure,
)
from powercx.analytics.measures.figures import Figure, as_published, bounds, nothing
from powercx.analytics.measures.majors import MajorEventDays
from powercx.analytics.measures.outside import Outside
from powercx.analytics.measures.plan import DIMENSIONS
from powercx.analytics.measures.question import Question
from powercx.analytics.results.reader import Key, Reader, Sums
from powercx.analytics.results.state import State
from powercx.analytics.results.tree import OrgTree
from powercx.analytics.statistics import histogram
from powercx.base.errors import DefinitionError, UserError
from powercx.base.identifiers import suggestion
from powercx.base.periods import Period

_NO_SUMS = Sums(0, 0.0, 0.0, 0.0, 0)


class Evaluator:
    """Answers questions about measures from one refresh."""

    def __init__(
        self,
        catalogue: Catalogue,
        state: State,
        reader: Reader,
        tree: OrgTree,
        outside: Outside,
    ) -> None:
        self._catalogue = catalogue
        self._state = state
        self._reader = reader
        self._tree = tree
        self._outside = outside
        self._majors = MajorEventDays(state, reader, tree)
        self._open: list[str] = []

    def measure(self, key: str) -> Measure:
        """:raises UserError: there is no such measure."""
        if key not in self._catalogue.measures:
            near = suggestion(key, self._catalogue.measures)
            raise UserError("measure.unknown", key=key, nearest=near)
        return self._catalogue.measures[key].measure

    def figures(self, key: str, asked: Question) -> list[Figure]:
        """A figure for each organisation and period, or for each of its segments.

        :raises DefinitionError: a measure is made of itself.
        """
        if key in self._open:
            path = self._catalogue.measures[key].path
            raise DefinitionError("measure.circle", file=path, key=key)
        self._open.append(key)
        try:
            return self._figures(self.measure(key), asked)
        finally:
            self._open.pop()

    def _figures(self, measure: Measure, asked: Question) -> list[Figure]:
        if isinstance(measure, StockMeasure):
            found = self._stock(measure, asked)
        elif isinstance(measure, DerivedMeasure):
            found = self._derived(measure, asked)
        elif isinstance(measure, IndexMeasure):
            found = self._index(measure, asked)
        else:
            found = self._counted(measure, asked)
        return found

    def major_event_days(self, measure: FactMeasure, period: Period) -> list[date]:
        """The days that the measure leaves out of a period; none for most measures."""
        if not measure.without_major_event_days:
            return []
        return self._majors.days(measure, [period])[0]

    def classes(self, measure: FactMeasure, asked: Question) -> dict[Key, Sums]:
        """The parts of a voltage measure by class of monitoring points."""
        return self._sums(measure, replace(asked, segment=measure.dimensions[0]))

    def _counted(self, measure: FactMeasure, asked: Question) -> list[Figure]:
        forms = {
            "sum": self._ratio,
            "percentile": self._percentile,
            "distinct": self._distinct,
            "voltage": self._voltage,
            "latest": self._outside.latest,
        }
        figures = forms[measure.rollup](measure, asked)
        if measure.rollup == "latest":  # read from its rows, not from what was published
            return figures
        published = self._state.measures.get(measure.key)
        version = self._catalogue.measures[measure.key].version
        return [as_published(figure, published, version) for figure in figures]

    # Ratios ---------------------------------------------------------------------------------

    def _ratio(self, measure: FactMeasure, asked: Question) -> list[Figure]:
        without: list[date] = []
        unknown: list[Period] = []
        if measure.without_major_event_days:
            without, unknown = self._majors.days(measure, asked.periods)
        found = self._sums(measure, asked, without)
        served = self._denominators(measure.population, asked, found)
        if asked.segment is not None:
            found = {key: sums for key, sums in found.items() if sums.n}
        deltas = self._outside.deltas(measure, asked) if measure.interval is Interval.DELTA else {}
        figures = []
        stocks = served if asked.segment == "class" else {}
        for key in self._keys(asked, {**stocks, **found}):
            sums = found.get(key, _NO_SUMS)
            figure = self._figure(measure, asked, key, sums, served.get(key))
            if figure.value is not None and key in deltas:
                figure = replace(figure, low=deltas[key][0], high=deltas[key][1])
            if figure.period in unknown:
                figure = nothing(figure, "figure.no_reference_year")
            figures.append(figure)
        return figures

    def _sums(
        self, measure: FactMeasure, asked: Question, without: Iterable[date] = ()
    ) -> dict[Key, Sums]:
        until = None
        for number, (_, days) in enumerate(measure.counted_until.items()):
            until = (DIMENSIONS[len(measure.dimensions) + number], days)
        return self._reader.sums(
            measure.part,
            measure.fact,
            members=self._tree.members(asked.orgs),
            periods=asked.periods,
            segment=self._column(measure, asked.segment),
            until=until,
            without=without,
        )

    def _column(self, measure: FactMeasure, segment: str | None) -> str | None:
        """The column of the parts that holds a segment."""
        if segment in measure.dimensions:
            return DIMENSIONS[measure.dimensions.index(segment)]
        return segment

    def _keys(self, asked: Question, found: Iterable[Key]) -> list[Key]:
        keys = list(found)
        wanted: list[Key] = []
        for org in asked.orgs:
            for period in asked.periods:
                if asked.segment is None:
                    wanted.append((org, period.label, None))
                else:
                    parts = {k[2] for k in keys if k[:2] == (org, period.label)}
                    ordered = sorted(parts, key=lambda part: (part is None, part or ""))
                    wanted += [(org, period.label, part) for part in ordered]
        return wanted

    def _denominators(
        self, population: Population | None, asked: Question, found: Iterable[Key]
    ) -> dict[Key, float]:
        if population is None:
            return {}
        by_class = asked.segment == "class"
        stocks = self._reader.population(
            population.of,
            population.at,
            members=self._tree.members(asked.orgs),
            periods=asked.periods,
            by_class=by_class,
        )
        if by_class or asked.segment is None:
            return stocks
        return {key: stocks.get((key[0], key[1], None), 0.0) for key in found}

    def _figure(
        self,
        measure: FactMeasure,
        asked: Question,
        key: Key,
        sums: Sums,
        served: float | None,
    ) -> Figure:
        org, label, part = key
        period = next(p for p in asked.periods if p.label == label)
        figure = Figure(org, period, part, numerator=sums.numerator, n=sums.n)
        denominator = sums.denominator if measure.population is None else (served or 0.0)
        figure = replace(figure, denominator=denominator)
        reason = self._reason(measure, period, denominator)
        if reason == "figure.no_cases" and sums.n:
            reason = "figure.no_denominator"
        if reason is not None:
            return nothing(figure, reason)
        value = measure.scale * sums.numerator / denominator
        interval = bounds(measure, sums, denominator)
        low, high = interval or (None, None)
        notes = ("figure.provisional",) if self._provisional(measure, period) else ()
        return replace(figure, value=value, low=low, high=high, notes=notes)

    def _reason(self, measure: FactMeasure, period: Period, denominator: float) -> str | None:
        """Why there is no figure; None when there is one."""
        if measure.population is not None and not self._covered(measure, period):
            return "figure.outside_data"
        if measure.counted_until:
            last = self._last(measure)
            wait = max(measure.counted_until.values())
            if last is None or (last - period.last).days < wait:
                return "figure.too_early"
        return "figure.no_cases" if denominator == 0 else None

    def _last(self, measure: FactMeasure) -> date | None:
        return self._state.last(*DERIVED[measure.fact].until)

    def _covered(self, measure: FactMeasure, period: Period) -> bool:
        """Whether the fact is known on any day of the period; references always are."""
        tables = DERIVED[measure.fact].until
        if not tables:
            last = self._state.last(*self._state.span)
            return last is None or period.start <= last
        first, last = self._state.first(*tables), self._state.last(*tables)
        return first is not None and last is not None and first < period.end <= _after(last, period)

    def _provisional(self, measure: FactMeasure, period: Period) -> bool:
        last = self._last(measure)
        return last is not None and (last - period.last).days < measure.lookahead

    # Other forms ----------------------------------------------------------------------------

    def _percentile(self, measure: FactMeasure, asked: Question) -> list[Figure]:
        counts = self._reader.histogram(
            measure.part,
            measure.fact,
            members=self._tree.members(asked.orgs),
            periods=asked.periods,
            segment=self._column(measure, asked.segment),
        )
        figures = []
        for org, label, part in self._keys(asked, counts):
            period = next(p for p in asked.periods if p.label == label)
            buckets = counts.get((org, label, part), {})
            value = histogram.quantile(buckets, measure.quantile or 0.5)
            reason = "figure.no_cases" if value is None else None
            n = sum(buckets.values())
            scaled = None if value is None else value * measure.scale
            figures.append(Figure(org, period, part, value=scaled, n=n, reason=reason))
        return figures

    def _distinct(self, measure: FactMeasure, asked: Question) -> list[Figure]:
        found = self._reader.different(
            measure.key,
            measure.fact,
            members=self._tree.members(asked.orgs),
            periods=asked.periods,
            segment=self._column(measure, asked.segment),
        )
        sums = {
            key: Sums(met, float(hits), float(met), 0.0, 0) for key, (hits, met) in found.items()
        }
        served = self._denominators(measure.population, asked, sums)
        return [
            self._figure(measure, asked, key, sums.get(key, _NO_SUMS), served.get(key))
            for key in self._keys(asked, sums)
        ]

    def _stock(self, measure: StockMeasure, asked: Question) -> list[Figure]:
        stocks = [
            self._reader.population(
                name,
                measure.population.at,
                members=self._tree.members(asked.orgs),
                periods=asked.periods,
                by_class=asked.segment == "class",
            )
            for name in (measure.stock, measure.population.of)
        ]
        keys = [self._spelt(asked, key) for key in self._keys(asked, stocks[1])]
        return [share_figure(measure, self._state, key, *stocks) for key in keys]

    def _voltage(self, measure: FactMeasure, asked: Question) -> list[Figure]:
        found = self.classes(measure, asked)
        figures = []
        for org in asked.orgs:
            for period in asked.periods:
                classes = {k[2]: s for k, s in found.items() if k[:2] == (org, period.label)}
                figures.append(voltage_figure(org, period, classes))
        return figures

    def _derived(self, measure: DerivedMeasure, asked: Question) -> list[Figure]:
        measures = self._catalogue.measures
        formulas.check(measures[measure.key], measure, measures)
        names = formulas.names(measure.formula)
        found = {name: self._named(name, measure, asked) for name in names}
        present = dict.fromkeys(key for figures in found.values() for key in figures)
        return [
            self._formed(
                measure,
                self._spelt(asked, key),
                {name: figures[key] for name, figures in found.items() if key in figures},
            )
            for key in self._keys(asked, present)
        ]

    def _formed(
        self, measure: DerivedMeasure, at: tuple[str, Period, str | None], found: dict[str, Figure]
    ) -> Figure:
        """The value of the formula, of the figures that are there for its names."""
        org, period, segment = at
        terms = {
            name: _term(name, found[name]) if name in found else self._absent(name, period)
            for name in formulas.names(measure.formula)
        }
        n = max((figure.n for figure in found.values()), default=0)
        figure = Figure(org, period, segment, n=n, terms=terms)
        value = formulas.evaluate(measure.formula, terms)
        if value is None:
            reasons = (f.reason for f in found.values() if f.reason)
            return nothing(figure, next(reasons, "figure.no_cases"))
        return replace(figure, value=measure.scale * value)

    def _absent(self, name: str, period: Period) -> float | None:
        """What a part is in a segment that has none of its rows: 0 for a sum over known days."""
        if name == formulas.DAYS:
            return float(period.days)
        term = formulas.Term.of(name)
        part = self._catalogue.measures.get(term.measure)
        if term.what != "numerator" or part is None or not isinstance(part.measure, FactMeasure):
            return None
        then = period.year_before() if term.before else period
        return 0.0 if self._covered(part.measure, then) else None

    def _named(self, name: str, measure: DerivedMeasure, asked: Question) -> dict[Key, Figure]:
        """The figures behind one name of a formula, under the keys of the question."""
        if name == formulas.DAYS:
            return {}
        if name == formulas.BENCHMARK:
            return self._outside.benchmarks(str(measure.benchmark), self.measure, asked)
        term = formulas.Term.of(name)
        then = asked.at(p.year_before() for p in asked.periods) if term.before else asked
        labels = {t.label: p.label for t, p in zip(then.periods, asked.periods, strict=True)}
        return {
            (f.org, labels[f.period.label], f.segment): f for f in self.figures(term.measure, then)
        }

    def _index(self, measure: IndexMeasure, asked: Question) -> list[Figure]:
        found = {c.measure: self.figures(c.measure, asked) for c in measure.components}
        weights = self._outside.weights(measure, lambda m: self._scores(m, asked))
        by_key: dict[Key, dict[str, Figure]] = {}
        for name, figures in found.items():
            for f in figures:
                by_key.setdefault((f.org, f.period.label, f.segment), {})[name] = f
        return [
            index_figure(measure, weights, self._spelt(asked, key), by_key.get(key, {}))
            for key in self._keys(asked, by_key)
        ]

    @staticmethod
    def _spelt(asked: Question, key: Key) -> tuple[str, Period, str | None]:
        return key[0], next(p for p in asked.periods if p.label == key[1]), key[2]

    def _scores(self, measure: IndexMeasure, asked: Question) -> list[list[float]]:
        """Scaled figures of the units beneath the root: what entropy weights are taken from."""
        units = [unit for root in self._tree.roots for unit in self._tree.children(root)]
        beneath = Question(tuple(units), asked.periods)
        return scaled_scores(
            measure, [self.figures(c.measure, beneath) for c in measure.components]
        )


def _after(last: date, period: Period) -> date:
    """The period's end when it begins on or before ``last``, else a day before it."""
    return period.end if period.start <= last else date.min


def _term(name: str, figure: Figure) -> float | None:
    what = formulas.Term.of(name).what
    if what == "value":
        return figure.value
    if figure.reason not in {None, "figure.no_cases", "figure.no_denominator"}:
        return None
    return figure.numerator if what == "numerator" else figure.denominator
