"""What pages show of a figure: beside its target, the figures it is compared with, its trend."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from powercx.analytics.definitions.measures import IndexMeasure, Measure
from powercx.analytics.measures.figures import Figure
from powercx.analytics.measures.remembered import Remembered
from powercx.analytics.measures.standing import Change, Course, Standing, change, standing
from powercx.apps.core.figures import figures_for
from powercx.apps.core.queries.targets import InForce, Targets, targets_for
from powercx.apps.core.rules import Scope
from powercx.base.periods import FIRST_YEAR, Period, months_until, parse_period

TREND_MONTHS = 13


@dataclass(frozen=True, slots=True)
class Card:
    """One figure with all that is told of it; ``trend`` is the months up to it, oldest first."""

    measure: Measure
    figure: Figure
    before: Figure
    year_before: Figure
    force: InForce | None
    trend: tuple[Figure, ...] = ()

    @property
    def standing(self) -> Standing | None:
        return standing(self.measure, self.figure, self.target)

    @property
    def target(self) -> float | None:
        return self.force.value if self.force else None

    @property
    def change(self) -> Change | None:
        """Against the period before."""
        return change(self.measure, self.figure, self.before)

    @property
    def year_change(self) -> Change | None:
        """Against the same period of last year."""
        return change(self.measure, self.figure, self.year_before)

    @property
    def cases(self) -> int:
        """How many cases it is on; none of an index, which counts its parts."""
        return 0 if isinstance(self.measure, IndexMeasure) else self.figure.n

    @property
    def worse(self) -> bool:
        """Whether it is worse than the period before by more than chance may do."""
        found = self.change
        return found is not None and found.tested and found.course is Course.WORSE


def compared(period: str) -> list[Period]:
    """The period, the one before and the same of last year."""
    span = parse_period(period)
    return [span, span.before(), span.year_ago()]


def trend_months(period: str) -> list[Period]:
    """The months whose figures lead up to the end of the period, oldest first."""
    return months_until(parse_period(period).last, TREND_MONTHS)


def cards_for(
    scope: Scope,
    figures: Remembered,
    keys: Sequence[str],
    *,
    orgs: Sequence[str],
    period: str,
    trends: Sequence[str] = (),
    targets: Targets | None = None,
) -> dict[str, list[Card]]:
    """The cards of each measure in the order of ``orgs``; those of ``trends`` with their months.

    ``targets`` spares a query where the caller holds those of the same measures and units.

    :raises UnknownUnit: one of ``orgs`` is out of reach.
    :raises UserError: a measure or period is not known.
    """
    spans, months = compared(period), trend_months(period)
    held = targets or targets_for(figures.session, keys, orgs=orgs, periods=spans[:1])
    found = _asked(scope, figures, keys, orgs, spans)
    lines = _asked(scope, figures, trends, orgs, months)
    cards: dict[str, list[Card]] = {key: [] for key in keys}
    for key in keys:
        for org in orgs:
            now, before, year_before = (_of(found, key, org, span) for span in spans)
            trend = tuple(_of(lines, key, org, month) for month in months if key in trends)
            force = held.of(key, now)
            cards[key].append(Card(held.measures[key], now, before, year_before, force, trend))
    return cards


def _asked(
    scope: Scope,
    figures: Remembered,
    keys: Sequence[str],
    orgs: Sequence[str],
    spans: Sequence[Period],
) -> dict[tuple[str, str, str], Figure]:
    labels = [span.label for span in spans if span.start.year >= FIRST_YEAR]
    found = figures_for(scope, figures, keys, orgs=orgs, periods=labels)
    return {
        (key, figure.org, figure.period.label): figure
        for key, rows in found.items()
        for figure in rows
    }


def _of(found: Mapping[tuple[str, str, str], Figure], key: str, org: str, span: Period) -> Figure:
    """The figure; before the first year that can be asked for there is none."""
    absent = Figure(org, span, None, reason="figure.outside_data")
    return found.get((key, org, span.label), absent)
