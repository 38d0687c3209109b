"""A figure: a value with its interval, its parts and, when there is none, why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from powercx.analytics.definitions.measures import FactMeasure, Interval
from powercx.analytics.results.reader import Sums
from powercx.analytics.statistics import intervals
from powercx.base.periods import Period


@dataclass(frozen=True, slots=True)
class Share:
    """What one part gives to a whole that is a weighted mean.

    ``weight`` is its weight among all parts, ``score`` its own figure on the scale of the whole,
    ``contribution`` what it adds to the whole; the last two are null for a part without a figure.
    """

    weight: float
    score: float | None = None
    contribution: float | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """One measure for one organisation, period and segment.

    ``value`` and the 95 % interval ``low``..``high`` are in the measure's unit; ``n`` is the number
    of cases counted. Without a value ``reason`` is a code of base/messages (``figure.*``).
    ``notes`` are further such codes. ``shares`` says what each part gives to an index or to the
    compliance over classes, ``terms`` what each name of a formula stood for.
    """

    org: str
    period: Period
    segment: str | None
    value: float | None = None
    low: float | None = None
    high: float | None = None
    numerator: float | None = None
    denominator: float | None = None
    n: int = 0
    reason: str | None = None
    notes: tuple[str, ...] = ()
    shares: Mapping[str, Share] = field(default_factory=dict)
    terms: Mapping[str, float | None] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The row of ``powercx measures show --json``."""
        return {
            "org": self.org,
            "period": self.period.label,
            "segment": self.segment,
            "value": self.value,
            "low": self.low,
            "high": self.high,
            "numerator": _whole(self.numerator),
            "denominator": _whole(self.denominator),
            "n": self.n,
            "reason": self.reason,
            "notes": list(self.notes),
        }


def nothing(figure: Figure, reason: str) -> Figure:
    """The figure without a value, and why."""
    return replace(figure, value=None, low=None, high=None, reason=reason)


def as_published(figure: Figure, published: str | None, version: str) -> Figure:
    """The figure, told apart when what was published knows another definition, or none."""
    if published is None:
        return nothing(figure, "figure.not_counted")
    if published != version and figure.reason is None:
        return replace(figure, notes=(*figure.notes, "figure.definition_changed"))
    return figure


def _whole(number: float | None) -> float | int | None:
    return int(number) if number is not None and number.is_integer() else number


def bounds(measure: FactMeasure, sums: Sums, denominator: float) -> tuple[float, float] | None:
    """The 95 % interval of a ratio, in the measure's unit; None where it has none.

    A share above one, as of rows whose customers lie elsewhere, is no proportion and has none.
    """
    found = _bounds(measure.interval, sums, denominator)
    if found is None:
        return None
    return found.low * measure.scale, found.high * measure.scale


def _bounds(kind: Interval, sums: Sums, denominator: float) -> intervals.Interval | None:
    match kind:
        case Interval.WILSON if 0 <= sums.numerator <= denominator:
            return intervals.wilson(sums.numerator, denominator)
        case Interval.POISSON if sums.numerator >= 0:
            return intervals.poisson_exact(sums.numerator, denominator)
        case Interval.MEAN:
            return intervals.mean_t(sums.denominator, sums.numerator, sums.squares)
        case Interval.NPS:
            promoters = (sums.squares + sums.numerator) / 2
            detractors = (sums.squares - sums.numerator) / 2
            return intervals.nps(promoters, detractors, sums.denominator)
        case _:
            return None
