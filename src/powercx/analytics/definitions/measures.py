"""What a measure's file says, checked: names, clause, computation, interval, target, source."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from powercx.analytics.lake.catalogue import TABLES


class Strict(BaseModel):
    """A piece of a definition; a key nobody knows is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Text(Strict):
    """A text in Chinese and English."""

    zh: str
    en: str


class Kind(StrEnum):
    """The four kinds of clause 8.8."""

    INTERACTION = "interaction"
    PERCEPTION = "perception"
    BEHAVIOUR = "behaviour"
    OUTCOME = "outcome"


class Interval(StrEnum):
    """How the 95 % interval of a figure is worked out (metrics.md, "Intervals")."""

    WILSON = "wilson"
    POISSON = "poisson"
    MEAN = "mean"
    NPS = "nps"
    DELTA = "delta"
    NONE = "none"


Stock = Literal[
    "customers",
    "e_bill",
    "e_bill_known",
    "auto_pay",
    "auto_pay_known",
    "usage_points",
    "subscribers",
]
"""What there are populations of."""


class Population(Strict):
    """Who a rate is per: ``of`` names a stock, ``at`` when it is counted.

    ``served`` is the mean number over the days of the period, ``end`` the number on its last day,
    ``before`` the number on the day before it begins.
    """

    of: Stock
    at: Literal["served", "end", "before"] = "served"


class Target(Strict):
    """What is aimed at, in the measure's own unit: overall, by customer class, by organisation."""

    default: float | None = None
    classes: dict[str, float] = Field(default_factory=dict)
    orgs: dict[str, float] = Field(default_factory=dict)


class Selection(Strict):
    """The five considerations of clause 8.8, in words."""

    objective: Text | None = None
    perception: Text | None = None
    operations: Text | None = None
    measurable: Text | None = None
    available: Text | None = None


class Component(Strict):
    """A leaf of a composite index: a measure scaled to 0-100 between ``floor`` and ``target``."""

    measure: str
    floor: float
    target: float
    weight: float | None = None

    @model_validator(mode="after")
    def _a_scale(self) -> Component:
        if self.floor == self.target:
            raise ValueError("definition.no_scale")
        return self


class Weights(Strict):
    """Where the weights of an index come from.

    ``judgements`` is the AHP matrix (row is how many times as important as column), in the order
    of the components.
    """

    method: Literal["hand", "ahp", "entropy"] = "hand"
    judgements: list[list[float]] | None = None


Days = Annotated[int, Field(ge=0, le=400)]


class MeasureBase(Strict):
    """What every measure says of itself.

    ``unit`` is what ``value`` is in; ``scale`` multiplies the ratio (10,000 for a rate per ten
    thousand); ``dimensions`` are further columns of the fact by which it can be broken down.
    """

    key: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    name: Text
    why: Text | None = None
    clause: str
    kind: Kind
    unit: str
    better: Literal["higher", "lower"]
    scale: float = 1.0
    interval: Interval = Interval.NONE
    target: Target = Field(default_factory=Target)
    source: str
    owner: str | None = None
    selection: Selection = Field(default_factory=Selection)
    note: Text | None = None


class FactMeasure(MeasureBase):
    """A measure counted on the rows of one fact: additive parts, then a ratio.

    ``when`` is the DATE column that says which day a row belongs to; ``filter`` keeps the rows it
    is about. Either ``numerator`` and ``denominator`` are aggregates, or ``value`` is an
    expression of one row whose mean (or ``quantile``) is asked for. ``population`` replaces the
    denominator. ``counted_until`` limits the numerator to rows whose date column is at most so many
    days after the period's end; ``distinct`` counts different customers instead of rows.
    """

    fact: str
    when: str
    filter: str | None = None
    numerator: str | None = None
    denominator: str | None = None
    value: str | None = None
    quantile: Annotated[float, Field(gt=0, lt=1)] | None = None
    population: Population | None = None
    distinct: str | None = None
    counted_until: dict[str, Days] = Field(default_factory=dict)
    lookahead: Days = 0
    dimensions: Annotated[list[str], Field(max_length=3)] = Field(default_factory=list)
    rollup: Literal["sum", "distinct", "percentile", "latest", "voltage"] = "sum"
    without_major_event_days: bool = False

    @property
    def part(self) -> str:
        """What its stored parts are called: its key, or for a mean or a percentile the values.

        Measures of the same values of the same rows share their parts, whatever they are called.
        """
        if self.value is None or self.rollup not in {"sum", "percentile"}:
            return self.key
        rows = f" where {self.filter}" if self.filter else ""
        by = ", ".join([self.when, *self.dimensions, *self.counted_until])
        return f"{self.value} of {self.fact}{rows} by {by}"

    @model_validator(mode="after")
    def _one_form(self) -> FactMeasure:
        if (self.value is None) == (self.numerator is None):
            raise ValueError("definition.value_or_numerator")
        if self.numerator and not (self.denominator or self.population):
            raise ValueError("definition.no_denominator")
        if (self.rollup == "percentile") != (self.quantile is not None):
            raise ValueError("definition.quantile")
        if (self.rollup == "distinct") != (self.distinct is not None):
            raise ValueError("definition.distinct")
        if self.rollup == "latest" and (self.value is None or not self.dimensions):
            raise ValueError("definition.latest")
        if self.rollup == "voltage" and not (self.denominator and self.dimensions):
            raise ValueError("definition.voltage")
        return self


class StockMeasure(MeasureBase):
    """A share of a population on the last day of the period: one stock over another.

    ``table`` is the fact that the stock is counted on, if any: before its first day there is none.
    """

    rollup: Literal["end"]
    stock: Stock
    population: Population
    table: str | None = None

    @field_validator("table")
    @classmethod
    def _known(cls, table: str | None) -> str | None:
        if table is not None and table not in TABLES:
            raise ValueError("definition.no_table")
        return table


class DerivedMeasure(MeasureBase):
    """A formula over other measures' sums: ``<measure>_numerator``, ``_denominator``, ``_value``.

    ``_before`` after any of these means the same days a year earlier; ``days`` is the length of
    the period; ``benchmark_best`` is the best figure of other suppliers for ``benchmark``.
    """

    rollup: Literal["derived"]
    formula: str
    benchmark: str | None = None


class IndexMeasure(MeasureBase):
    """A composite index, 0-100: a weighted mean of scaled measures; absent ones are left out."""

    rollup: Literal["index"]
    components: Annotated[list[Component], Field(min_length=1)]
    weights: Weights = Field(default_factory=Weights)


Measure = FactMeasure | StockMeasure | DerivedMeasure | IndexMeasure
