"""What the whole city shares: calendar, weather, organisation, and what is planted in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import chinese_calendar
import numpy as np

from powercx.analytics.simulate.arrays import Array, Bools, Floats, Ints, Rng
from powercx.analytics.simulate.strengths import Strengths, catalogue

_MARGIN = 200
AREAS = ("urban", "rural", "remote")
CATEGORIES = ("residential", "commercial", "large_industrial", "agricultural", "other")


@dataclass(frozen=True)
class Month:
    """One month of the period: label such as 2025-03, first day since the start, days."""

    label: str
    first: int
    days: int


@dataclass(frozen=True)
class Calendar:
    """Days of the period; working days reach ``_MARGIN`` days beyond either end."""

    start: date
    months: tuple[Month, ...]
    rest: Bools
    holiday: Bools
    working: Ints

    @property
    def days(self) -> int:
        """Days of the period."""
        return self.months[-1].first + self.months[-1].days

    @property
    def month_of_day(self) -> Ints:
        """Index of the month of every day."""
        return np.repeat(np.arange(len(self.months)), [m.days for m in self.months])

    def after_working_days(self, day: Array, count: Array) -> Ints:
        """The day on which ``count`` working days after ``day`` have gone by."""
        at = np.clip(day + _MARGIN, 0, len(self.working) - 1)
        index = np.searchsorted(self.working, self.working[at] + count, side="left")
        after: Ints = index.astype(np.int64) - _MARGIN
        return after

    def working_days_between(self, first: Array, last: Array) -> Ints:
        """Working days in (first, last]; both clipped to the calendar."""
        edge = len(self.working) - 1
        at = np.clip(np.stack([first, last]) + _MARGIN, 0, edge).astype(np.int64)
        passed: Ints = self.working[at[1]] - self.working[at[0]]
        return passed

    def date_of(self, day: int) -> date:
        """The calendar date of a day of the period."""
        return self.start + timedelta(days=day)


@dataclass(frozen=True)
class Stations:
    """The leaves of the organisation, and what is planted in them."""

    org_ids: tuple[str, ...]
    names: tuple[str, ...]
    bureau: Ints
    area: Ints
    weight: Floats
    bad: Bools
    improved: Bools


@dataclass(frozen=True)
class City:
    """All that is drawn once; its size does not depend on the number of customers."""

    calendar: Calendar
    stations: Stations
    temperature: Floats
    day_factor: Floats
    storm_day: int
    improvement_day: int
    strengths: Strengths


def make_calendar(start: date, months: int) -> Calendar:
    """The days of ``months`` months from ``start``, the first of a month."""
    made: list[Month] = []
    first = start
    for _ in range(months):
        following = (first.replace(day=1) + timedelta(days=32)).replace(day=1)
        made.append(Month(first.strftime("%Y-%m"), (first - start).days, (following - first).days))
        first = following
    days = (first - start).days
    dates = [start + timedelta(days=n) for n in range(-_MARGIN, days + _MARGIN)]
    works = np.array([_works(day) for day in dates])
    inside = dates[_MARGIN : _MARGIN + days]
    rest = ~works[_MARGIN : _MARGIN + days]
    weekend = np.array([day.weekday() >= 5 for day in inside])  # noqa: PLR2004  # Saturday
    return Calendar(start, tuple(made), rest, rest & ~weekend, np.cumsum(works))


def _works(day: date) -> bool:
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:  # years whose public holidays are not announced
        return day.weekday() < 5  # noqa: PLR2004  # Monday to Friday


def make_city(*, calendar: Calendar, strengths: Strengths, rng: Rng) -> City:
    """Draw organisation, weather and planted facts."""
    temperature = _temperature(calendar, strengths, rng)
    storm = _storm_day(calendar, rng)
    turn = int(len(calendar.months) * strengths.number("planted.improvement_at"))
    return City(
        calendar=calendar,
        stations=_stations(strengths, rng),
        temperature=temperature,
        day_factor=_day_factor(calendar, temperature, strengths),
        storm_day=storm,
        improvement_day=calendar.months[turn].first,
        strengths=strengths,
    )


def _stations(strengths: Strengths, rng: Rng) -> Stations:
    low, high = strengths.count("city.stations_low"), strengths.count("city.stations_high")
    counts = rng.integers(low, high + 1, strengths.count("city.bureaus"))
    total = int(counts.sum())
    bureau = np.repeat(np.arange(len(counts)), counts)
    within = np.concatenate([np.arange(count) for count in counts])
    shares = np.array(strengths.numbers("city.area_shares"))
    area = np.searchsorted(np.cumsum(shares), (np.arange(total) + 0.5) / total)
    order = rng.permutation(total)
    bad, improved = np.zeros(total, bool), np.zeros(total, bool)
    bad[order[: strengths.count("city.bad_stations")]] = True
    improved[order[-strengths.count("city.improved_stations") :]] = True
    words = catalogue("names")["station_words"]
    return Stations(
        org_ids=tuple(f"B{b + 1:02d}S{s + 1:02d}" for b, s in zip(bureau, within, strict=True)),
        names=tuple(f"{words[k % len(words)]}供电所" for k in range(total)),
        bureau=bureau,
        area=rng.permutation(np.minimum(area, len(AREAS) - 1)),
        weight=rng.uniform(0.6, 1.6, total),
        bad=bad,
        improved=improved,
    )


def _temperature(calendar: Calendar, strengths: Strengths, rng: Rng) -> Floats:
    day_of_year = np.array([calendar.date_of(d).timetuple().tm_yday for d in range(calendar.days)])
    warmest, persistence, wobble = 205, 0.75, 1.6
    season = np.cos(2 * np.pi * (day_of_year - warmest) / 365.25)
    noise = np.empty(calendar.days)
    last = 0.0
    for day, shock in enumerate(rng.normal(0, wobble, calendar.days)):
        last = persistence * last + shock
        noise[day] = last
    mean, swing = (strengths.number(f"usage.temperature_{k}") for k in ("mean", "swing"))
    return mean + swing * season + noise


def _day_factor(calendar: Calendar, temperature: Floats, strengths: Strengths) -> Floats:
    """Factor on usage by category and day: weather, weekend, holiday (categories x days)."""
    comfortable = (14.0, 24.0)
    heat = np.maximum(temperature - comfortable[1], 0.0)
    cold = np.maximum(comfortable[0] - temperature, 0.0)

    def column(name: str) -> Floats:
        return np.array(strengths.numbers(f"usage.{name}"))[:, None]

    weather = 1.0 + column("heat") * heat + column("cold") * cold
    rest = np.where(calendar.rest & ~calendar.holiday, column("rest_day"), 1.0)
    holiday = np.where(calendar.holiday, column("holiday"), 1.0)
    return weather * rest * holiday


def _storm_day(calendar: Calendar, rng: Rng) -> int:
    """A day of the typhoon months, or of the middle of a period that has none."""
    day_month = np.array([calendar.date_of(day).month for day in range(calendar.days)])
    stormy = np.flatnonzero(np.isin(day_month, (7, 8, 9)))
    middle = np.arange(calendar.days // 3, 2 * calendar.days // 3 + 1)
    return int(rng.choice(stormy if len(stormy) else middle))
