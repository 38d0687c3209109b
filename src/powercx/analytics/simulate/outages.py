"""Interruptions: events on feeders, and the usage points each of them takes out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from powercx.analytics.simulate.arrays import (
    DAY,
    HOUR,
    NEVER,
    Array,
    Bools,
    Coded,
    Columns,
    Ints,
    Rng,
    ids,
    pick,
)
from powercx.analytics.simulate.keys import customer_ids, feeder_ids, point_ids
from powercx.analytics.simulate.people import People
from powercx.analytics.simulate.plan import City
from powercx.analytics.simulate.strengths import catalogue

_YEAR = 365.25
SUSTAINED, MOMENTARY, PLANNED = 0, 1, 2
SEVEN_DAYS = 7 * DAY


@dataclass(frozen=True)
class Events:
    """Events on feeders; ``low`` and ``high`` bound the section of the feeder taken out."""

    feeder: Ints
    kind: Ints
    started: Ints
    restored: Ints
    notified: Ints
    low: Array
    high: Array
    cause: Ints

    def __len__(self) -> int:
        return len(self.feeder)


@dataclass(frozen=True)
class Outages:
    """One row per usage point and event; ``seconds`` runs to the end of the data when open."""

    event: Ints
    point: Ints
    customer: Ints
    kind: Ints
    started: Ints
    restored: Ints
    notified: Ints
    seconds: Ints
    events: Events


def make_outages(city: City, people: People, rng: Rng) -> Outages:
    """Draw the block's events and spread them over its points."""
    parts = [
        _sustained(city, people, rng),
        _momentary(city, people, rng),
        _planned(city, people, rng),
    ]
    parts += [_storm(city, people, rng), _still_open(city, people)]
    joined = {
        name: np.concatenate([getattr(part, name) for part in parts])
        for name in Events.__dataclass_fields__
    }
    order = np.argsort(joined["started"], kind="stable")
    return _spread(city, people, Events(**{name: values[order] for name, values in joined.items()}))


def _frequency(city: City, people: People, name: str, rng: Rng) -> Ints:
    """Feeder of every event of one kind (Poisson by area)."""
    rate = np.array(city.strengths.numbers(f"outages.{name}"))[
        city.stations.area[people.feeder_station]
    ]
    counts = rng.poisson(rate * city.calendar.days / _YEAR)
    return np.repeat(np.arange(len(counts)), counts)


def _days(city: City, count: int, rng: Rng, *, seasonal: bool) -> Ints:
    months = np.array([city.calendar.date_of(day).month for day in range(city.calendar.days)])
    season = np.array(city.strengths.numbers("outages.season"))[months - 1]
    weights = season if seasonal else np.where(city.calendar.rest, 0.15, 1.0)
    return pick(rng, weights, count)


def _section(city: City, count: int, rng: Rng) -> tuple[Array, Array]:
    whole = rng.random(count) < city.strengths.number("outages.whole_feeder")
    low = np.where(whole, 0.0, rng.uniform(0, 0.8, count))
    return low, np.where(whole, 1.0, low + rng.uniform(0.1, 0.5, count))


def _event(city: City, feeder: Ints, kind: int, started: Array, seconds: Array, rng: Rng) -> Events:
    low, high = _section(city, len(feeder), rng)
    started = np.asarray(started, np.int64)
    restored = started + np.maximum(np.asarray(seconds, np.int64), 1)
    restored[restored >= city.calendar.days * DAY] = NEVER
    causes = len(catalogue("names")["planned_causes" if kind == PLANNED else "causes"])
    offset = len(catalogue("names")["causes"]) if kind == PLANNED else 0
    return Events(
        feeder=feeder,
        kind=np.full(len(feeder), kind),
        started=started,
        restored=restored,
        notified=np.full(len(feeder), NEVER),
        low=low,
        high=high,
        cause=offset + rng.integers(0, causes, len(feeder)),
    )


def _lengths(city: City, people: People, feeder: Ints, rng: Rng) -> Array:
    """Seconds of unplanned outages; longer in bad stations, never under six minutes."""
    station = people.feeder_station[feeder]
    number = city.strengths.number
    median = np.array(city.strengths.numbers("outages.median_minutes"))[city.stations.area[station]]
    worse = np.where(city.stations.bad[station], number("orders.outage_bad_station"), 1.0)
    spread = rng.lognormal(0, number("outages.length_sigma"), len(feeder))
    return np.maximum(median * worse * spread, 6) * 60


def _sustained(city: City, people: People, rng: Rng) -> Events:
    feeder = _frequency(city, people, "sustained_per_year", rng)
    second = rng.triangular(0, 16 * HOUR, DAY, len(feeder))
    started = _days(city, len(feeder), rng, seasonal=True) * DAY + second
    return _event(city, feeder, SUSTAINED, started, _lengths(city, people, feeder, rng), rng)


def _momentary(city: City, people: People, rng: Rng) -> Events:
    feeder = _frequency(city, people, "momentary_per_year", rng)
    started = _days(city, len(feeder), rng, seasonal=True) * DAY + rng.uniform(0, DAY, len(feeder))
    shortest, longest = 2, 300
    return _event(
        city, feeder, MOMENTARY, started, rng.uniform(shortest, longest, len(feeder)), rng
    )


def _planned(city: City, people: People, rng: Rng) -> Events:
    feeder = _frequency(city, people, "planned_per_year", rng)
    count = len(feeder)
    started = _days(city, count, rng, seasonal=False) * DAY + rng.uniform(
        6 * HOUR, 10 * HOUR, count
    )
    events = _event(
        city, feeder, PLANNED, started // 600 * 600, rng.uniform(2, 9, count) * HOUR, rng
    )
    number = city.strengths.number
    draw = rng.random(count)
    early = events.started - SEVEN_DAYS - rng.integers(0, 5 * DAY, count)
    late = events.started - rng.integers(12 * HOUR, SEVEN_DAYS - HOUR, count)
    notified = np.where(draw < number("outages.notice_in_time"), early, late)
    notified[draw > 1 - number("outages.notice_never")] = NEVER
    return Events(**{**vars(events), "notified": notified})


def _storm(city: City, people: People, rng: Rng) -> Events:
    hit = rng.random(len(people.feeder_station)) < city.strengths.number("outages.storm_share")
    feeder = np.flatnonzero(hit)
    started = city.storm_day * DAY + rng.uniform(2 * HOUR, 20 * HOUR, len(feeder))
    median = city.strengths.number("outages.storm_median_minutes") * 60
    return _event(
        city, feeder, SUSTAINED, started, median * rng.lognormal(0, 0.6, len(feeder)), rng
    )


def _still_open(city: City, people: People) -> Events:
    """One event of the last evening that has no end yet."""
    started = np.array([city.calendar.days * DAY - 3 * HOUR])
    return Events(
        feeder=np.array([len(people.feeder_station) - 1]),
        kind=np.array([SUSTAINED]),
        started=started,
        restored=np.array([NEVER]),
        notified=np.array([NEVER]),
        low=np.zeros(1),
        high=np.ones(1),
        cause=np.zeros(1, np.int64),
    )


def _spread(city: City, people: People, events: Events) -> Outages:
    points = people.points
    order = np.argsort(points.feeder, kind="stable")
    sizes = np.bincount(points.feeder, minlength=len(people.feeder_station))
    starts = np.cumsum(sizes) - sizes
    counts = sizes[events.feeder]
    event = np.repeat(np.arange(len(events)), counts)
    within = np.arange(len(event)) - np.repeat(np.cumsum(counts) - counts, counts)
    point = order[starts[events.feeder[event]] + within]
    customer = points.customer[point]
    first, last = people.span(city.calendar.days)
    day = events.started[event] // DAY
    section = points.section[point]
    hit = (section >= events.low[event]) & (section < events.high[event])
    hit &= (day >= first[customer]) & (day < last[customer])
    event, point, customer = event[hit], point[hit], customer[hit]
    started, restored = events.started[event], events.restored[event]
    end = np.where(restored == NEVER, city.calendar.days * DAY, restored)
    return Outages(
        event=event,
        point=point,
        customer=customer,
        kind=events.kind[event],
        started=started,
        restored=restored,
        notified=events.notified[event],
        seconds=end - started,
        events=events,
    )


def in_time(outages: Outages) -> Bools:
    """Whether the customers were told seven days before."""
    ahead = np.where(outages.notified == NEVER, 0, outages.started - outages.notified)
    told: Bools = ahead >= SEVEN_DAYS
    return told


def columns(city: City, people: People, outages: Outages) -> Columns:
    """Rows of ``interruption``; instants are seconds since the start."""
    names = catalogue("names")
    point = outages.point
    return {
        "interruption_id": ids("TD", people.block * 1_000_000 + outages.event, 11),
        "usage_point_id": point_ids(people, point),
        "customer_id": customer_ids(people.first + outages.customer),
        "feeder_id": feeder_ids(people, people.points.feeder[point]),
        "started_at": outages.started,
        "restored_at": outages.restored,
        "planned": outages.kind == PLANNED,
        "notified_at": outages.notified,
        "cause": Coded(
            [*names["causes"], *names["planned_causes"]], outages.events.cause[outages.event]
        ),
        "org_id": Coded(city.stations.org_ids, people.station[outages.customer]),
    }
