"""Words kept as feedback: of orders, of open answers, and spoken without being asked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from powercx.analytics.simulate.arrays import (
    Bools,
    Coded,
    Columns,
    Floats,
    Ints,
    Rng,
    logistic,
    nullable,
    pick,
)
from powercx.analytics.simulate.experience import Experience
from powercx.analytics.simulate.grammar import Writer, matters, polarities
from powercx.analytics.simulate.keys import customer_ids, running
from powercx.analytics.simulate.orders import CHANNELS, COMPLAINT_SECOND, Orders, instants, kinds
from powercx.analytics.simulate.people import People
from powercx.analytics.simulate.plan import City
from powercx.analytics.simulate.voice import Invitations, item_columns

WAYS = ("active", "digital", "employee", "process", "survey", "social")
_SOCIAL = WAYS.index("social")
_OTHER_CHANNEL = CHANNELS.index("other")
_SPONTANEOUS_WAYS = (20, 25, 15, 10, 0, 30)


@dataclass(frozen=True)
class Voices:
    """Utterances to be written: of whom, when, about what and in which mood."""

    customer: Ints
    at: Ints
    channel: Ints
    way: Ints
    matter: list[str]
    mood: Floats


def matter_of(kind: int, second: int) -> str:
    """The matter of an order's words: its kind, a complaint with its second level."""
    name = list(kinds())[kind]
    return f"{name}/{COMPLAINT_SECOND[second]}" if second >= 0 else name


def collect(city: City, people: People, orders: Orders, experience: Experience, rng: Rng) -> Voices:
    """Words of some orders (all complaints) and those nobody asked for."""
    number = city.strengths.number
    told = (rng.random(len(orders)) < number("voice.order_feedback")) | (orders.second >= 0)
    rows = np.flatnonzero(told)
    rate = number("voice.spontaneous_per_year") * city.calendar.days / 365.25
    speakers = np.flatnonzero(rng.random(len(people)) < rate)
    at, there = instants(city, people, speakers, rng)
    speakers, at = speakers[there], at[there]
    way = pick(rng, _SPONTANEOUS_WAYS, len(at))
    names = list(matters())
    topics = [names[index] for index in rng.integers(0, len(names), len(at))]
    customer = np.concatenate([orders.customer[rows], speakers])
    moments = np.concatenate([orders.accepted[rows], at])
    channel = np.where(way == _SOCIAL, _OTHER_CHANNEL, rng.choice([0, 3, 4, 5], len(at)))
    return Voices(
        customer=customer,
        at=moments,
        channel=np.concatenate([orders.channel[rows], channel]),
        way=np.concatenate([np.where(rng.random(len(rows)) < number("voice.asked"), 3, 0), way]),
        matter=[
            matter_of(int(k), int(s))
            for k, s in zip(orders.kind[rows], orders.second[rows], strict=True)
        ]
        + topics,
        mood=experience.mood(city, customer, moments),
    )


def polarity(city: City, matter: list[str], mood: Floats, rng: Rng) -> Ints:
    """-1, 0 or 1: the better the mood, the less often negative; as far as the matter allows."""
    negative = logistic(-0.2 - city.strengths.number("voice.polarity_slope") * mood)
    draw = rng.random(len(mood))
    wish = np.where(draw < negative, -1, np.where(draw < negative + (1 - negative) * 0.5, 0, 1))
    return np.array(
        [_nearest(int(w), polarities(m)) for w, m in zip(wish, matter, strict=True)], dtype=np.int64
    )


def _nearest(wish: int, possible: list[int]) -> int:
    return min(possible, key=lambda polarity: abs(polarity - wish))


def feedback_columns(
    city: City, people: People, voices: Voices, rng: Rng
) -> tuple[Columns, Columns]:
    """Rows of ``feedback``, and what is true of them: matters and polarity."""
    count, number = len(voices.at), city.strengths.number
    sign = polarity(city, voices.matter, voices.mood, rng)
    names = list(matters())
    others = [names[k] for k in rng.integers(0, len(names), count)]
    mixed = (rng.random(count) < city.strengths.number("text.mixed")) & (
        np.array(voices.matter) != np.array(others)
    )
    writer = Writer(rng, city.strengths)
    second = [other if both else None for other, both in zip(others, mixed, strict=True)]
    texts = [
        writer.write(m, int(s), o) for m, s, o in zip(voices.matter, sign, second, strict=True)
    ]
    unknown: Bools = (voices.way == _SOCIAL) & (rng.random(count) < number("voice.anonymous_post"))
    rated = rng.random(count) < number("voice.stars")
    stars = np.clip(np.round(3.4 + 1.1 * sign + rng.normal(0, 0.6, count)), 1, 5).astype(np.int64)
    keys = running("FK", people, np.arange(count))
    columns: Columns = {
        "feedback_id": keys,
        "customer_id": customer_ids(people.first + voices.customer, unknown),
        "at": voices.at,
        "channel": Coded(CHANNELS, voices.channel, "channel"),
        "way": Coded(WAYS, voices.way, "feedback_way"),
        "text": pa.array(texts, pa.string()),
        "rating": nullable(stars, rated),
        "lang": Coded(("zh",), np.zeros(count, np.int64)),
        "org_id": Coded(city.stations.org_ids, people.station[voices.customer]),
    }
    truth: Columns = {
        "feedback_id": keys,
        "matter": pa.array(voices.matter, pa.string()),
        "second_matter": pa.array(second, pa.string()),
        "polarity": sign,
    }
    return columns, truth


def comment_columns(city: City, people: People, invitations: Invitations, rng: Rng) -> Columns:
    """Open comments of some who answered."""
    rows = np.flatnonzero(
        invitations.completed
        & (rng.random(len(invitations)) < city.strengths.number("surveys.comment"))
    )
    mood = invitations.mood[rows] + rng.normal(0, 0.8, len(rows))
    sign = np.where(mood < -0.4, -1, np.where(mood > 0.3, 1, 0))  # noqa: PLR2004  # choice: thirds or so
    writer = Writer(rng, city.strengths)
    texts = pa.array([writer.comment(int(s)) for s in sign], pa.string())
    values = pa.nulls(len(rows), pa.float64())
    return item_columns(city, people, invitations, rows, ("comment", "text"), (values, texts))
