"""A histogram that merges: counts per log-spaced bucket, for medians and percentiles.

A value x >= 0 goes to the bucket ``floor(ln(x) / LN_GAMMA)``, one below ``SMALLEST`` to
``ZERO_BUCKET``. Bucket i holds the values from gamma^i up to, not including, gamma^(i+1), and
speaks for them as 2 gamma^(i+1) / (gamma + 1), at most ``RELATIVE_ERROR`` away from any of them. An
engine counts with the same formula, written with the constants of this module::

    case when x < 1e-09 then -10000 else cast(floor(ln(x) / LN_GAMMA) as integer) end

Counts of buckets add, so a month is the sum of its days and a company the sum of its stations. Two
engines may round a value that lies on a bucket's edge to either side; the error bound holds (to
1e-12) in both.

Source: Masson, Rim and Lee (2019), "DDSketch", PVLDB 12:2195-2205, without its collapsing of
buckets: from a nanosecond to a century of seconds there are fewer than 2,200.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt

RELATIVE_ERROR = 0.01
GAMMA = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR)
LN_GAMMA = math.log(GAMMA)
SMALLEST = 1e-9
ZERO_BUCKET = -10_000


def bucket_of(x: float) -> int:
    """Return the bucket of one value.

    :raises ValueError: x is negative or not finite.
    >>> bucket_of(0), bucket_of(1), bucket_of(60)
    (-10000, 0, 204)
    """
    return int(buckets_of(np.asarray(x, dtype=np.float64)))


def buckets_of(values: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """Return the buckets of a column of values, as ``bucket_of``."""
    column = np.asarray(values, dtype=np.float64)
    if not np.isfinite(column).all() or (column < 0).any():
        raise ValueError("a histogram takes finite values from 0 up")
    small = column < SMALLEST
    index = np.floor(np.log(np.where(small, 1.0, column)) / LN_GAMMA)
    return np.where(small, ZERO_BUCKET, index).astype(np.int64)


def histogram_of(values: npt.ArrayLike) -> dict[int, int]:
    """Return {bucket: count} of a column of values, in order of buckets."""
    buckets, counts = np.unique(buckets_of(values), return_counts=True)
    return dict(zip(buckets.tolist(), counts.tolist(), strict=True))


def merged(histograms: Iterable[Mapping[int, int]]) -> dict[int, int]:
    """Return the histogram of all values together, in order of buckets."""
    total: Counter[int] = Counter()
    for histogram in histograms:
        total.update(histogram)
    return dict(sorted(total.items()))


def value_of(bucket: int) -> float:
    """Return what a bucket's values are told as: within ``RELATIVE_ERROR`` of each of them."""
    if bucket == ZERO_BUCKET:
        return 0.0
    return 2 * math.exp((bucket + 1) * LN_GAMMA) / (GAMMA + 1)


def quantile(histogram: Mapping[int, int], q: float) -> float | None:
    """Return the smallest value that at least the share ``q`` of all values does not exceed.

    The rank is exact (SQL's ``percentile_disc``, no interpolation between neighbours), the value
    within ``RELATIVE_ERROR`` of the one at that rank. ``None`` for an empty histogram.

    :raises ValueError: q lies outside [0, 1], or a count is negative.
    >>> round(quantile(histogram_of(range(1, 101)), 0.9), 1)
    89.1
    """
    if not 0 <= q <= 1 or any(count < 0 for count in histogram.values()):
        raise ValueError("q must lie in [0, 1] and counts must not be negative")
    total = sum(histogram.values())
    if not total:
        return None
    # 0.07 * 100 is a little above 7 in binary; without the allowance the rank would be 8.
    rank = max(math.ceil(q * total - 1e-9), 1)
    return value_of(_bucket_at(histogram, rank))


def _bucket_at(histogram: Mapping[int, int], rank: int) -> int:
    buckets = sorted(histogram)
    passed = itertools.accumulate(histogram[bucket] for bucket in buckets)
    return next(b for b, so_far in zip(buckets, passed, strict=True) if so_far >= rank)
