"""Figures as plain rows, so that a test states the whole answer."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from powercx.analytics.measures import service
from powercx.base.home import Home

NOW = datetime(2026, 1, 1, tzinfo=UTC)
Rows = list[dict[str, Any]]
Explained = dict[str, Any]


class Asker:
    """Refreshes when asked for the first time since a write, and shows figures as plain rows."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self.stale = True

    def __call__(self, key: str, *, org: str = "city", period: str, by: str | None = None) -> Rows:
        """One row a figure: org, (period,) (segment,) numerator, denominator, value.

        Several organisations or periods are separated by commas, as on the command line.
        """
        orgs, periods = org.split(","), period.split(",")
        several = len(periods) > 1 or by == "month"
        rows = self.answer(key, orgs=orgs, periods=periods, by=by).to_json()["rows"]
        return [
            _plain(row, several=several, segment=by not in {None, "org", "month"}) for row in rows
        ]

    def value(self, key: str, *, org: str = "city", period: str) -> float | None:
        """The value of a single figure."""
        [row] = self(key, org=org, period=period)
        return row["value"]

    def answer(
        self, key: str, *, orgs: list[str], periods: list[str], by: str | None = None
    ) -> service.Answer:
        """The answer as the engine gives it."""
        self._refresh()
        return service.show(self._home, key, orgs=orgs, periods=periods, by=by)

    def explain(self, key: str, *, org: str = "city", period: str, rows: int = 5) -> Explained:
        """The JSON answer of ``powercx measures explain``."""
        self._refresh()
        with service.open_session(self._home) as session:
            return session.explain(key, org=org, period=period, rows=rows).to_json()

    def _refresh(self) -> None:
        if self.stale:
            service.refresh(self._home, at=NOW)
            self.stale = False


def _plain(row: dict[str, Any], *, several: bool, segment: bool) -> dict[str, Any]:
    names = ["org"] + ["period"] * several + ["segment"] * segment
    return {name: row[name] for name in (*names, "numerator", "denominator", "value")}
