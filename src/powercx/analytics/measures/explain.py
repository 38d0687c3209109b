"""From a figure back to its definition, its rows, those left out, and the data it stands on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from powercx.analytics.definitions.catalogue import Catalogue
from powercx.analytics.definitions.measures import (
    DerivedMeasure,
    FactMeasure,
    IndexMeasure,
    Measure,
    StockMeasure,
)
from powercx.analytics.definitions.rulesets import limits_in_force
from powercx.analytics.engine.workspace import Workspace
from powercx.analytics.facts.calendar import unknown_years
from powercx.analytics.facts.registry import DERIVED
from powercx.analytics.lake.catalogue import TABLES
from powercx.analytics.measures import plan as planning
from powercx.analytics.measures.figures import Figure
from powercx.analytics.measures.gather import Gatherer
from powercx.analytics.measures.outside import Outside
from powercx.analytics.results.state import State
from powercx.analytics.results.tree import OrgTree

_LIMITS = {
    "connection": ("connection",),
    "fault": ("fault_arrival", "fault_restore"),
}
_MOST_LOADS = 20


@dataclass
class Explanation:
    """Everything behind one figure.

    ``left_out`` counts rows by reason, ``sample`` shows rows counted, ``loads`` the loads they came
    in, ``versions`` the Delta versions read, ``rules`` the service limits and the set that spoke.
    """

    measure: Measure
    figure: Figure
    form: str
    file: str
    version: str
    counted: int | None = None
    left_out: dict[str, int] = field(default_factory=dict)
    sample: list[dict[str, Any]] = field(default_factory=list)
    loads: list[str] = field(default_factory=list)
    versions: dict[str, int] = field(default_factory=dict)
    rules: list[dict[str, Any]] = field(default_factory=list)
    target: float | None = None
    notes: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """The JSON answer of ``powercx measures explain``."""
        return {
            "measure": self.measure.key,
            "definition": {
                "version": self.version,
                "file": self.file,
                "form": self.form,
                **self.measure.model_dump(mode="json", exclude_none=True),
            },
            "figure": self.figure.to_json(),
            "reason": self.figure.reason,
            "shares": dict(self.figure.shares or {}),
            "target": self.target,
            "rows": {"counted": self.counted, "left_out": self.left_out},
            "rules": self.rules,
            "data": {"versions": self.versions, "loads": self.loads},
            "notes": [*self.figure.notes, *self.notes],
            "sample": self.sample,
        }


class Explainer:
    """Explains figures of one refresh."""

    def __init__(
        self,
        catalogue: Catalogue,
        state: State,
        tree: OrgTree,
        outside: Outside,
        gatherer: Gatherer,
        work: Workspace,
    ) -> None:
        self._catalogue = catalogue
        self._state = state
        self._tree = tree
        self._outside = outside
        self._gatherer = gatherer
        self._work = work

    def explain(self, measure: Measure, figure: Figure, *, rows: int) -> Explanation:
        """The explanation of ``figure`` with a sample of at most ``rows`` rows."""
        file = self._catalogue.measures[measure.key]
        found = Explanation(measure, figure, form_of(measure), str(file.path), file.version)
        found.target = target_of(measure, figure)
        if isinstance(measure, FactMeasure):
            self._add_rows(found, measure, figure, rows)
            self._add_rules(found, measure)
        return found

    def _add_rows(
        self, found: Explanation, measure: FactMeasure, figure: Figure, rows: int
    ) -> None:
        fact = DERIVED[measure.fact]
        versions = {**self._state.tables, **self._state.results}
        found.versions = {t: versions[t] for t in fact.sources if t in versions}
        try:
            table, columns = self._outside.rows(
                measure.fact, figure.period, self._tree.subtree(figure.org)
            )
        except LookupError:
            found.notes.append("figure.version_gone")
            return
        planned = planning.plan(self._catalogue.measures[measure.key], columns)
        self._work.run(
            "create or replace temp table judged as "
            + planning.judged(planned, table, figure.period)
        )
        counts = self._work.rows("select why, count(*) from judged group by 1 order by 2 desc")
        found.counted = sum(int(n) for why, n in counts if why is None)
        found.left_out = {str(why): int(n) for why, n in counts if why is not None}
        if "load_id" in columns:
            loads = self._work.rows(
                "select distinct load_id from judged where why is null and load_id is not null "
                f"order by 1 desc limit {_MOST_LOADS}"
            )
            found.loads = [str(row[0]) for row in loads]
        found.sample = self._sample(measure, columns, rows)

    def _sample(self, measure: FactMeasure, columns: list[str], rows: int) -> list[dict[str, Any]]:
        keys = [k for s in DERIVED[measure.fact].sources if s in TABLES for k in TABLES[s].key]
        wanted = [*keys, "source", "source_key", "customer_id", "org_id", "class", measure.when]
        named = [c for c in columns if c in {*wanted, *measure.dimensions} or _mentions(measure, c)]
        listed = ", ".join(f'"{c}"' for c in named)
        first = f'"{measure.when}"'
        return self._work.records(
            f"select {listed} from judged where why is null order by {first}, {listed} limit ?",
            [rows],
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
            found.notes += [f"figure.calendar_unknown:{year}" for year in years]


def _mentions(measure: FactMeasure, column: str) -> bool:
    texts = (measure.numerator, measure.denominator, measure.value, measure.filter)
    return any(column in text for text in texts if text)


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
