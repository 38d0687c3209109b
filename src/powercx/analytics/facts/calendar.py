"""The Chinese working calendar as a table."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from itertools import accumulate

import chinese_calendar
import pyarrow as pa

FIRST, LAST = date(2000, 1, 1), date(2045, 12, 31)
_FRIDAY = 5


@cache
def working_calendar() -> pa.Table:
    """One row per day: ``day``, ``working``, ``working_index``, ``known``.

    ``working_index`` counts the working days up to and with the day, so that those in (A, B] are a
    difference. Make-up days work, public holidays do not; in years the calendar does not know
    (``known`` false) Monday to Friday work.
    """
    days = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
    working = [_working(day) for day in days]
    first, last = _known_years()
    return pa.table(
        {
            "day": pa.array(days, pa.date32()),
            "working": working,
            "working_index": pa.array(accumulate(map(int, working)), pa.int64()),
            "known": [first <= day.year <= last for day in days],
        }
    )


def _working(day: date) -> bool:
    """As ``chinese_calendar.is_workday``, which looks all its years through at every call."""
    made_up = day in chinese_calendar.workdays
    return made_up or (day.isoweekday() <= _FRIDAY and day not in chinese_calendar.holidays)


@cache
def _known_years() -> tuple[int, int]:
    return min(chinese_calendar.holidays).year, max(chinese_calendar.holidays).year


def unknown_years(first: date, last: date) -> list[int]:
    """Years between the two days that the holiday calendar does not know."""
    begin, end = _known_years()
    return [y for y in range(first.year, last.year + 1) if not begin <= y <= end]
