"""What a refresh stood on, kept in its commit: readers and the next refresh begin from it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path

from powercx.analytics.results.contracts import result_store

KEY = "state"


@dataclass(frozen=True)
class State:
    """Versions of everything a refresh stood on.

    ``tables`` and ``results`` are Delta versions, ``measures`` the versions of the definitions,
    ``rules`` a digest of settings, limits and channels, ``span`` the first and last day of facts.
    """

    powercx: str
    rules: str
    tables: Mapping[str, int]
    measures: Mapping[str, str]
    span: Mapping[str, tuple[str, str]]
    results: Mapping[str, int] = field(default_factory=dict)

    def last(self, *tables: str) -> date | None:
        """The last known day of any of ``tables``."""
        days = [date.fromisoformat(self.span[t][1]) for t in tables if t in self.span]
        return max(days, default=None)

    def first(self, *tables: str) -> date | None:
        """The first known day of any of ``tables``."""
        days = [date.fromisoformat(self.span[t][0]) for t in tables if t in self.span]
        return min(days, default=None)

    def to_text(self) -> str:
        return json.dumps(asdict(self))


def read_state(lake: Path) -> State | None:
    """What the last refresh said; None before the first."""
    commit = result_store(lake, "measure_part").find(KEY)
    return State(**json.loads(commit[KEY])) if commit else None
