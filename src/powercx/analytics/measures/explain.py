"""From a figure back to its definition, its rows, those left out, and the data it stands on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from powercx.analytics.definitions.catalogue import Catalogue
from powercx.analytics.definitions.measures import (
    DerivedMeasure,
    FactMeasure,
    IndexMeasure,
    Measure,
    Population,
    StockMeasure,
)
from powercx.analytics.definitions.rulesets import limits_in_force
from powercx.analytics.facts.calendar import unknown_years
from powercx.analytics.measures import formula as formulas
from powercx.analytics.measures.counted import CountedRows
from powercx.analytics.measures.evaluate import Evaluator
from powercx.analytics.measures.explanation import MOST_LOADS, Explanation, Part, Rows
from powercx.analytics.measures.figures import Figure
from powercx.analytics.measures.gather import Gatherer
from powercx.analytics.measures.members import Registers
from powercx.analytics.measures.outside import Outside, is_of
from powercx.analytics.measures.question import Question
from powercx.base.periods import Period

_NO_CALENDAR = "figure.calendar_unknown"
_LIMITS = {
    "connection": ("connection",),
    "fault": ("fault_arrival", "fault_restore"),
}


class Explainer:
    """Explains figures of one refresh."""

    def __init__(
        self,
        catalogue: Catalogue,
        evaluator: Evaluator,
        outside: Outside,
        gatherer: Gatherer,
        registers: Registers,
        counted: CountedRows,
    ) -> None:
        self._catalogue = catalogue
        self._evaluator = evaluator
        self._outside = outside
        self._gatherer = gatherer
        self._registers = registers
        self._counted = counted

    def explain(
        self, measure: Measure, figure: Figure, *, rows: int, part: Part | None = None
    ) -> Explanation:
        """The explanation of ``figure``, down to samples of at most ``rows`` rows.

        A figure that is made of others carries theirs as ``parts``.
        """
        file = self._catalogue.measures[measure.key]
        found = Explanation(measure, figure, form_of(measure), str(file.path), file.version, part)
        found.target = target_of(measure, figure)
        try:
            self._add(found, measure, rows)
        except LookupError as error:
            if isinstance(error, (KeyError, IndexError)):
                raise
            found.notes.append("figure.version_gone")
        return found

    def _add(self, found: Explanation, measure: Measure, rows: int) -> None:
        if isinstance(measure, FactMeasure):
            self._add_counted(found, measure, rows)
        elif isinstance(measure, StockMeasure):
            self._add_stocks(found, measure, rows)
        elif isinstance(measure, DerivedMeasure):
            self._add_terms(found, measure, rows)
        else:
            self._add_components(found, measure, rows)

    def _add_counted(self, found: Explanation, measure: FactMeasure, rows: int) -> None:
        self._add_rules(found, measure)
        found.rows = self._counted.rows(measure, found.figure, rows)
        if measure.population is not None:
            members = self._registers.members(measure.population, "denominator", found.figure, rows)
            found.populations.append(members)
        if measure.rollup == "voltage":
            found.parts = list(self._classes(found, measure, rows))

    def _classes(
        self, found: Explanation, measure: FactMeasure, rows: int
    ) -> Iterator[Explanation]:
        """Compliance of each class of monitoring points that has any."""
        whole = found.figure
        sums = self._evaluator.classes(measure, Question((whole.org,), (whole.period,)))
        for name, share in whole.shares.items():
            parts = sums[(whole.org, whole.period.label, name)]
            figure = replace(
                whole,
                segment=name,
                value=share.score,
                numerator=parts.numerator,
                denominator=parts.denominator,
                n=parts.n,
                notes=(),
                shares={},
            )
            one = replace(found, figure=figure, part=Part(measure.key, (name,), share), notes=[])
            one.form = f"{measure.numerator} / {measure.denominator}"
            one.rows = self._counted.rows(measure, figure, rows, only=(measure.dimensions[0], name))
            yield one

    def _add_stocks(self, found: Explanation, measure: StockMeasure, rows: int) -> None:
        """Both stocks; what is counted of the measure itself are the members of the lower one."""
        stock = Population(of=measure.stock, at=measure.population.at)
        found.populations = [
            self._registers.members(stock, "numerator", found.figure, rows),
            self._registers.members(measure.population, "denominator", found.figure, rows),
        ]
        found.rows = found.populations[1].rows

    def _add_terms(self, found: Explanation, measure: DerivedMeasure, rows: int) -> None:
        """A part for each measure in the formula, now or a year before."""
        terms = [formulas.Term.of(name) for name in formulas.names(measure.formula)]
        wanted: dict[tuple[str, bool], list[str]] = {}
        for term in terms:
            if term.measure:
                wanted.setdefault((term.measure, term.before), []).append(term.name)
        period = found.figure.period
        for (key, before), names in wanted.items():
            then = _spelt_out(period.year_before()) if before else period
            part = Part(measure.key, tuple(names))
            found.parts.append(self._part(key, replace(found.figure, period=then), part, rows))
        if measure.benchmark:
            found.rows = self._benchmarks(measure.benchmark, found.figure, rows)

    def _add_components(self, found: Explanation, measure: IndexMeasure, rows: int) -> None:
        for component in measure.components:
            share = found.figure.shares[component.measure]
            part = Part(measure.key, (component.measure,), share)
            found.parts.append(self._part(component.measure, found.figure, part, rows))

    def _part(self, key: str, whole: Figure, part: Part, rows: int) -> Explanation:
        asked = Question((whole.org,), (whole.period,))
        [figure] = self._evaluator.figures(key, asked)
        return self.explain(self._evaluator.measure(key), figure, rows=rows, part=part)

    def _benchmarks(self, key: str, figure: Figure, rows: int) -> Rows:
        """Published figures of the same measure and days."""
        every = self._outside.benchmark_rows(key)
        same = [row for row in every if is_of(row, figure.period)]
        loads = sorted({str(row.pop("load_id")) for row in same}, reverse=True)
        others = len(every) - len(same)
        return Rows(
            counted=len(same),
            left_out={"other_period": others} if others else {},
            sample=same[:rows],
            loads=loads[:MOST_LOADS],
            versions=self._registers.versions("benchmark"),
        )

    def _add_rules(self, found: Explanation, measure: FactMeasure) -> None:
        items = _LIMITS.get(measure.fact, ())
        config = self._gatherer.config
        in_force = limits_in_force(self._catalogue.rulesets, config.ruleset)
        for item in items:
            if item in in_force:
                spoke = in_force[item]
                limit = spoke.limit.model_dump(mode="json")
                found.rules.append({"item": item, "ruleset": spoke.ruleset, **limit})
        if measure.fact == "connection":
            period = found.figure.period
            years = unknown_years(period.start, period.last)
            found.notes += [f"{_NO_CALENDAR}:{year}" for year in years]


def _spelt_out(period: Period) -> Period:
    """The same days under a name that can be asked for."""
    return replace(period, label=f"{period.start}..{period.last}")


def target_of(measure: Measure, figure: Figure) -> float | None:
    """The target for the figure's organisation, else its class, else the general one."""
    target = measure.target
    if figure.org in target.orgs:
        return target.orgs[figure.org]
    return target.classes.get(figure.segment or "", target.default)


def form_of(measure: Measure) -> str:
    """How a measure is computed, in the words of its definition."""
    if isinstance(measure, StockMeasure):
        return f"{measure.stock} / {measure.population.of} ({measure.population.at})"
    if isinstance(measure, DerivedMeasure):
        return measure.formula
    if isinstance(measure, IndexMeasure):
        return " + ".join(c.measure for c in measure.components)
    if measure.value is not None:
        kind = "mean" if measure.quantile is None else f"quantile {measure.quantile}"
        return f"{kind} of {measure.value}"
    below = measure.denominator
    if measure.population is not None:
        below = f"{measure.population.of} ({measure.population.at})"
    return f"{measure.numerator} / {below}"
