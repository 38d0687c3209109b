"""Contacts: with orders, about wrong bills, for no reason we know, and again when unsettled."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from powercx.analytics.simulate.arrays import (
    DAY,
    HOUR,
    Array,
    Bools,
    Coded,
    Columns,
    Floats,
    Ints,
    Rng,
    ids,
    nullable,
    pick,
    pick_by_group,
)
from powercx.analytics.simulate.bills import Bills
from powercx.analytics.simulate.keys import customer_ids, running
from powercx.analytics.simulate.orders import CHANNELS, Orders, instants, kinds, persona_channels
from powercx.analytics.simulate.people import People, persona_numbers
from powercx.analytics.simulate.plan import City

BUSINESS = (
    "connection",
    "change",
    "billing",
    "metering",
    "fault",
    "complaint",
    "enquiry",
    "value_added",
    "other",
)
_WEIGHTS = (4, 5, 34, 5, 14, 0, 26, 4, 8)
DIRECTIONS = ("in", "out")
HOTLINE, HALL = CHANNELS.index("hotline"), CHANNELS.index("hall")
_DIGITAL = [CHANNELS.index(name) for name in ("kiosk", "web", "app", "wechat", "alipay", "gov")]
_TOUCHPOINTS = (
    "人工坐席",
    "综合柜台",
    "自助缴费机",
    "网上营业厅",
    "掌上营业厅",
    "服务号菜单",
    "生活号",
    "政务大厅电力专区",
    "上门走访",
    "服务邮箱",
    "其他",
)


@dataclass(frozen=True)
class Contacts:
    """Contacts of a block; ``order`` is the order's number in the block, -1 for none."""

    customer: Ints
    at: Ints
    channel: Ints
    business: Ints
    incoming: Bools
    order: Ints
    known: Bools
    wait: Ints
    talk: Ints
    abandoned: Bools
    resolved: Bools
    agent: Ints

    def __len__(self) -> int:
        return len(self.customer)

    @property
    def counts(self) -> Bools:
        """Inbound contacts somebody dealt with."""
        return self.incoming & ~self.abandoned


@dataclass(frozen=True)
class _Reason:
    """Who comes when, how and about what."""

    customer: Ints
    at: Ints
    channel: Ints
    business: Ints
    order: Ints


def make_contacts(
    city: City, people: People, orders: Orders, bills: list[Bills], rng: Rng
) -> Contacts:
    """All contacts of the block but those of complaints, by time."""
    first = _merge(
        [
            _with_orders(orders),
            _unprompted(city, people, rng),
            *[_about_bill(city, people, bill, rng) for bill in bills],
        ]
    )
    drawn = _course(city, people, first, rng)
    again = _follow_up(city, drawn, rng)
    more = _course(city, people, again, rng)
    joined = [
        np.concatenate([getattr(part, f.name) for part in (drawn, more)]) for f in fields(Contacts)
    ]
    inside = np.flatnonzero((joined[1] >= 0) & (joined[1] < city.calendar.days * DAY))
    order = inside[np.argsort(joined[1][inside], kind="stable")]
    return Contacts(*[column[order] for column in joined])


def with_complaints(city: City, people: People, orders: Orders, rng: Rng) -> Contacts:
    """The contact by which each complaint came in."""
    return _course(city, people, _with_orders(orders), rng)


def _merge(parts: list[_Reason]) -> _Reason:
    return _Reason(*[np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(_Reason)])


def _with_orders(orders: Orders) -> _Reason:
    business = np.array([BUSINESS.index(entry["business"]) for entry in kinds().values()])
    before = 240
    at = np.maximum(orders.accepted - before, 0)
    return _Reason(orders.customer, at, orders.channel, business[orders.kind], orders.number)


def _unprompted(city: City, people: People, rng: Rng) -> _Reason:
    rate = city.strengths.number("contacts.per_year") * persona_numbers("contact")[people.persona]
    counts = rng.poisson(rate * city.calendar.days / 365.25)
    customer = np.repeat(np.arange(len(people)), counts)
    at, there = instants(city, people, customer, rng)
    customer, at = customer[there], at[there]
    channel = pick_by_group(rng, persona_channels(), people.persona[customer])
    return _Reason(customer, at, channel, pick(rng, _WEIGHTS, len(at)), np.full(len(at), -1))


def _about_bill(city: City, people: People, bills: Bills, rng: Rng) -> _Reason:
    asks = (bills.error > 0) & (
        rng.random(len(bills.error)) < city.strengths.number("contacts.billing_error_call")
    )
    customer = bills.customer[asks]
    at = (bills.issued[asks] + rng.integers(1, 12, len(customer))) * DAY
    at += rng.integers(9 * HOUR, 18 * HOUR, len(customer))
    channel = pick_by_group(rng, persona_channels(), people.persona[customer])
    return _Reason(
        customer, at, channel, np.full(len(at), BUSINESS.index("billing")), np.full(len(at), -1)
    )


def _follow_up(city: City, contacts: Contacts, rng: Rng) -> _Reason:
    """The same customer on the same business within days, often on another channel."""
    number = city.strengths.number
    again = (
        contacts.counts
        & ~contacts.resolved
        & (rng.random(len(contacts)) < number("contacts.follow_up"))
    )
    rows = np.flatnonzero(again)
    at = contacts.at[rows] + rng.integers(2 * HOUR, 9 * DAY, len(rows))
    moved = rng.random(len(rows)) < number("contacts.follow_up_other_channel")
    other = np.where(contacts.channel[rows] == HOTLINE, HALL, HOTLINE)
    channel = np.where(moved, other, contacts.channel[rows])
    return _Reason(
        contacts.customer[rows], at, channel, contacts.business[rows], contacts.order[rows]
    )


def _course(city: City, people: People, why: _Reason, rng: Rng) -> Contacts:
    """Waiting, giving up, talking, settling."""
    number, count = city.strengths.number, len(why.at)
    hotline = why.channel == HOTLINE
    outgoing = hotline & (why.order < 0) & (rng.random(count) < number("contacts.outgoing"))
    wait = _waiting(city, why, outgoing, rng)
    gave_up = (
        hotline
        & ~outgoing
        & (why.order < 0)
        & (wait > rng.exponential(number("contacts.patience_s"), count) + 8)
    )
    talk = rng.lognormal(np.log(number("contacts.talk_median_s")), 0.7, count)
    resolved = (rng.random(count) < number("contacts.resolved")) & ~gave_up
    return Contacts(
        customer=why.customer,
        at=why.at,
        channel=why.channel,
        business=why.business,
        incoming=~outgoing,
        order=why.order,
        known=(why.order >= 0) | (rng.random(count) >= number("contacts.unknown_customer")),
        wait=wait,
        talk=np.where(gave_up, 0, talk).astype(np.int64),
        abandoned=gave_up,
        resolved=resolved,
        agent=people.block % 5 * 100 + rng.integers(1, 60, count),
    )


def _waiting(city: City, why: _Reason, outgoing: Bools, rng: Rng) -> Ints:
    """Seconds: queues of the hotline, longer around the storm; minutes in the hall; else none."""
    number, count = city.strengths.number, len(why.at)
    storm = np.isin(why.at // DAY, [city.storm_day, city.storm_day + 1])
    wait = rng.lognormal(
        np.log(number("contacts.wait_median_s")), number("contacts.wait_sigma"), count
    )
    wait *= np.where(storm, number("contacts.wait_storm"), 1.0)
    in_hall = rng.lognormal(np.log(420), 0.6, count)
    shown = np.where(why.channel == HOTLINE, wait, np.where(why.channel == HALL, in_hall, 0.0))
    return np.where(outgoing, 0, np.minimum(shown, 2 * HOUR)).astype(np.int64)


def ratings(city: City, contacts: Contacts, mood: Floats, rng: Rng) -> Ints:
    """1-5 where the caller pressed a key, else 0; ``mood`` is experience in standard deviations."""
    asked = (contacts.channel == HOTLINE) & ~contacts.abandoned
    asked &= rng.random(len(contacts)) < city.strengths.number("contacts.rated")
    felt = 4.35 + 0.35 * mood - 1.0 * ~contacts.resolved + rng.normal(0, 0.7, len(contacts))
    return np.where(asked, np.clip(np.round(felt), 1, 5), 0).astype(np.int64)


def columns(
    city: City, people: People, contacts: Contacts, rating: Array, *, first_number: int
) -> Columns:
    """Rows of ``contact``."""
    numbers = first_number + np.arange(len(contacts))
    queued = (contacts.channel == HOTLINE) | (contacts.channel == HALL)
    hotline = contacts.channel == HOTLINE
    unsettled = contacts.abandoned | ~contacts.incoming
    alone = np.isin(contacts.channel, _DIGITAL)
    return {
        "contact_id": running("JC", people, numbers),
        "customer_id": customer_ids(people.first + contacts.customer, ~contacts.known),
        "at": contacts.at,
        "channel": Coded(CHANNELS, contacts.channel, "channel"),
        "touchpoint": Coded(_TOUCHPOINTS, contacts.channel),
        "business_type": Coded(BUSINESS, contacts.business, "business_type"),
        "direction": Coded(DIRECTIONS, (~contacts.incoming).astype(np.int64), "direction"),
        "wait_s": nullable(contacts.wait, queued & contacts.incoming),
        "talk_s": nullable(contacts.talk, ~alone & ~contacts.abandoned),
        "answered": nullable(~contacts.abandoned, hotline),
        "abandoned": nullable(contacts.abandoned, hotline),
        "resolved": nullable(contacts.resolved, ~unsettled),
        "self_service": alone & (contacts.order < 0),
        "agent_id": ids("A", contacts.agent, 5, alone | contacts.abandoned),
        "order_id": running("GD", people, np.maximum(contacts.order, 0), contacts.order < 0),
        "rating": nullable(rating, rating > 0),
        "org_id": Coded(city.stations.org_ids, people.station[contacts.customer]),
    }
