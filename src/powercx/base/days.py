"""Sets of local days, kept as merged spans."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class Days:
    """Local days as disjoint spans ``(first, last)``, both included, in order."""

    spans: tuple[tuple[date, date], ...] = ()

    @classmethod
    def of(cls, spans: Iterable[tuple[date, date]]) -> Days:
        """Merge any spans; those that touch become one, those that end before they begin vanish.

        >>> Days.of([(date(2025, 1, 3), date(2025, 1, 4)), (date(2025, 1, 1), date(2025, 1, 2))])
        Days(spans=((datetime.date(2025, 1, 1), datetime.date(2025, 1, 4)),))
        """
        merged: list[tuple[date, date]] = []
        for first, last in sorted(span for span in spans if span[0] <= span[1]):
            if merged and first <= _moved(merged[-1][1], 1):
                merged[-1] = (merged[-1][0], max(merged[-1][1], last))
            else:
                merged.append((first, last))
        return cls(tuple(merged))

    def __bool__(self) -> bool:
        return bool(self.spans)

    def __or__(self, other: Days) -> Days:
        return Days.of((*self.spans, *other.spans))

    def __contains__(self, day: date) -> bool:
        return any(first <= day <= last for first, last in self.spans)

    def widen(self, *, back: int, ahead: int) -> Days:
        """Each day together with the ``back`` days before and the ``ahead`` days after it."""
        return Days.of((_moved(first, -back), _moved(last, ahead)) for first, last in self.spans)

    def meets(self, first: date, last: date) -> bool:
        """Whether any day lies between ``first`` and ``last``, both included."""
        return any(begin <= last and first <= end for begin, end in self.spans)

    def to_text(self) -> list[str]:
        """Spans as ISO text, ``2025-01-01`` or ``2025-01-01..2025-01-04``."""
        return [f"{a}" if a == b else f"{a}..{b}" for a, b in self.spans]

    @classmethod
    def from_text(cls, spans: Iterable[str]) -> Days:
        """What ``to_text`` wrote."""
        ends = (span.split("..") for span in spans)
        return cls.of((date.fromisoformat(e[0]), date.fromisoformat(e[-1])) for e in ends)


def _moved(day: date, by: int) -> date:
    """``by`` days later, or the first or last day there is."""
    try:
        return day + timedelta(days=by)
    except OverflowError:
        return date.max if by > 0 else date.min
