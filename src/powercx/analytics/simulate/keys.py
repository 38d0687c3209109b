"""Keys of customers, points, feeders and orders as the exports print them."""

from __future__ import annotations

import pyarrow as pa

from powercx.analytics.simulate.arrays import Array, Bools, ids
from powercx.analytics.simulate.people import People

_PER_BLOCK = 10_000_000


def customer_ids(numbers: Array, missing: Bools | None = None) -> pa.Array:
    """Customer numbers of ten digits, from numbers in the city."""
    return ids("03", numbers, 8, missing)


def point_ids(people: People, point: Array) -> pa.Array:
    """The customer's number with the number of the point behind it."""
    numbers = people.first + people.points.customer[point]
    return ids("YD", numbers * 10 + people.points.number[point] + 1, 9)


def feeder_ids(people: People, feeder: Array) -> pa.Array:
    """Feeders count on from block to block."""
    return ids("F", people.block * 1_000 + feeder, 7)


def running(prefix: str, people: People, numbers: Array, missing: Bools | None = None) -> pa.Array:
    """Keys that count within a block and are unique in the city."""
    return ids(prefix, people.block * _PER_BLOCK + numbers, 11, missing)
