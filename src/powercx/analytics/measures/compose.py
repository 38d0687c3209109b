"""Figures put together from others: shares of stocks, voltage over classes, indices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from powercx.analytics.definitions.measures import IndexMeasure, Interval, StockMeasure
from powercx.analytics.measures.figures import Figure, Share, nothing
from powercx.analytics.results.reader import Key, Sums
from powercx.analytics.results.state import State
from powercx.analytics.statistics import intervals
from powercx.base.periods import Period

CLASSES = ("A", "B", "C", "D")
"""Classes of voltage monitoring points."""


def share_figure(
    measure: StockMeasure,
    state: State,
    at: tuple[str, Period, str | None],
    some: Mapping[Key, float],
    whole: Mapping[Key, float],
) -> Figure:
    """One stock over another; none beyond the data, or before the fact it is counted on."""
    org, period, segment = at
    key = (org, period.label, segment)
    count, total = some.get(key, 0.0), whole.get(key, 0.0)
    figure = Figure(org, period, segment, numerator=count, denominator=total, n=int(total))
    last = state.last(*state.span)
    first = state.first(measure.table) if measure.table else date.min
    if (last is not None and period.start > last) or first is None or first > period.last:
        return nothing(figure, "figure.outside_data")
    if total == 0:
        return nothing(figure, "figure.no_cases")
    figure = replace(figure, value=measure.scale * count / total)
    if measure.interval is not Interval.WILSON or not 0 <= count <= total:
        return figure
    low, high = intervals.wilson(count, total)
    return replace(figure, low=low * measure.scale, high=high * measure.scale)


def voltage_figure(org: str, period: Period, classes: dict[str | None, Sums]) -> Figure:
    """V = 0.5 A + 0.5 (B + C + D) / 3 over the classes of points that have data (metrics.md)."""
    figure = Figure(org, period, None, n=sum(s.n for s in classes.values()))
    if not period.whole_months:
        return nothing(figure, "figure.whole_months")
    good = {str(c): s.numerator / s.denominator for c, s in classes.items() if s.denominator}
    weights = _class_weights([c for c in CLASSES if c in good])
    if not weights:
        return nothing(figure, "figure.no_cases")
    shares = {c: Share(w, good[c], w * good[c]) for c, w in weights.items()}
    notes = () if len(weights) == len(CLASSES) else ("figure.classes_missing",)
    value = sum(w * good[c] for c, w in weights.items())
    return replace(figure, value=value, notes=notes, shares=shares)


def _class_weights(known: Sequence[str]) -> dict[str, float]:
    """A half for class A and a half for the others together; all for the one half that is known."""
    others = [c for c in known if c != "A"]
    half = 0.5 if others and "A" in known else 1.0
    return {c: half if c == "A" else half / len(others) for c in known}


def index_figure(
    measure: IndexMeasure,
    weights: dict[str, float],
    key: tuple[str, Period, str | None],
    found: dict[str, Figure],
) -> Figure:
    """An index, 0-100: the weighted mean of its scaled components that have a figure."""
    org, period, segment = key
    scores = {}
    for part in measure.components:
        value = found[part.measure].value if part.measure in found else None
        if value is not None:
            share = (value - part.floor) / (part.target - part.floor)
            scores[part.measure] = 100 * min(max(share, 0.0), 1.0)
    figure = Figure(org, period, segment, n=len(scores))
    total = sum(weights[name] for name in scores)
    given = {name: weights[name] / total * score for name, score in scores.items() if total}
    shares = {name: Share(w, scores.get(name), given.get(name)) for name, w in weights.items()}
    figure = replace(figure, shares=shares)
    if not given:
        return nothing(figure, "figure.no_cases")
    notes = () if len(scores) == len(measure.components) else ("figure.components_missing",)
    return replace(
        figure,
        value=sum(given.values()),
        numerator=sum(given.values()) * total,
        denominator=total,
        notes=notes,
    )


def scaled_scores(measure: IndexMeasure, figures: Sequence[Sequence[Figure]]) -> list[list[float]]:
    """Units x components, each scaled to 0-1; units without every component are left out."""
    rows = []
    for unit in zip(*figures, strict=True):
        values = [f.value for f in unit]
        if all(v is not None for v in values):
            rows.append(
                [
                    min(max((float(v or 0) - c.floor) / (c.target - c.floor), 0.0), 1.0)
                    for v, c in zip(values, measure.components, strict=True)
                ]
            )
    return rows
