"""Figures put together from others: shares of stocks, voltage over classes, indices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from powercx.analytics.definitions.measures import IndexMeasure, Interval, StockMeasure
from powercx.analytics.measures.figures import Figure, nothing
from powercx.analytics.results.reader import Key, Sums
from powercx.analytics.results.state import State
from powercx.analytics.statistics import intervals
from powercx.base.periods import Period


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
    good = {c: s.numerator / s.denominator for c, s in classes.items() if s.denominator}
    others = [good[c] for c in ("B", "C", "D") if c in good]
    halves = [good["A"]] if "A" in good else []
    if others:
        halves.append(sum(others) / len(others))
    if not halves:
        return nothing(figure, "figure.no_cases")
    full = len(others) == 3 and "A" in good  # noqa: PLR2004 - B, C and D
    notes = () if full else ("figure.classes_missing",)
    return replace(figure, value=sum(halves) / len(halves), notes=notes)


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
    if not scores or total == 0:
        return nothing(figure, "figure.no_cases")
    shares = {name: weights[name] / total * score for name, score in scores.items()}
    notes = () if len(scores) == len(measure.components) else ("figure.components_missing",)
    return replace(
        figure,
        value=sum(shares.values()),
        numerator=sum(shares.values()) * total,
        denominator=total,
        shares=shares,
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
