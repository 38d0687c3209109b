"""Spans of local days: months, quarters, weeks and free ranges, half-open."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from powercx.base.errors import UserError

_FORMS = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2})|(?P<month>\d{4}-\d{2})|(?P<week>\d{4}-W\d{2})"
    r"|(?P<quarter>\d{4}Q[1-4])|(?P<half>\d{4}H[12])|(?P<year>\d{4})"
)
_YEAR = slice(0, 4)
FIRST_YEAR, LAST_YEAR = 1900, 2100


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """Local days from ``start`` (in) to ``end`` (out), under the name people use for them."""

    start: date
    end: date
    label: str

    @property
    def days(self) -> int:
        """Number of local days."""
        return (self.end - self.start).days

    @property
    def last(self) -> date:
        """The last day inside."""
        return self.end - timedelta(days=1)

    @property
    def whole_months(self) -> bool:
        """Whether the period begins and ends with a month, as monthly facts need."""
        return self.start.day == 1 and self.end.day == 1

    def months(self) -> list[Period]:
        """The months it touches, each cut to the period; whole ones carry the month's name."""
        found, at = [], self.start
        while at < self.end:
            following = _month_after(at)
            end = min(following, self.end)
            whole = at.day == 1 and end == following
            label = f"{at:%Y-%m}" if whole else f"{at}..{end - timedelta(days=1)}"
            found.append(Period(at, end, label))
            at = following
        return found

    def year_before(self) -> Period:
        """The same days one year earlier; a 29 February stands for the 28th.

        What ends with a month ends with that month a year earlier, 29 February included.
        """
        ends_month = self.end.day == 1
        end = _minus_year(self.end) if ends_month else _minus_year(self.last) + timedelta(days=1)
        return Period(_minus_year(self.start), end, f"{self.label}-1y")

    def before(self) -> Period:
        """The period of the same length that ends where this one begins.

        >>> parse_period("2025Q1").before().label, parse_period("2025-03-01").before().label
        ('2024Q4', '2025-02-28')
        """
        if not self.whole_months:
            return spelt(self.start - timedelta(days=self.days), self.start)
        place = 12 * self.start.year + self.start.month - 1 - _months_between(self.start, self.end)
        return spelt(date(place // 12, place % 12 + 1, 1), self.start)

    def year_ago(self) -> Period:
        """``year_before`` under a name that can be asked for.

        >>> parse_period("2025-03").year_ago().label
        '2024-03'
        """
        then = self.year_before()
        return spelt(then.start, then.end)


def month_of(day: date) -> Period:
    """The calendar month that ``day`` lies in."""
    first = day.replace(day=1)
    return Period(first, _month_after(first), f"{first:%Y-%m}")


def months_until(day: date, count: int) -> list[Period]:
    """The last ``count`` calendar months up to the one that ``day`` lies in, oldest first.

    >>> [month.label for month in months_until(date(2025, 1, 15), 2)]
    ['2024-12', '2025-01']
    """
    found = [month_of(day)]
    while len(found) < count:
        found.append(found[-1].before())
    return found[::-1]


def spelt(start: date, end: date) -> Period:
    """Days from ``start`` (in) to ``end`` (out) under the shortest name ``parse_period`` reads.

    >>> spelt(date(2025, 4, 1), date(2025, 7, 1)).label
    '2025Q2'
    """
    last = end - timedelta(days=1)
    label = start.isoformat() if last == start else f"{start}..{last}"
    if start.day == 1 and end.day == 1:
        count = _months_between(start, end)
        place, within = divmod(start.month - 1, count)
        names = {
            1: f"{start:%Y-%m}",
            3: f"{start.year}Q{place + 1}",
            6: f"{start.year}H{place + 1}",
            12: f"{start.year}",
        }
        label = label if within else names.get(count, label)
    return Period(start, end, label)


def parse_period(text: str) -> Period:
    """Read ``2025-03``, ``2025Q1``, ``2025H1``, ``2025``, ``2025-W09``, ``2025-03-01`` or ``A..B``.

    In ``A..B`` both ends are included and each is any of the other forms.

    :raises UserError: ``period.unknown``, ``period.far`` or ``period.backwards``.

    >>> parse_period("2025Q1").days
    90
    >>> parse_period("2025-W01").start
    datetime.date(2024, 12, 30)
    """
    text = text.strip()
    if ".." not in text:
        return _simple(text)
    first, last = (_simple(part) for part in text.split("..", 1))
    if last.end <= first.start:
        raise UserError("period.backwards", text=text)
    return Period(first.start, last.end, text)


def _simple(text: str) -> Period:
    match = _FORMS.fullmatch(text.strip().upper())
    if match is None:
        raise UserError("period.unknown", text=text)
    try:
        start, end = _bounds(str(match.lastgroup), match.group())
    except (ValueError, OverflowError) as error:
        raise UserError("period.unknown", text=text) from error
    if not FIRST_YEAR <= start.year <= LAST_YEAR:
        raise UserError("period.far", text=text, first=FIRST_YEAR, last=LAST_YEAR)
    return Period(start, end, match.group())


def _bounds(form: str, text: str) -> tuple[date, date]:
    year = int(text[_YEAR])
    match form:
        case "day":
            start = date.fromisoformat(text)
            return start, start + timedelta(days=1)
        case "week":
            start = date.fromisocalendar(year, int(text[-2:]), 1)
            return start, start + timedelta(days=7)
        case "month":
            return _span(year, int(text[-2:]), 1)
        case "quarter":
            return _span(year, 3 * int(text[-1]) - 2, 3)
        case "half":
            return _span(year, 6 * int(text[-1]) - 5, 6)
        case _:
            return _span(year, 1, 12)


def _span(year: int, month: int, months: int) -> tuple[date, date]:
    start = date(year, month, 1)
    last = month - 1 + months
    return start, date(year + last // 12, last % 12 + 1, 1)


def _months_between(start: date, end: date) -> int:
    return 12 * (end.year - start.year) + end.month - start.month


def _month_after(day: date) -> date:
    return _span(day.year, day.month, 1)[1]


def _minus_year(day: date) -> date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return day.replace(year=day.year - 1, day=28)
