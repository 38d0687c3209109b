"""Major event days of IEEE 1366 (2.5 beta), computed once at the root of the organisation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from powercx.analytics.definitions.measures import FactMeasure
from powercx.analytics.results.reader import Reader
from powercx.analytics.results.state import State
from powercx.analytics.results.tree import OrgTree
from powercx.analytics.statistics.major_events import major_event_threshold
from powercx.base.periods import Period

YEARS = 5
BASE = "saidi"


class MajorEventDays:
    """Days whose SAIDI at the root exceeds the threshold of up to five preceding years."""

    def __init__(self, state: State, reader: Reader, tree: OrgTree) -> None:
        self._state = state
        self._reader = reader
        self._tree = tree
        self._daily: dict[date, float] | None = None

    def days(
        self, measure: FactMeasure, periods: Sequence[Period]
    ) -> tuple[list[date], list[Period]]:
        """(days to leave out, periods with a year that has no full preceding year of data)."""
        days: list[date] = []
        unknown: list[Period] = []
        for period in periods:
            for year in range(period.start.year, period.last.year + 1):
                threshold = self.threshold(measure.fact, year)
                if threshold is None:
                    unknown.append(period)
                    continue
                days += [
                    d
                    for d, minutes in self._saidi(measure.fact).items()
                    if d.year == year and minutes > threshold
                ]
        return sorted(set(days)), unknown

    def threshold(self, fact: str, year: int) -> float | None:
        """T_MED of a year; None below one whole preceding year of data.

        Source: IEEE Std 1366-2012, 3.5 and annex B.
        """
        first = self._state.first(fact)
        if first is None or first > date(year - 1, 1, 1):
            return None
        daily = self._saidi(fact)
        begin = max(first, date(year - YEARS, 1, 1))
        begin = begin if begin == date(begin.year, 1, 1) else date(begin.year + 1, 1, 1)
        length = (date(year, 1, 1) - begin).days
        known = [daily.get(begin + timedelta(days=n), 0.0) for n in range(length)]
        found = major_event_threshold(known)
        return found.threshold if found else None

    def _saidi(self, fact: str) -> dict[date, float]:
        if self._daily is None:
            orgs = [unit for root in self._tree.roots for unit in self._tree.subtree(root)]
            minutes = self._reader.daily(BASE, fact, orgs)
            changes = self._reader.daily_population("usage_points", orgs)
            self._daily = _per_point(minutes, changes)
        return self._daily


def _per_point(minutes: dict[date, float], changes: list[tuple[date, int]]) -> dict[date, float]:
    found: dict[date, float] = {}
    served, at = 0, 0
    for day in sorted(minutes):
        while at < len(changes) and changes[at][0] <= day:
            served += changes[at][1]
            at += 1
        if served > 0:
            found[day] = minutes[day] / served
    return found
