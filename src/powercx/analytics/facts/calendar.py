"""The Chinese working calendar as a table."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

import chinese_calendar
import pyarrow as pa

FIRST, LAST = date(2000, 1, 1), date(2045, 12, 31)


@cache
def working_calendar() -> pa.Table:
    """One row per day: ``day``, ``working``, ``working_index``, ``known``.

    ``working_index`` counts the working days up to and with the day, so that those in (A, B] are a
    difference. Make-up days work, public holidays do not; in years the calendar does not know
    (``known`` false) Monday to Friday work.
    """
    days = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
    states = [_working(day) for day in days]
    index, count = [], 0
    for working, _ in states:
        count += working
        index.append(count)
    return pa.table(
        {
            "day": pa.array(days, pa.date32()),
            "working": [working for working, _ in states],
            "working_index": pa.array(index, pa.int64()),
            "known": [known for _, known in states],
        }
    )


def _working(day: date) -> tuple[bool, bool]:
    try:
        return bool(chinese_calendar.is_workday(day)), True
    except NotImplementedError:
        return day.isoweekday() <= 5, False  # noqa: PLR2004 - Friday


def unknown_years(first: date, last: date) -> list[int]:
    """Years between the two days that the holiday calendar does not know."""
    return [y for y in range(first.year, last.year + 1) if not _working(date(y, 6, 1))[1]]
