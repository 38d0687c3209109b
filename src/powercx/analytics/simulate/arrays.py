"""Small array tools: keys as text, decimals, missing values, weighted draws.

Within the package a day is a whole number of days and an instant a whole number of seconds since
the start of the simulated period (local time); ``NEVER`` stands for none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Array = NDArray[Any]
Rng = np.random.Generator

NEVER = np.iinfo(np.int64).min
DAY = 86_400
HOUR = 3_600


@dataclass(frozen=True)
class Coded:
    """A column of few distinct texts: ``index`` into ``words``, -1 where null.

    ``codes`` names the code list whose Chinese labels an export shows instead.
    """

    words: Sequence[str]
    index: Array
    codes: str | None = None


# pyarrow is untyped, so the alias says no more than what it is for
Column: TypeAlias = Array | Coded | Any
Columns: TypeAlias = dict[str, Column]


def ids(prefix: str, numbers: Array, width: int, missing: Bools | None = None) -> pa.Array:
    """Texts ``prefix`` + number with leading zeros, null where ``missing``."""
    n = len(numbers)
    head = np.frombuffer(prefix.encode("ascii"), np.uint8)
    letters = np.empty((n, len(head) + width), np.uint8)
    letters[:, : len(head)] = head
    rest = np.asarray(numbers, np.int64).copy()
    for place in range(letters.shape[1] - 1, len(head) - 1, -1):
        letters[:, place] = rest % 10 + ord("0")
        rest //= 10
    return texts(letters, missing)


def texts(letters: NDArray[np.uint8], missing: Bools | None = None) -> pa.Array:
    """ASCII texts of equal length from a matrix of bytes, one row a text."""
    n, width = letters.shape
    offsets = np.arange(n + 1, dtype=np.int32) * np.int32(width)
    buffers = [pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(letters))]
    values = pa.StringArray.from_buffers(n, *buffers)
    if missing is None or not missing.any():
        return values
    rows = np.where(missing, -1, np.arange(n))
    return values.take(pa.array(rows, mask=missing))


def decimals(units: Array, precision: int, scale: int) -> pa.Array:
    """DECIMAL(precision, scale) of whole numbers of the smallest unit."""
    low = np.asarray(units, np.int64)
    pairs = np.empty((len(low), 2), np.int64)
    pairs[:, 0] = low
    pairs[:, 1] = low >> 63
    kind = pa.decimal128(precision, scale)
    return pa.Array.from_buffers(kind, len(low), [None, pa.py_buffer(pairs)])


def energy(thousandths: Array) -> pa.Array:
    """kWh as DECIMAL(12,3)."""
    return decimals(thousandths, 12, 3)


def money(cents: Array) -> pa.Array:
    """CNY as DECIMAL(14,2)."""
    return decimals(cents, 14, 2)


def nullable(values: Array, valid: Bools) -> pa.Array:
    """``values`` with null where not ``valid``."""
    return pa.array(values, mask=~valid)


def pick(rng: Rng, weights: Sequence[float] | Array, size: int) -> Ints:
    """Draw ``size`` indices with the given weights."""
    edges = np.cumsum(np.asarray(weights, np.float64))
    drawn = np.searchsorted(edges, rng.random(size) * edges[-1], side="right")
    chosen: Ints = np.minimum(drawn, len(edges) - 1)
    return chosen


def pick_by_group(rng: Rng, weights: Array, group: Array) -> Ints:
    """Draw an index for each row with the weights of the row's group (groups x choices)."""
    edges = np.cumsum(weights, axis=1)
    edges /= edges[:, -1:]
    drawn = (rng.random(len(group))[:, None] >= edges[group]).sum(axis=1)
    chosen: Ints = np.minimum(drawn, weights.shape[1] - 1)
    return chosen


def logistic(x: Array) -> Floats:
    """Probability of log odds."""
    return 1.0 / (1.0 + np.exp(-x))


def weighted_words(choices: Mapping[str, float]) -> tuple[list[str], list[float]]:
    """Words and their weights, apart."""
    return list(choices), [float(weight) for weight in choices.values()]


def take(rows: Mapping[str, Column], index: Array) -> Columns:
    """The rows ``index`` of every column."""
    return {name: _take(column, index) for name, column in rows.items()}


def _take(column: Column, index: Array) -> Column:
    if isinstance(column, Coded):
        return Coded(column.words, column.index[index], column.codes)
    if isinstance(column, pa.Array):
        return column.take(pa.array(index))
    return column[index]
