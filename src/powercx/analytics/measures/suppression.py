"""Figures on too few people, hidden from those who may not see the rows behind them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from powercx.analytics.definitions.measures import FactMeasure, Measure, StockMeasure
from powercx.analytics.measures.figures import Figure

LEAST = 5
REASON = "figure.suppressed"


def people_behind(measure: Measure, figure: Figure) -> float:
    """How many people or cases a figure is on: what a rate is per, else the cases counted.

    The rating of a unit itself is on nobody.
    """
    if isinstance(measure, FactMeasure) and measure.rollup == "latest":
        return 0.0
    if isinstance(measure, StockMeasure):
        return figure.denominator or 0.0
    if isinstance(measure, FactMeasure) and measure.population is not None:
        return figure.denominator or 0.0
    return float(figure.n)


def hide_small(measure: Measure, siblings: Sequence[Figure]) -> list[Figure]:
    """The figures of parts of one whole, those on 1-4 people hidden.

    Where only one is hidden the next smallest is hidden with it, so that it cannot be told from
    the whole and the others. Parts on nobody say nothing of anybody and stay.
    """
    sizes = [people_behind(measure, figure) for figure in siblings]
    hidden = {at for at, size in enumerate(sizes) if 0 < size < LEAST}
    if len(hidden) == 1:
        others = [at for at, size in enumerate(sizes) if size > 0 and at not in hidden]
        hidden |= {min(others, key=lambda at: (sizes[at], at))} if others else set()
    return [_hidden(figure) if at in hidden else figure for at, figure in enumerate(siblings)]


def _hidden(figure: Figure) -> Figure:
    return replace(
        figure,
        value=None,
        low=None,
        high=None,
        numerator=None,
        denominator=None,
        n=0,
        reason=REASON,
        notes=(),
        shares={},
        terms={},
    )
