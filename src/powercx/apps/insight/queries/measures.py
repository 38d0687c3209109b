"""What the pages of measures show: the list for one unit and period, and one measure in full."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from powercx.analytics.definitions.catalogue import MeasureFile
from powercx.analytics.definitions.measures import Kind, Measure
from powercx.analytics.measures.figures import Figure
from powercx.analytics.measures.standing import Change, Standing, change, standing
from powercx.analytics.results.tree import UNASSIGNED
from powercx.apps.core.enums import Permission
from powercx.apps.core.figures import figures_for
from powercx.apps.core.http import Place
from powercx.apps.core.rules import UnknownRecord
from powercx.apps.core.service import InForce, Targets, targets_for
from powercx.base.periods import Period, months_until

MONTHS = 13


@dataclass(frozen=True, slots=True)
class Compared:
    """A change since an earlier period; without one ``reason`` is a code of base/messages."""

    then: Period
    change: Change | None
    reason: str = ""


@dataclass(frozen=True)
class Line:
    """One measure, or one unit or segment of it, as lists and tables show it."""

    file: MeasureFile
    figure: Figure
    target: InForce | None
    before: Compared
    year: Compared
    trend: tuple[Figure, ...] = ()

    @property
    def measure(self) -> Measure:
        return self.file.measure

    @property
    def standing(self) -> Standing | None:
        return standing(self.measure, self.figure, self.target.value if self.target else None)


@dataclass(frozen=True)
class Asked:
    """The figures behind a page, taken at once: units by periods."""

    place: Place
    keys: Sequence[str]
    orgs: Sequence[str]
    months: Sequence[Period] = ()

    @cached_property
    def figures(self) -> Mapping[tuple[str, str, str], Figure]:
        """By measure, unit and the label of the period."""
        span = self.place.span
        labels = [p.label for p in (span, span.before(), span.year_ago(), *self.months)]
        found = figures_for(
            self.place.scope,
            self.place.figures,
            self.keys,
            orgs=self.orgs,
            periods=list(dict.fromkeys(labels)),
        )
        return {(k, f.org, f.period.label): f for k, figures in found.items() for f in figures}

    @cached_property
    def targets(self) -> Targets:
        spans = [self.place.span, *self.months]
        return targets_for(self.place.figures.session, self.keys, orgs=self.orgs, periods=spans)

    def line(self, key: str, org: str) -> Line:
        """One measure of one unit."""
        file = self.place.figures.session.catalogue.measures[key]
        span = self.place.span
        figure = self.figures[key, org, span.label]
        return Line(
            file,
            figure,
            self.targets.of(key, figure),
            self._compared(file.measure, figure, span.before()),
            self._compared(file.measure, figure, span.year_ago()),
            self.trend(key, org),
        )

    def trend(self, key: str, org: str) -> tuple[Figure, ...]:
        """The months of one unit."""
        return tuple(self.figures[key, org, month.label] for month in self.months)

    def _compared(self, measure: Measure, figure: Figure, then: Period) -> Compared:
        if not is_over(self.place):
            return Compared(then, None, "measure.not_over")
        earlier = self.figures[measure.key, figure.org, then.label]
        found = change(measure, figure, earlier)
        return Compared(then, found, "" if found else earlier.reason or "")


def is_over(place: Place) -> bool:
    """Whether the data reaches to the period's end, so that it compares with a whole one."""
    last = last_day(place)
    return last is not None and place.span.last <= last


def last_day(place: Place) -> date | None:
    """The last day that anything is known of."""
    state = place.figures.session.state
    return state.last(*state.span)


def months_shown(place: Place) -> list[Period]:
    """The thirteen months that end with the period's last, or with the last that is known."""
    known = last_day(place)
    return months_until(min(place.span.last, known) if known else place.span.last, MONTHS)


def file_of(place: Place, key: str) -> MeasureFile:
    """:raises UnknownRecord: there is no such measure."""
    files = place.figures.session.catalogue.measures
    if key not in files:
        raise UnknownRecord("records.unknown")
    return files[key]


def matching(place: Place, kind: str, text: str) -> list[MeasureFile]:
    """The measures of a kind (all when empty) whose key or names hold ``text``, in order."""
    words = text.casefold().split()
    return [
        file
        for file in _in_order(place.figures.session.catalogue.measures.values())
        if kind in {"", file.measure.kind.value} and all(w in _words(file.measure) for w in words)
    ]


def lines(place: Place, files: Sequence[MeasureFile]) -> list[Line]:
    """The measures for the unit and period looked at."""
    keys = [file.measure.key for file in files]
    asked = Asked(place, keys, [place.org], months_shown(place))
    return [asked.line(key, place.org) for key in keys]


def units_beneath(place: Place) -> list[str]:
    """The units directly beneath that may be seen."""
    return place.scope.cut(place.tree.children(place.org), Permission.MEASURES)


def name_of(place: Place, org: str, nobody: str) -> str:
    """A unit's name; ``nobody`` for what belongs to none."""
    return nobody if org == UNASSIGNED else place.tree.names.get(org, org)


def segments(place: Place, key: str, by: str) -> list[Figure]:
    """The measure's figures by a segment, in the unit and period looked at."""
    found = figures_for(
        place.scope, place.figures, [key], orgs=[place.org], periods=[place.period], by=by
    )
    return found[key]


def _in_order(files: Iterable[MeasureFile]) -> list[MeasureFile]:
    kinds = list(Kind)
    return sorted(files, key=lambda file: (kinds.index(file.measure.kind), file.measure.key))


def _words(measure: Measure) -> str:
    return f"{measure.key} {measure.name.zh} {measure.name.en}".casefold()
