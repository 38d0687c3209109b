"""How a figure stands: to its target, and to the figure it is compared with."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from powercx.analytics.definitions.measures import Measure
from powercx.analytics.measures.figures import Figure
from powercx.analytics.statistics.intervals import Interval, difference


class Standing(StrEnum):
    """Whether a figure meets its target; ``NEAR`` misses it by no more than chance may do."""

    MET = "met"
    NEAR = "near"
    MISSED = "missed"


class Course(StrEnum):
    """Where a figure went; ``UNCLEAR`` by no more than chance may do."""

    BETTER = "better"
    WORSE = "worse"
    UNCLEAR = "unclear"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class Change:
    """``by`` is in the measure's unit; ``tested`` tells whether chance could be judged at all."""

    by: float
    course: Course
    tested: bool


def standing(measure: Measure, figure: Figure, target: float | None) -> Standing | None:
    """How the figure stands to ``target``; None without either."""
    if figure.value is None or target is None:
        return None
    ahead = figure.value - target if measure.better == "higher" else target - figure.value
    if ahead >= 0:
        return Standing.MET
    if figure.low is not None and figure.high is not None and figure.low <= target <= figure.high:
        return Standing.NEAR
    return Standing.MISSED


def change(measure: Measure, figure: Figure, before: Figure) -> Change | None:
    """From ``before`` to ``figure``; None when either has no value.

    Two figures of the same cases, as a month within its year, are not independent: compare
    periods that do not overlap.
    """
    if figure.value is None or before.value is None:
        return None
    by = figure.value - before.value
    if by == 0:
        return Change(by, Course.SAME, tested=False)
    bounds = _bounds(figure), _bounds(before)
    if bounds[0] is None or bounds[1] is None:
        return Change(by, _course(measure, by), tested=False)
    found = difference(figure.value, bounds[0], before.value, bounds[1])
    certain = found.low > 0 or found.high < 0
    return Change(by, _course(measure, by) if certain else Course.UNCLEAR, tested=True)


def _course(measure: Measure, by: float) -> Course:
    return Course.BETTER if (by > 0) == (measure.better == "higher") else Course.WORSE


def _bounds(figure: Figure) -> Interval | None:
    if figure.low is None or figure.high is None:
        return None
    return Interval(figure.low, figure.high)
