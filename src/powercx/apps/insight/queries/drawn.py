"""The charts of one measure, each with its table, from figures as someone may see them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from powercx.analytics.measures.figures import Figure
from powercx.analytics.measures.words import Words
from powercx.analytics.results.tree import UNASSIGNED
from powercx.apps.core.http import Place
from powercx.apps.insight.queries.measures import (
    Asked,
    Line,
    file_of,
    months_shown,
    name_of,
    segments,
    units_beneath,
)
from powercx.base import units
from powercx.base.messages import say
from powercx.ui import charts
from powercx.ui.charts import Cell, Point, Scale, Shown, Spec

CHARTS = ("trend", "ranking", "breakdown", "heat")


@dataclass(frozen=True)
class Drawn:
    """One measure in one unit and period; ``by`` is the segment it is broken down by."""

    place: Place
    key: str
    by: str
    words: Words

    @cached_property
    def asked(self) -> Asked:
        """Everything the page shows but the breakdown."""
        orgs = [self.place.org, *units_beneath(self.place)]
        return Asked(self.place, [self.key], orgs, months_shown(self.place))

    @cached_property
    def line(self) -> Line:
        return self.asked.line(self.key, self.place.org)

    @cached_property
    def beneath(self) -> list[Line]:
        """The units directly beneath, the best first; nobody's rows only where there are any."""
        found = [self.asked.line(self.key, org) for org in self.asked.orgs[1:]]
        sign = -1 if self.line.measure.better == "higher" else 1
        kept = [line for line in found if line.figure.org != UNASSIGNED or line.figure.n]
        return sorted(
            kept,
            key=lambda x: (x.figure.value is None, sign * (x.figure.value or 0.0), x.figure.org),
        )

    @cached_property
    def parts(self) -> list[Figure]:
        """The segments, if the measure has any."""
        return segments(self.place, self.key, self.by) if self.by else []

    @cached_property
    def breakdowns(self) -> list[str]:
        measure = file_of(self.place, self.key).measure
        return self.place.figures.session.breakdowns(measure)

    @cached_property
    def scale(self) -> Scale:
        measure = self.line.measure
        return Scale(self.words.text(measure.name), measure.unit, measure.better)

    @property
    def target(self) -> float | None:
        return self.line.target.value if self.line.target else None

    def unit(self, org: str) -> str:
        return name_of(self.place, org, say("measure.nobody"))

    def spec(self, chart: str) -> Spec:
        """The definition of one of ``CHARTS``."""
        drawn: dict[str, Callable[[], Spec]] = {
            "trend": lambda: charts.trend(self._months(), self.scale, target=self.target),
            "ranking": lambda: charts.ranking(self._units(), self.scale, target=self.target),
            "breakdown": lambda: charts.ranking(self._segments(), self.scale, target=self.target),
            "heat": lambda: charts.heat(self._cells(), self.scale),
        }
        return drawn[chart]()

    def caption(self, chart: str) -> str:
        by = self.words.column(self.by) if self.by else ""
        return say(
            f"measure.chart_{chart}", unit=self.place.name, period=self.place.period, segment=by
        )

    def shown(self, chart: str, *, png: str, svg: str) -> Shown:
        """A chart as the page shows it."""
        head, rows = self._table(chart)
        return Shown(
            f"chart-{chart}",
            self.spec(chart),
            self.caption(chart),
            head,
            rows,
            png,
            svg,
            wide=chart == "heat",
        )

    def _table(self, chart: str) -> tuple[list[str], list[list[str]]]:
        if chart == "heat":
            months = [month.label for month in self.asked.months]
            rows = [
                [self.unit(line.figure.org), *(self._text(f) for f in line.trend)]
                for line in self.beneath
            ]
            return [say("frame.unit"), *months], rows
        words = ("value", "interval", "n")
        head = [say(f"measure.{'period' if chart == 'trend' else 'name'}")]
        figures = {
            "trend": [(f.period.label, f) for f in self.line.trend],
            "ranking": [(self.unit(x.figure.org), x.figure) for x in self.beneath],
            "breakdown": [(self.words.segment(self.by, f.segment), f) for f in self.parts],
        }[chart]
        rows = [[at, self._text(f), self.interval(f), f"{f.n:,}"] for at, f in figures]
        return [*head, *(say(f"measure.{word}") for word in words)], rows

    def _text(self, figure: Figure) -> str:
        if figure.value is None:
            return say(figure.reason or "figure.no_cases")
        return units.figure(figure.value, self.line.measure.unit)

    def interval(self, figure: Figure) -> str:
        if figure.low is None or figure.high is None:
            return ""
        low, high = (units.number(v, self.line.measure.unit) for v in (figure.low, figure.high))
        return f"{low} – {high}"

    def _months(self) -> list[Point]:
        return [_point(f.period.label, f) for f in self.line.trend]

    def _units(self) -> list[Point]:
        return [_point(self._one_of_its_name(x.figure.org), x.figure) for x in self.beneath]

    def _segments(self) -> list[Point]:
        return [_point(self.words.segment(self.by, f.segment), f) for f in self.parts]

    def _cells(self) -> list[Cell]:
        return [
            Cell(self._one_of_its_name(line.figure.org), f.period.label, f.value, _absent(f))
            for line in self.beneath
            for f in line.trend
        ]

    def _one_of_its_name(self, org: str) -> str:
        """The unit's name, with its id where another bears the same."""
        name = self.unit(org)
        same = [each for each in self.asked.orgs if self.unit(each) == name]
        return name if len(same) == 1 else f"{name} {org}"


def _point(at: str, figure: Figure) -> Point:
    return Point(at, figure.value, figure.low, figure.high, _absent(figure))


def _absent(figure: Figure) -> str:
    """Why there is no value, in a word or two: a chart has no room for more."""
    if figure.value is not None:
        return ""
    return say(f"measure.{'hidden' if figure.reason == 'figure.suppressed' else 'no_data'}")


def all_figures(drawn: Drawn) -> Sequence[tuple[str, Figure]]:
    """Every figure that the page shows, once, with the table that it stands in."""
    found = [("trend", f) for f in drawn.line.trend]
    found += [("unit", drawn.line.figure)]
    found += [("ranking", line.figure) for line in drawn.beneath]
    found += [("breakdown", f) for f in drawn.parts]
    found += [("heat", f) for line in drawn.beneath for f in line.trend]
    return found
