"""The latent experience of every customer and month, and what drives it.

experience = lasting level + what happened (each driver by its true effect, felt on in part in the
next months) + the planted improvement + noise. Points on a scale of about 0 to 100, not clipped.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from powercx.analytics.simulate.arrays import DAY, HOUR, NEVER, Array, Floats, Ints, Rng
from powercx.analytics.simulate.bills import Bills
from powercx.analytics.simulate.contacts import HOTLINE, Contacts
from powercx.analytics.simulate.orders import ARRIVAL_LIMITS, DONE, Orders, kinds
from powercx.analytics.simulate.outages import MOMENTARY, PLANNED, SUSTAINED, Outages, in_time
from powercx.analytics.simulate.people import People, personas
from powercx.analytics.simulate.plan import City
from powercx.analytics.simulate.strengths import Strengths

_PATIENT_S = 20
_MOST_LATE_DAYS = 12
_SHOCK_FROM, _SHOCK_MOST = 0.15, 1.0


@dataclass(frozen=True)
class Happened:
    """Everything in a block that can touch a customer before he complains."""

    outages: Outages
    orders: Orders
    contacts: Contacts
    bills: list[Bills]


@dataclass(frozen=True)
class Experience:
    """Customers x months. ``events`` is the part of ``level`` that what happened explains.

    ``scale`` is 1 unless the limit on explained variance had to be enforced in the block.
    """

    level: Floats
    events: Floats
    by_driver: dict[str, Floats]
    scale: float

    def mood(self, city: City, customer: Ints, at: Ints) -> Floats:
        """Experience in standard deviations in the month of ``at`` (seconds)."""
        day = np.clip(at // DAY, 0, city.calendar.days - 1)
        return self.moods(city)[customer, city.calendar.month_of_day[day]]

    def moods(self, city: City) -> Floats:
        """Experience of all in standard deviations around the base."""
        gap = self.level - city.strengths.number("experience.base")
        moods: Floats = gap / spread(city.strengths)
        return moods


def spread(strengths: Strengths) -> float:
    """The standard deviation of experience in which effects on answers are stated."""
    lasting, monthly = (strengths.number(f"experience.{n}") for n in ("base_sd", "noise_sd"))
    return math.hypot(lasting, monthly)


def make_experience(city: City, people: People, happened: Happened, rng: Rng) -> Experience:
    """Add up what every customer lived through."""
    number, months = city.strengths.number, len(city.calendar.months)
    felt = {
        name: _carry_over(effect * amount, number("experience.carry_over"))
        for name, effect, amount in _effects(city, people, happened)
    }
    events = np.sum(list(felt.values()), axis=0)
    noise = rng.normal(0, number("experience.noise_sd"), (len(people), months))
    still = people.base[:, None] + noise
    limit = number("experience.explained_limit")
    share = events.var() / (events.var() + still.var())
    scale = 1.0
    if share > limit:
        scale = float(np.sqrt(0.95 * limit / (1 - 0.95 * limit) * still.var() / events.var()))
    return Experience(
        level=still + scale * events + _improvement(city, people),
        events=scale * events,
        by_driver={name: scale * part for name, part in felt.items()},
        scale=scale,
    )


def _effects(city: City, people: People, happened: Happened) -> list[tuple[str, Floats, Floats]]:
    """Driver, effect by customer (column) and amount (customers x months)."""
    amounts = _amounts(city, people, happened)
    made = []
    for name, effect in city.strengths.group("drivers").items():
        factor = np.array([float(p["sensitivity"].get(name, 1.0)) for p in personas()])
        made.append((name, effect * factor[people.persona][:, None], amounts[name]))
    return made


def _carry_over(now: Floats, kept: float) -> Floats:
    felt = now.copy()
    for month in range(1, now.shape[1]):
        felt[:, month] += kept * felt[:, month - 1]
    return felt


def _improvement(city: City, people: People) -> Floats:
    """The planted effect, from the month of its beginning on."""
    from_month = city.calendar.month_of_day[city.improvement_day]
    later = np.arange(len(city.calendar.months)) >= from_month
    here = city.stations.improved[people.station]
    effect: Floats = city.strengths.number("planted.improvement_effect") * (here[:, None] & later)
    return effect


class _Grid:
    """Adds amounts up by customer and month."""

    def __init__(self, city: City, people: People) -> None:
        self.month_of_day = city.calendar.month_of_day
        self.shape = (len(people), len(city.calendar.months))

    def sum(self, customer: Array, at: Array, amount: Array) -> Floats:
        cell = customer * self.shape[1] + self.month_of_day[at // DAY]
        size = self.shape[0] * self.shape[1]
        added = np.bincount(cell, amount.astype(np.float64), size).astype(np.float64)
        return added.reshape(self.shape)


def _amounts(city: City, people: People, happened: Happened) -> dict[str, Floats]:
    grid = _Grid(city, people)
    return {
        **_outage_amounts(grid, happened.outages),
        **_contact_amounts(grid, happened.contacts),
        **_order_amounts(city, people, grid, happened.orders),
        **_bill_amounts(city, people, happened.bills),
    }


def _outage_amounts(grid: _Grid, outages: Outages) -> dict[str, Floats]:
    def count(chosen: Array, amount: Array) -> Floats:
        return grid.sum(outages.customer[chosen], outages.started[chosen], amount[chosen])

    ones = np.ones(len(outages.event))
    sustained = outages.kind == SUSTAINED
    return {
        "outage": np.log1p(count(sustained, outages.seconds / HOUR)),
        "outage_repeat": np.maximum(count(sustained, ones) - 1, 0),
        "planned_unannounced": count((outages.kind == PLANNED) & ~in_time(outages), ones),
        "momentary": count(outages.kind == MOMENTARY, ones),
    }


def _contact_amounts(grid: _Grid, contacts: Contacts) -> dict[str, Floats]:
    waiting = np.where(
        contacts.channel == HOTLINE, np.maximum(contacts.wait - _PATIENT_S, 0) / 60, 0
    )
    unsettled = contacts.abandoned | (contacts.counts & ~contacts.resolved)
    settled = contacts.counts & contacts.resolved
    amounts = {"waiting": waiting, "unresolved": unsettled, "resolved": settled}
    return {
        name: grid.sum(contacts.customer, contacts.at, amount) for name, amount in amounts.items()
    }


def _order_amounts(city: City, people: People, grid: _Grid, orders: Orders) -> dict[str, Floats]:
    """Lateness is felt when it shows: at completion, or arrival."""
    names = list(kinds())
    done = orders.status == DONE
    connects, faults = orders.kind == names.index("connection"), orders.kind == names.index("fault")
    late = done & (orders.completed > orders.due)
    finished = np.where(done, orders.completed, 0)
    beyond = city.calendar.working_days_between(orders.due // DAY, finished // DAY)
    limit = ARRIVAL_LIMITS[city.stations.area[people.station[orders.customer]]]
    arrived = orders.arrived != NEVER
    slow = arrived & (np.where(arrived, orders.arrived, 0) - orders.accepted > limit)

    def add(chosen: Array, at: Array, amount: Array) -> Floats:
        return grid.sum(orders.customer[chosen], at[chosen], amount[chosen])

    ones = np.ones(len(orders))
    return {
        "connection_late": add(late & connects, finished, np.clip(beyond, 1, _MOST_LATE_DAYS)),
        "order_late": add(late & ~connects & ~faults, finished, ones),
        "arrival_late": add(slow & faults, np.where(arrived, orders.arrived, 0), ones),
    }


def _bill_amounts(city: City, people: People, bills: list[Bills]) -> dict[str, Floats]:
    shape = (len(people), len(city.calendar.months))
    wrong, cents = np.zeros(shape), np.zeros(shape)
    for bill in bills:
        wrong[bill.customer, bill.index] = bill.error > 0
        cents[bill.customer, bill.index] = bill.right
    mean = cents.sum(axis=1) / np.maximum((cents > 0).sum(axis=1), 1)
    rise = np.log(np.maximum(cents, 1) / np.maximum(mean, 1)[:, None])
    shock = np.where(cents > 0, np.clip(rise - _SHOCK_FROM, 0, _SHOCK_MOST), 0)
    return {"bill_error": wrong, "bill_shock": shock}
