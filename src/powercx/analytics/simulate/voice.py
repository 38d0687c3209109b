"""Who complains, who answers a survey and what, who says something and of which kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

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
    logistic,
    nullable,
    pick,
    weighted_words,
)
from powercx.analytics.simulate.contacts import Contacts
from powercx.analytics.simulate.experience import Experience
from powercx.analytics.simulate.keys import customer_ids, running
from powercx.analytics.simulate.orders import CHANNELS, DONE, Orders
from powercx.analytics.simulate.people import People
from powercx.analytics.simulate.plan import City
from powercx.analytics.simulate.strengths import catalogue

_QUARTER = 3
_LAST_CLICK = 5 * DAY


def complainants(city: City, people: People, experience: Experience, rng: Rng) -> tuple[Ints, Ints]:
    """Customers who complain, and when; at most the limit of the block's customers a month."""
    number = city.strengths.number
    gap = experience.level - number("experience.base")
    chance = number("voice.complaints_month") * np.exp(
        np.clip(number("voice.complaints_slope") * gap, -4, 4)
    )
    most = int(number("voice.complaints_limit") * len(people))
    first, last = people.span(city.calendar.days)
    who: list[Ints] = []
    when: list[Ints] = []
    for index, month in enumerate(city.calendar.months):
        there = (first <= month.first) & (last >= month.first + month.days)
        drawn = np.flatnonzero(there & (rng.random(len(people)) < chance[:, index]))
        drawn = np.sort(rng.permutation(drawn)[:most])
        day = month.first + rng.integers(0, month.days, len(drawn))
        who.append(drawn)
        when.append(day * DAY + rng.integers(8 * HOUR, 21 * HOUR, len(drawn)))
    return np.concatenate(who), np.concatenate(when)


def callback_scores(city: City, orders: Orders, mood: Floats, rng: Rng) -> Ints:
    """1-5 for finished orders that were called back, else 0; lateness costs a point."""
    asked = (orders.status == DONE) & (
        rng.random(len(orders)) < city.strengths.number("orders.callback")
    )
    late = orders.completed > orders.due
    felt = 4.5 + 0.35 * mood - 0.9 * late + rng.normal(0, 0.65, len(orders))
    return np.where(asked, np.clip(np.round(felt), 1, 5), 0).astype(np.int64)


@dataclass(frozen=True)
class Invitations:
    """Invitations of a block; ``wave`` indexes the months (transaction) or quarters (relation)."""

    survey: Ints
    wave: Ints
    customer: Ints
    at: Ints
    channel: Ints
    delivered: Bools
    completed: Bools
    completed_at: Ints
    mood: Floats

    def __len__(self) -> int:
        return len(self.customer)


def surveys() -> dict[str, Mapping[str, Any]]:
    """The surveys by key, in the order of their index."""
    return dict(catalogue("surveys"))


def invite(
    city: City, people: People, contacts: Contacts, experience: Experience, rng: Rng
) -> Invitations:
    """Invitations and who answers: experience decides, and never more than the limit overall."""
    number, days = city.strengths.number, city.calendar.days
    parts = [_after_contacts(city, people, contacts, rng), _every_quarter(city, people, rng)]
    customer, at = (np.concatenate([part[k] for part in parts]) for k in (0, 1))
    survey = np.repeat([1, 0], [len(part[0]) for part in parts])
    inside = at < days * DAY
    customer, at, survey = customer[inside], at[inside], survey[inside]
    mood = experience.mood(city, customer, at)
    channel = _channels(survey, rng)
    delivered = rng.random(len(at)) < number("surveys.delivered")
    chance = logistic(number("surveys.response_logit") + number("surveys.response_slope") * mood)
    completed_at = at + (rng.random(len(at)) ** 3 * _LAST_CLICK).astype(np.int64) + 120
    answered = delivered & (rng.random(len(at)) < chance) & (completed_at < days * DAY)
    return Invitations(
        survey=survey,
        wave=city.calendar.month_of_day[at // DAY],
        customer=customer,
        at=at,
        channel=channel,
        delivered=delivered,
        completed=_limited(answered, delivered, number("surveys.response_limit"), rng),
        completed_at=completed_at,
        mood=mood,
    )


def _limited(answered: Bools, delivered: Bools, limit: float, rng: Rng) -> Bools:
    """``answered`` with a random surplus over the limit dropped."""
    most = int(limit * delivered.sum())
    rows = rng.permutation(np.flatnonzero(answered))
    kept = answered.copy()
    kept[rows[most:]] = False
    return kept


def _after_contacts(city: City, people: People, contacts: Contacts, rng: Rng) -> tuple[Ints, Ints]:
    share = city.strengths.number("surveys.transaction_share")
    rows = contacts.counts & contacts.known & people.consent[contacts.customer]
    rows &= rng.random(len(contacts)) < share
    return contacts.customer[rows], contacts.at[rows] + rng.integers(
        HOUR, 30 * HOUR, int(rows.sum())
    )


def _every_quarter(city: City, people: People, rng: Rng) -> tuple[Ints, Ints]:
    """The last month of every quarter of the period, or the last month of a short period."""
    months = city.calendar.months
    chosen = [m for m in months if int(m.label[5:]) % _QUARTER == 0] or [months[-1]]
    first, last = people.span(city.calendar.days)
    who: list[Ints] = []
    when: list[Ints] = []
    for month in chosen:
        there = people.consent & (first < month.first) & (last > month.first + month.days - 1)
        asked = there & (
            rng.random(len(people)) < city.strengths.number("surveys.relation_per_quarter")
        )
        rows = np.flatnonzero(asked)
        who.append(rows)
        when.append(
            (month.first + rng.integers(4, 20, len(rows))) * DAY
            + rng.integers(9 * HOUR, 20 * HOUR, len(rows))
        )
    return np.concatenate(who), np.concatenate(when)


def _channels(survey: Ints, rng: Rng) -> Ints:
    channel = np.zeros(len(survey), np.int64)
    for index, entry in enumerate(surveys().values()):
        names, weights = weighted_words(entry["channels"])
        rows = np.flatnonzero(survey == index)
        channel[rows] = np.array([CHANNELS.index(name) for name in names])[
            pick(rng, weights, len(rows))
        ]
    return channel


def _wave_labels(city: City) -> list[str]:
    """Transaction waves by month, then relation waves by quarter."""
    months = [m.label for m in city.calendar.months]
    return months + [f"{label[:4]}Q{(int(label[5:]) + 2) // _QUARTER}" for label in months]


def _wave(city: City, invitations: Invitations) -> Coded:
    offset = np.where(invitations.survey == 0, len(city.calendar.months), 0)
    return Coded(_wave_labels(city), invitations.wave + offset)


def invitation_columns(city: City, people: People, invitations: Invitations) -> Columns:
    """Rows of ``survey_invitation``."""
    done = invitations.completed
    return {
        "invitation_id": running("YQ", people, np.arange(len(invitations))),
        "survey": Coded(list(surveys()), invitations.survey),
        "wave": _wave(city, invitations),
        "customer_id": customer_ids(people.first + invitations.customer),
        "at": invitations.at,
        "delivered": invitations.delivered,
        "completed_at": np.where(done, invitations.completed_at, np.iinfo(np.int64).min),
        "channel": Coded(CHANNELS, invitations.channel, "channel"),
        "org_id": Coded(city.stations.org_ids, people.station[invitations.customer]),
    }


def answer_columns(city: City, people: People, invitations: Invitations, rng: Rng) -> list[Columns]:
    """Rows of ``survey_answer``, one set an item."""
    made: list[Columns] = []
    for index, entry in enumerate(surveys().values()):
        for item in entry["items"]:
            answered = invitations.completed & (invitations.survey == index)
            answered &= rng.random(len(invitations)) >= item.get("optional", 0.0)
            rows = np.flatnonzero(answered)
            felt = (
                item["mean"]
                + item["loading"] * invitations.mood[rows]
                + item["noise"] * rng.standard_normal(len(rows))
            )
            value = np.clip(np.round(felt), item["low"], item["high"])
            texts = pa.nulls(len(rows), pa.string())
            made.append(
                item_columns(
                    city, people, invitations, rows, (item["key"], item["kind"]), (value, texts)
                )
            )
    return made


def item_columns(
    city: City,
    people: People,
    invitations: Invitations,
    rows: Ints,
    item: tuple[str, str],
    given: tuple[Array, pa.Array],
) -> Columns:
    """Answers to one item: ``item`` is key and kind, ``given`` values and texts."""
    nothing = np.zeros(len(rows), np.int64)
    customer = invitations.customer[rows]
    wave = _wave(city, invitations)
    return {
        "survey": Coded(list(surveys()), invitations.survey[rows]),
        "wave": Coded(wave.words, wave.index[rows]),
        "response_id": running("DJ", people, rows),
        "customer_id": customer_ids(people.first + customer),
        "at": invitations.completed_at[rows],
        "channel": Coded(CHANNELS, invitations.channel[rows], "channel"),
        "item": Coded([item[0]], nothing),
        "item_kind": Coded([item[1]], nothing, "item_kind"),
        "value": given[0]
        if isinstance(given[0], pa.Array)
        else nullable(given[0], np.ones(len(rows), bool)),
        "text": given[1],
        "org_id": Coded(city.stations.org_ids, people.station[customer]),
    }
