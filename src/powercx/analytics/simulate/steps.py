"""The event log of orders: one row per step, some steps done twice."""

from __future__ import annotations

import numpy as np

from powercx.analytics.simulate.arrays import (
    DAY,
    NEVER,
    Bools,
    Coded,
    Columns,
    Floats,
    Ints,
    Rng,
    ids,
)
from powercx.analytics.simulate.keys import running
from powercx.analytics.simulate.orders import CANCELLED, DONE, Orders, kinds
from powercx.analytics.simulate.people import People
from powercx.analytics.simulate.plan import City
from powercx.analytics.simulate.strengths import catalogue

_ARRIVAL = "到达现场"
_MARKS = ("退回补充", "客户撤销")


def _words() -> list[str]:
    words = {step[0]: None for entry in kinds().values() for step in entry["steps"]}
    return [*words, *_MARKS]


def event_columns(city: City, people: People, orders: Orders, rng: Rng) -> Columns:
    """Rows of ``order_event``, by order and number of the step."""
    parts = [_kind_steps(city, orders, index, rng) for index in range(len(kinds()))]
    row, word, at = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((at, row))
    row, word, at = row[order], word[order], at[order]
    first = np.concatenate([[True], row[1:] != row[:-1]]) if len(row) else np.zeros(0, bool)
    position = np.arange(len(row))
    seq = position - np.maximum.accumulate(np.where(first, position, 0)) + 1
    providers = [entry[0] for entry in catalogue("names")["providers"]]
    return {
        "order_id": running("GD", people, orders.number[row]),
        "seq": seq,
        "activity": Coded(_words(), word),
        "at": at,
        "actor_id": ids("E", people.station[orders.customer[row]] * 100 + (word * 7 + seq) % 40, 5),
        "provider_id": Coded(providers, np.where(seq > 2, orders.provider[row], -1)),  # noqa: PLR2004  # after dispatch
        "org_id": Coded(city.stations.org_ids, people.station[orders.customer[row]]),
    }


def _kind_steps(city: City, orders: Orders, kind: int, rng: Rng) -> tuple[Ints, Ints, Ints]:
    """Rows of the orders, words and instants of all steps of one kind that fall into the data."""
    rows = np.flatnonzero(orders.kind == kind)
    steps = list(kinds().values())[kind]["steps"]
    words = [_words().index(name) for name, _ in steps]
    at = _instants(orders, rows, np.array([share for _, share in steps]), rng)
    for place, (name, _) in enumerate(steps):
        if name == _ARRIVAL:
            at[:, place] = orders.arrived[rows]
    happened = (at >= 0) & (at < city.calendar.days * DAY)
    happened &= _reached(orders, rows, at)
    parts = [
        (rows[happened[:, place]], word, at[happened[:, place], place])
        for place, word in enumerate(words)
    ]
    parts += _marks(city, orders, rows, at, rng)
    return (
        np.concatenate([part[0] for part in parts]),
        np.concatenate([np.full(len(part[0]), part[1]) for part in parts]),
        np.concatenate([part[2] for part in parts]),
    )


def _instants(orders: Orders, rows: Ints, shares: Floats, rng: Rng) -> Ints:
    """Planned shares of the working time with some wobble; the last step is the end."""
    done = orders.status[rows] == DONE
    guess = np.maximum(orders.due[rows] - orders.accepted[rows], DAY)
    length = np.where(done, orders.completed[rows] - orders.accepted[rows], guess)
    wobble = np.clip(shares + rng.normal(0, 0.04, (len(rows), len(shares))), 0, 1)
    wobble[:, 0], wobble[:, -1] = 0.0, 1.0
    wobble = np.maximum.accumulate(wobble, axis=1)
    return orders.accepted[rows][:, None] + (wobble * length[:, None]).astype(np.int64)


def _reached(orders: Orders, rows: Ints, at: Ints) -> Bools:
    """Finished orders went all the way, withdrawn ones a part of it, open ones not to the end."""
    status = orders.status[rows]
    reached = np.ones(at.shape, bool)
    reached[status != DONE, -1] = False
    reached[status == CANCELLED, 2:] = False
    inside: Bools = reached & (at != NEVER)
    return inside


def _marks(
    city: City, orders: Orders, rows: Ints, at: Ints, rng: Rng
) -> list[tuple[Ints, int, Ints]]:
    """Steps sent back, and the customer's withdrawal."""
    end = city.calendar.days * DAY
    back = (rng.random(len(rows)) < city.strengths.number("orders.rework")) & (
        orders.status[rows] == DONE
    )
    middle = (orders.accepted[rows] + orders.completed[rows]) // 2
    withdrawn = (orders.status[rows] == CANCELLED) & (at[:, 1] + 60 < end)
    words = _words()
    return [
        (rows[back], words.index(_MARKS[0]), middle[back]),
        (rows[withdrawn], words.index(_MARKS[1]), at[withdrawn, 1] + 60),
    ]
