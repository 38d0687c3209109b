"""The customers of one block and the points where they are supplied."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from powercx.analytics.simulate.arrays import (
    NEVER,
    Array,
    Bools,
    Floats,
    Ints,
    Rng,
    pick,
    pick_by_group,
)
from powercx.analytics.simulate.plan import CATEGORIES, City
from powercx.analytics.simulate.strengths import catalogue

CLOSE_REASONS = ("by_choice", "moved", "arrears", "merged", "other")
VOLTAGE_LEVELS = ("low", "high_single", "high_double")
_YEAR = 365.25
_BY_CHOICE = 0


@dataclass(frozen=True)
class Points:
    """Usage points, sorted by customer; ``section`` is the place on the feeder in [0, 1)."""

    customer: Ints
    number: Ints
    feeder: Ints
    transformer: Ints
    section: Floats

    def __len__(self) -> int:
        return len(self.customer)


@dataclass(frozen=True)
class People:
    """Customers of one block: parallel arrays, one entry a customer.

    ``first`` is the number of the first of them in the city; ``feeder`` and ``station`` index the
    block's feeders and the city's stations; ``opened`` and ``closed`` are days (``NEVER``: open).
    """

    block: int
    first: int
    station: Ints
    feeder: Ints
    feeder_station: Ints
    category: Ints
    persona: Ints
    voltage: Ints
    supplies: Ints
    size: Floats
    tou: Bools
    e_bill: Bools
    auto_pay: Bools
    consent: Bools
    opened: Ints
    closed: Ints
    close_reason: Ints
    base: Floats
    points: Points

    def __len__(self) -> int:
        return len(self.station)

    @property
    def numbers(self) -> Ints:
        """Numbers in the city."""
        return self.first + np.arange(len(self))

    def span(self, days: int) -> tuple[Ints, Ints]:
        """First day within the period and the day after the last, by customer."""
        first = np.maximum(self.opened, 0)
        last = np.where(self.closed == NEVER, days, self.closed)
        return first, np.maximum(np.minimum(last, days), first)


def personas() -> list[Mapping[str, Any]]:
    """The planted segments, in the order of their index."""
    return list(catalogue("personas"))


def persona_numbers(name: str) -> Floats:
    """One number of every persona."""
    return np.array([float(persona[name]) for persona in personas()])


def make_people(city: City, *, block: int, first: int, count: int, rng: Rng) -> People:
    """Draw ``count`` customers; the first five hold one of every category."""
    numbers = city.strengths.numbers
    category = pick(rng, numbers("customers.category_shares"), count)
    category[: len(CATEGORIES)] = np.arange(len(CATEGORIES))
    feeder_station = _feeders(city, count, rng)
    feeder = rng.integers(0, len(feeder_station), count)
    feeder[: len(feeder_station)] = np.arange(min(count, len(feeder_station)))
    supplies = 1 + (rng.random(count) < np.array(numbers("customers.double_supply"))[category])
    persona = _personas(category, rng)
    base = (
        city.strengths.number("experience.base")
        + persona_numbers("base")[persona]
        + rng.normal(0, city.strengths.number("experience.base_sd"), count)
    )
    opened, closed, reason = _lifetimes(city, base, rng)
    return People(
        block=block,
        first=first,
        station=feeder_station[feeder],
        feeder=feeder,
        feeder_station=feeder_station,
        category=category,
        persona=persona,
        voltage=np.where((category == 2) | (supplies > 1), supplies, 0),  # noqa: PLR2004  # industry
        supplies=supplies,
        size=np.exp(rng.normal(0, np.array(numbers("usage.spread"))[category])),
        tou=rng.random(count) < np.array(numbers("customers.tou_shares"))[category],
        e_bill=rng.random(count) < city.strengths.number("customers.e_bill"),
        auto_pay=rng.random(count) < persona_numbers("auto_pay")[persona],
        consent=rng.random(count) < city.strengths.number("customers.consent_survey"),
        opened=opened,
        closed=closed,
        close_reason=reason,
        base=base,
        points=_points(city, category, feeder, rng),
    )


def _feeders(city: City, count: int, rng: Rng) -> Ints:
    """Station of every feeder of the block; each station has at least one."""
    stations = len(city.stations.org_ids)
    wanted = max(stations, round(count / city.strengths.number("customers.feeder_size")))
    more = pick(rng, city.stations.weight, wanted - stations)
    return np.concatenate([np.arange(stations), more])


def _personas(category: Array, rng: Rng) -> Ints:
    shares = np.array(
        [
            [persona["share"] if name in persona["categories"] else 0.0 for persona in personas()]
            for name in CATEGORIES
        ]
    )
    return pick_by_group(rng, shares, category)


def _lifetimes(city: City, base: Floats, rng: Rng) -> tuple[Ints, Ints, Ints]:
    """Days of opening and closing, and why closed; the unhappy leave by choice more often."""
    count, days = len(base), city.calendar.days
    number = city.strengths.number
    oldest, youngest = 30 * _YEAR, 60
    opened = -rng.integers(youngest, int(oldest), count)
    new = rng.random(count) < number("customers.new_per_year") * days / _YEAR
    opened[new] = rng.integers(0, days, int(new.sum()))
    reason = pick(rng, city.strengths.numbers("customers.close_reason_shares"), count)
    unhappy = np.exp(-0.06 * (base - number("experience.base")))
    rate = number("customers.closed_per_year") * np.where(reason == _BY_CHOICE, unhappy, 1.0)
    leaves = (rng.random(count) < rate * days / _YEAR) & ~new
    closed = np.where(leaves, rng.integers(1, days + 1, count), NEVER)
    closed[closed >= days] = NEVER
    return opened, closed, np.where(closed == NEVER, -1, reason)


def _points(city: City, category: Ints, feeder: Ints, rng: Rng) -> Points:
    second = (
        rng.random(len(category))
        < np.array(city.strengths.numbers("customers.second_point"))[category]
    )
    customer = np.repeat(np.arange(len(category)), 1 + second)
    number = np.zeros(len(customer), np.int64)
    number[1:] = customer[1:] == customer[:-1]
    section = rng.random(len(category))[customer]
    per_feeder = city.strengths.number("customers.feeder_size") / city.strengths.number(
        "customers.transformer_size"
    )
    return Points(
        customer=customer,
        number=number,
        feeder=feeder[customer],
        transformer=(section * per_feeder).astype(np.int64),
        section=section,
    )
