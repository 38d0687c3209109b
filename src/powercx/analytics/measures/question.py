"""What is asked of a measure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from powercx.base.periods import Period


@dataclass(frozen=True, slots=True)
class Question:
    """Organisations, periods and, if any, the segment to break down by."""

    orgs: tuple[str, ...]
    periods: tuple[Period, ...]
    segment: str | None = None

    def at(self, periods: Iterable[Period]) -> Question:
        """The same for other periods."""
        return replace(self, periods=tuple(periods))
