"""Service orders: what is asked for, how long it takes, and the steps on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from powercx.analytics.simulate.arrays import (
    DAY,
    HOUR,
    NEVER,
    Array,
    Bools,
    Coded,
    Columns,
    Floats,
    Ints,
    Rng,
    nullable,
    pick,
    pick_by_group,
    weighted_words,
)
from powercx.analytics.simulate.keys import customer_ids, running
from powercx.analytics.simulate.outages import SUSTAINED, Outages
from powercx.analytics.simulate.people import VOLTAGE_LEVELS, People, personas
from powercx.analytics.simulate.plan import City
from powercx.analytics.simulate.strengths import catalogue

CHANNELS = (
    "hotline",
    "hall",
    "kiosk",
    "web",
    "app",
    "wechat",
    "alipay",
    "gov",
    "manager",
    "email",
    "other",
)
STATUSES = ("open", "done", "cancelled")
OPEN, DONE, CANCELLED = 0, 1, 2
REGULATORS = ("none", "12398", "12345", "other")
COMPLAINT_SECOND = ("service", "business", "outage", "supply_quality", "grid_works")
ARRIVAL_LIMITS = np.array([45, 90, 120]) * 60
_CONNECTION_LIMITS = np.array([5, 6, 22, 32])
_HOURS = np.array(
    [1, 1, 1, 1, 1, 2, 4, 8, 14, 16, 15, 12, 9, 11, 13, 13, 12, 10, 8, 8, 7, 5, 3, 2], float
)


def kinds() -> dict[str, Mapping[str, Any]]:
    """The kinds of order by code, in the order of their index."""
    return dict(catalogue("orders"))


@dataclass(frozen=True)
class Orders:
    """Orders of a block: parallel arrays; instants in seconds since the start.

    ``kind`` indexes `kinds`, ``detail`` the words of `details`, ``second`` the second level of
    complaints (-1: none). ``number`` is the order's number in the block.
    """

    number: Ints
    customer: Ints
    kind: Ints
    second: Ints
    detail: Ints
    channel: Ints
    accepted: Ints
    due: Ints
    arrived: Ints
    completed: Ints
    status: Ints
    provider: Ints
    regulator: Ints
    face_eligible: Bools
    face: Bools
    referrer: Ints

    def __len__(self) -> int:
        return len(self.customer)


def details() -> tuple[list[str], dict[tuple[str, str], tuple[list[int], list[float]]]]:
    """All third-level words, and per (kind, second level) their indices and weights."""
    words: list[str] = []
    groups: dict[tuple[str, str], tuple[list[int], list[float]]] = {}
    for kind, entry in kinds().items():
        for second, choices in entry.get("second", {"": entry["details"]}).items():
            names, weights = weighted_words(choices)
            groups[kind, second] = (list(range(len(words), len(words) + len(names))), weights)
            words += names
    return words, groups


def persona_channels() -> Floats:
    """Weights of channels by persona (personas x channels)."""
    return np.array([[float(w) for w in persona["channels"]] for persona in personas()])


def instants(city: City, people: People, customer: Ints, rng: Rng) -> tuple[Ints, Bools]:
    """A moment for each row, mostly in the daytime, and whether the customer was supplied then."""
    weights = np.where(city.calendar.rest, 0.55, 1.0)
    day = pick(rng, weights, len(customer))
    second = (
        day * DAY + pick(rng, _HOURS, len(customer)) * HOUR + rng.integers(0, HOUR, len(customer))
    )
    first, last = people.span(city.calendar.days)
    return second, (day >= first[customer]) & (day < last[customer])


def make_orders(city: City, people: People, outages: Outages, rng: Rng) -> Orders:
    """All orders of the block but complaints, by time of acceptance."""
    names = list(kinds())
    rates = np.array([entry["rate"] for entry in kinds().values()])
    years = city.calendar.days / 365.25
    parts: list[tuple[Ints, Ints, Ints]] = []
    for kind in range(len(names)):
        counts = rng.poisson(rates[kind][people.category] * years)
        customer = np.repeat(np.arange(len(people)), counts)
        accepted, there = instants(city, people, customer, rng)
        parts.append((customer[there], np.full(int(there.sum()), kind), accepted[there]))
    parts.append(_new_connections(people, rng))
    parts.append(_fault_calls(city, outages, rng))
    customer, kind_of, accepted = (np.concatenate(column) for column in zip(*parts, strict=True))
    inside = (accepted >= 0) & (accepted < city.calendar.days * DAY)
    order = np.argsort(accepted[inside], kind="stable")
    who, what, when = (column[inside][order] for column in (customer, kind_of, accepted))
    return _work(city, people, who, what, when, first_number=0, rng=rng)


def _new_connections(people: People, rng: Rng) -> tuple[Ints, Ints, Ints]:
    """Those who opened an account in the period had asked for supply some days before."""
    customer = np.flatnonzero(people.opened >= 0)
    day = people.opened[customer] - rng.integers(2, 15, len(customer))
    accepted = day * DAY + rng.integers(9 * HOUR, 17 * HOUR, len(customer))
    return customer, np.zeros(len(customer), np.int64), accepted


def _fault_calls(city: City, outages: Outages, rng: Rng) -> tuple[Ints, Ints, Ints]:
    """Some of those in the dark report it."""
    calls = rng.random(len(outages.event)) < city.strengths.number("outages.fault_call")
    calls &= (outages.kind == SUSTAINED) & (outages.seconds > 15 * 60)
    rows = np.flatnonzero(calls)
    delay = rng.uniform(3 * 60, np.minimum(outages.seconds[rows], 2 * HOUR))
    kind = np.full(len(rows), list(kinds()).index("fault"))
    return outages.customer[rows], kind, outages.started[rows] + delay.astype(np.int64)


def make_complaints(
    city: City, people: People, customer: Ints, accepted: Ints, *, first_number: int, rng: Rng
) -> Orders:
    """Complaint orders of the customers given."""
    kind = np.full(len(customer), list(kinds()).index("complaint"))
    return _work(city, people, customer, kind, accepted, first_number=first_number, rng=rng)


def _work(  # the facts of one request and where its number begins
    city: City,
    people: People,
    customer: Ints,
    kind: Ints,
    accepted: Ints,
    *,
    first_number: int,
    rng: Rng,
) -> Orders:
    """Give each request its limit, its course and its end."""
    station = people.station[customer]
    bad = city.stations.bad[station]
    due = _limits(city, people, customer, kind, accepted)
    seconds = _working_time(city, people, kind, customer, bad, rng)
    completed = accepted + seconds
    second, detail = _classes(kind, rng)
    drawn = Orders(
        number=first_number + np.arange(len(customer)),
        customer=customer,
        kind=kind,
        second=second,
        detail=detail,
        channel=pick_by_group(rng, persona_channels(), people.persona[customer]),
        accepted=accepted,
        due=due,
        arrived=np.full(len(customer), NEVER),
        completed=completed,
        status=np.full(len(customer), DONE),
        provider=_providers(city, kind, rng),
        regulator=_regulators(city, kind, rng),
        face_eligible=_flags(city, kind, "face_scan_eligible", rng),
        face=_flags(city, kind, "face_scan", rng),
        referrer=_referrers(city, people, customer, rng),
    )
    return _close(city, _visit_faults(city, drawn, station, bad, rng), rng)


def _limits(city: City, people: People, customer: Ints, kind: Ints, accepted: Ints) -> Ints:
    """When each order is due: by working days until midnight, or by hours."""
    due = np.empty(len(kind), np.int64)
    for index, (name, entry) in enumerate(kinds().items()):
        rows = np.flatnonzero(kind == index)
        if "hours" in entry["limit"]:
            due[rows] = accepted[rows] + entry["limit"]["hours"] * HOUR
            continue
        days = np.full(len(rows), entry["limit"]["working_days"])
        if name == "connection":
            days = connection_limit(people, customer[rows])
        due[rows] = (city.calendar.after_working_days(accepted[rows] // DAY, days) + 1) * DAY - 1
    return due


def connection_limit(people: People, customer: Ints) -> Ints:
    """Working days: residential 5, low voltage 6, high voltage single 22, double 32."""
    low_business = (people.category[customer] != 0) & (people.voltage[customer] == 0)
    return _CONNECTION_LIMITS[
        np.where(
            low_business,
            1,
            np.where(people.voltage[customer] == 0, 0, people.voltage[customer] + 1),
        )
    ]


def _working_time(
    city: City, people: People, kind: Ints, customer: Ints, bad: Bools, rng: Rng
) -> Ints:
    medians = np.array([float(entry["median_h"]) for entry in kinds().values()])
    sigmas = np.array([float(entry["sigma"]) for entry in kinds().values()])
    scale = np.where(kind == 0, connection_limit(people, customer) / _CONNECTION_LIMITS[0], 1.0)
    worse = np.where(bad, city.strengths.number("orders.late_bad_station"), 1.0)
    spread = np.exp(rng.standard_normal(len(kind)) * sigmas[kind])
    seconds: Ints = np.maximum(medians[kind] * scale * worse * spread * HOUR, 120).astype(np.int64)
    return seconds


def _classes(kind: Ints, rng: Rng) -> tuple[Ints, Ints]:
    """Second level of complaints, and third level of everything."""
    _, groups = details()
    names = list(kinds())
    second, detail = np.full(len(kind), -1), np.full(len(kind), -1)
    complaint = names.index("complaint")
    rows = np.flatnonzero(kind == complaint)
    second[rows] = pick(rng, [3, 3, 4, 3, 1], len(rows))
    for (name, level), (indices, weights) in groups.items():
        chosen = kind == names.index(name)
        if level:
            chosen &= second == COMPLAINT_SECOND.index(level)
        rows = np.flatnonzero(chosen)
        detail[rows] = np.array(indices)[pick(rng, weights, len(rows))]
    return second, detail


def _providers(city: City, kind: Ints, rng: Rng) -> Ints:
    outside = np.isin(
        kind, [list(kinds()).index(name) for name in ("connection", "metering", "fault")]
    )
    outside &= rng.random(len(kind)) < city.strengths.number("orders.external_provider")
    return np.where(outside, rng.integers(0, len(catalogue("names")["providers"]), len(kind)), -1)


def _regulators(city: City, kind: Ints, rng: Rng) -> Ints:
    weights = city.strengths.numbers("voice.regulator_shares")
    through = np.isin(
        kind, [list(kinds()).index(name) for name in ("complaint", "report", "opinion")]
    )
    return np.where(through, pick(rng, weights, len(kind)), 0)


def _flags(city: City, kind: Ints, name: str, rng: Rng) -> Bools:
    paper = np.isin(kind, [list(kinds()).index(k) for k in ("connection", "change")])
    return paper & (rng.random(len(kind)) < city.strengths.number(f"orders.{name}"))


def _referrers(city: City, people: People, customer: Ints, rng: Rng) -> Ints:
    named = rng.random(len(customer)) < city.strengths.number("orders.referred")
    other = rng.integers(0, len(people), len(customer))
    return np.where(named & (other != customer), other, -1)


def _visit_faults(city: City, orders: Orders, station: Ints, bad: Bools, rng: Rng) -> Orders:
    """Arrival and repair of faults; one in ten is closed over the telephone."""
    number = city.strengths.number
    is_fault = orders.kind == list(kinds()).index("fault")
    median = np.array(city.strengths.numbers("orders.arrival_median_minutes"))[
        city.stations.area[station]
    ]
    better = city.stations.improved[station] & (orders.accepted // DAY >= city.improvement_day)
    factor = np.where(better, number("planted.improvement_arrival"), 1.0)
    factor *= np.where(bad, number("orders.late_bad_station"), 1.0)
    spread = rng.lognormal(0, number("orders.arrival_sigma"), len(orders))
    arrived = orders.accepted + (median * factor * spread * 60).astype(np.int64)
    repair = rng.lognormal(np.log(number("orders.fault_restore_median_minutes")), 0.6, len(orders))
    repair *= np.where(bad, number("orders.late_bad_station"), 1.0)
    visited = is_fault & (rng.random(len(orders)) < city.strengths.number("orders.visited"))
    return replace(
        orders,
        arrived=np.where(visited, arrived, NEVER),
        completed=np.where(visited, arrived + (repair * 60).astype(np.int64), orders.completed),
    )


def _close(city: City, orders: Orders, rng: Rng) -> Orders:
    """Withdraw some, and leave open what the end of the data cuts off."""
    end = city.calendar.days * DAY
    cancelled = rng.random(len(orders)) < city.strengths.number("orders.cancelled")
    unfinished = orders.completed >= end
    status = np.where(cancelled, CANCELLED, np.where(unfinished, OPEN, DONE))
    late = (orders.arrived >= end) | cancelled
    return replace(
        orders,
        status=status,
        arrived=np.where(late, NEVER, orders.arrived),
        completed=np.where(status == DONE, orders.completed, NEVER),
        face=orders.face & orders.face_eligible,
    )


def columns(city: City, people: People, orders: Orders, score: Array) -> Columns:
    """Rows of ``service_order``; ``score`` is the call-back score, 0 where none was asked."""
    providers = [row[0] for row in catalogue("names")["providers"]]
    connects = orders.kind == 0
    asked = score > 0
    return {
        "order_id": running("GD", people, orders.number),
        "customer_id": customer_ids(people.first + orders.customer),
        "type_l1": Coded(list(kinds()), orders.kind, "order_type"),
        "type_l2": Coded(COMPLAINT_SECOND, orders.second, "order_type_l2"),
        "type_l3": Coded(details()[0], orders.detail),
        "channel": Coded(CHANNELS, orders.channel, "channel"),
        "accepted_at": orders.accepted,
        "due_at": orders.due,
        "arrived_at": orders.arrived,
        "completed_at": orders.completed,
        "status": Coded(STATUSES, orders.status, "order_status"),
        "voltage_level": Coded(
            VOLTAGE_LEVELS, np.where(connects, people.voltage[orders.customer], -1), "voltage_level"
        ),
        "provider_id": Coded(providers, orders.provider),
        "callback_score": nullable(score, asked),
        "face_scan": orders.face,
        "face_scan_eligible": orders.face_eligible,
        "referred_by": customer_ids(
            people.first + np.maximum(orders.referrer, 0), orders.referrer < 0
        ),
        "regulator": Coded(REGULATORS, orders.regulator, "regulator"),
        "org_id": Coded(city.stations.org_ids, people.station[orders.customer]),
    }
