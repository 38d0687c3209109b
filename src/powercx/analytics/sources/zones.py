"""Local time to UTC and back, as SQL, for the zone of a home or of a mapping."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

_FIRST = datetime(1900, 1, 1, tzinfo=UTC)
_LAST = datetime(2101, 1, 1, tzinfo=UTC)
_STEP = timedelta(days=7)
_FEW = 40


@dataclass(frozen=True, slots=True)
class _Span:
    """From ``start`` (UTC) on, local time is ``seconds`` ahead of UTC."""

    start: datetime
    seconds: int


def to_utc(local: str, zone: str) -> str:
    """SQL of the TIMESTAMPTZ at which the clocks of ``zone`` showed ``local`` (a TIMESTAMP).

    Of an hour that came twice it is the second; an hour that was left out is read with the offset
    before it, and so lies as much later.
    """
    spans = _spans(zone)
    if spans is None:
        return f"timezone('{zone}', {local})"
    cases = [
        f"WHEN {local} >= TIMESTAMP '{_local_start(span):%Y-%m-%d %H:%M:%S}' "
        f"THEN {local} - {_interval(span.seconds)}"
        for span in reversed(spans[1:])
    ]
    return f"CAST({_case(cases, f'{local} - {_interval(spans[0].seconds)}')} AS TIMESTAMPTZ)"


def local_day(instant: str, zone: str) -> str:
    """SQL of the day that ``instant`` (a TIMESTAMPTZ) has in ``zone``."""
    spans = _spans(zone)
    if spans is None:
        return f"CAST(timezone('{zone}', {instant}) AS DATE)"
    naive = f"CAST({instant} AS TIMESTAMP)"
    cases = [
        f"WHEN {naive} >= TIMESTAMP '{span.start:%Y-%m-%d %H:%M:%S}' "
        f"THEN {naive} + {_interval(span.seconds)}"
        for span in reversed(spans[1:])
    ]
    return f"CAST({_case(cases, f'{naive} + {_interval(spans[0].seconds)}')} AS DATE)"


def _case(cases: list[str], otherwise: str) -> str:
    return f"CASE {' '.join(cases)} ELSE {otherwise} END" if cases else otherwise


def _interval(seconds: int) -> str:
    return f"INTERVAL ({seconds}) SECOND"


def _local_start(span: _Span) -> datetime:
    """What the clocks showed when the offset began."""
    return span.start + timedelta(seconds=span.seconds)


@cache
def _spans(zone: str) -> list[_Span] | None:
    """The offsets of a zone from 1900 to 2100; None when too many to write down (summer time)."""
    clock = ZoneInfo(zone)
    found = [_Span(_FIRST, _ahead(_FIRST, clock))]
    at = _FIRST
    while at < _LAST:
        following = at + _STEP
        if _ahead(following, clock) != found[-1].seconds:
            start = _turn(at, following, clock)
            found.append(_Span(start, _ahead(start, clock)))
            if len(found) > _FEW:
                return None
        at = following
    return found


def _turn(before: datetime, after: datetime, clock: ZoneInfo) -> datetime:
    """The first second of the new offset between two instants."""
    old = _ahead(before, clock)
    low, high = int(before.timestamp()), int(after.timestamp())
    while high - low > 1:
        middle = (low + high) // 2
        if _ahead(datetime.fromtimestamp(middle, UTC), clock) == old:
            low = middle
        else:
            high = middle
    return datetime.fromtimestamp(high, UTC)


def _ahead(at: datetime, clock: ZoneInfo) -> int:
    offset = at.astimezone(clock).utcoffset()
    return 0 if offset is None else int(offset.total_seconds())
