"""Confidence intervals from sufficient statistics (counts and sums that an engine computed).

Every interval has one formula, written for numpy arrays. The plain name takes single numbers, the
name ending in ``_many`` takes columns of equal length. Where an interval does not exist (no cases,
one case of a mean) the plain form raises or answers ``None`` as its docstring says and the column
form holds NaN in that place. Impossible statistics (more successes than cases, a negative count)
are a bug of the caller in both forms: ``ValueError``.
"""

from __future__ import annotations

from statistics import NormalDist
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Column = npt.ArrayLike


class Interval(NamedTuple):
    """Both ends of one interval, in the unit of its estimate."""

    low: float
    high: float


class Intervals(NamedTuple):
    """Both ends of a column of intervals; NaN where there is none."""

    low: Array
    high: Array


def wilson(successes: float, n: float, *, level: float = 0.95) -> Interval:
    """Return the score interval of one proportion, without continuity correction.

    ``successes`` and ``n`` count independent yes/no answers, 0 <= successes <= n and n > 0. Bounds
    are proportions in [0, 1].

    :raises ValueError: the counts are impossible, or n is 0.
    Source: Wilson (1927), JASA 22:209-212.
    >>> [round(bound, 4) for bound in wilson(8, 10)]
    [0.4902, 0.9433]
    """
    _demand_cases(n)
    return _one(wilson_many(successes, n, level=level))


def wilson_many(successes: Column, n: Column, *, level: float = 0.95) -> Intervals:
    """``wilson`` over columns; NaN where n is 0."""
    hits, cases = _columns(successes, n)
    _refuse((hits < 0) | (hits > cases), "successes must lie between 0 and n")
    z = _normal(level)
    with np.errstate(divide="ignore", invalid="ignore"):
        centre = hits + z**2 / 2
        half = z * np.sqrt(hits * (cases - hits) / cases + z**2 / 4)
        low, high = (centre - half) / (cases + z**2), (centre + half) / (cases + z**2)
    empty = cases == 0
    # At 0 and n of n the bound is exactly 0 or 1; the formula leaves a rounding error there.
    low = np.where(hits == 0, 0.0, np.maximum(low, 0.0))
    high = np.where(hits == cases, 1.0, np.minimum(high, 1.0))
    return Intervals(np.where(empty, np.nan, low), np.where(empty, np.nan, high))


def poisson_exact(events: float, exposure: float = 1.0, *, level: float = 0.95) -> Interval:
    """Return the exact interval of a rate: ``events`` counted over a fixed ``exposure`` > 0.

    Bounds are rates per unit of exposure; with customers / 10,000 as exposure they are rates per
    10,000 customers. The exposure is taken as known, only the count as random.

    :raises ValueError: a negative count, or an exposure that is not positive.
    Source: Garwood (1936), Biometrika 28:437-442, by way of the gamma quantile.
    >>> [round(bound, 3) for bound in poisson_exact(10)]
    [4.795, 18.39]
    """
    if exposure <= 0:
        raise ValueError("the exposure of a rate must be positive")
    return _one(poisson_exact_many(events, exposure, level=level))


def poisson_exact_many(events: Column, exposure: Column = 1.0, *, level: float = 0.95) -> Intervals:
    """``poisson_exact`` over columns; NaN where the exposure is 0."""
    from scipy.special import gammainccinv, gammaincinv

    count, base = _columns(events, exposure)
    _refuse((count < 0) | (base < 0), "events and exposure must not be negative")
    tail = (1 - _checked(level)) / 2
    per = np.where(base > 0, base, np.nan)
    # gammaincinv has no value at shape 0; the lower bound of no events is 0 by definition.
    low = np.where(count > 0, gammaincinv(np.where(count > 0, count, 1.0), tail), 0.0)
    return Intervals(low / per, gammainccinv(count + 1, tail) / per)


def mean_t(n: float, total: float, squares: float, *, level: float = 0.95) -> Interval | None:
    """Return Student's interval of a mean from n, the sum and the sum of squares.

    ``None`` below n = 2, where no spread can be told. Bounds are in the unit of the values.

    :raises ValueError: n is negative.
    Source: Student (1908), Biometrika 6:1-25; the variance has n - 1 below.
    >>> [round(bound, 4) for bound in mean_t(4, 10, 30)]
    [0.4457, 4.5543]
    """
    return _one_or_none(mean_t_many(n, total, squares, level=level))


def mean_t_many(n: Column, total: Column, squares: Column, *, level: float = 0.95) -> Intervals:
    """``mean_t`` over columns; NaN below n = 2."""
    from scipy.special import stdtrit

    cases, sums, sums_of_squares = _columns(n, total, squares)
    _refuse(cases < 0, "n must not be negative")
    told = np.where(cases >= 2, cases, np.nan)  # noqa: PLR2004 - a spread needs two values
    mean = sums / told
    # The difference of two large sums may come out a little below zero when all values are equal.
    variance = np.maximum(sums_of_squares - sums * mean, 0.0) / (told - 1)
    half = stdtrit(told - 1, (1 + _checked(level)) / 2) * np.sqrt(variance / told)
    return Intervals(mean - half, mean + half)


def nps(promoters: float, detractors: float, n: float, *, level: float = 0.95) -> Interval:
    """Return the adjusted Wald interval of a net promoter score, as a ratio in [-1, 1].

    Three answers are added, 3/4 of one to the promoters and 3/4 to the detractors, and the
    variance (p + d - (p - d)^2) / n is taken from those; the interval stands around the raw score
    and is cut at -1 and 1. Multiply by 100 for points.

    :raises ValueError: the counts are impossible, or n is 0.
    Source: Rocks (2016), The American Statistician 70:365-372.
    >>> [round(100 * bound, 1) for bound in nps(50, 20, 100)]
    [14.9, 45.1]
    """
    _demand_cases(n)
    return _one(nps_many(promoters, detractors, n, level=level))


def nps_many(promoters: Column, detractors: Column, n: Column, *, level: float = 0.95) -> Intervals:
    """``nps`` over columns; NaN where n is 0."""
    up, down, cases = _columns(promoters, detractors, n)
    _refuse((up < 0) | (down < 0) | (up + down > cases), "promoters + detractors must be within n")
    more, share_up, share_down = cases + 3, (up + 0.75) / (cases + 3), (down + 0.75) / (cases + 3)
    variance = share_up + share_down - (share_up - share_down) ** 2
    half = _normal(level) * np.sqrt(variance / more)
    score = (up - down) / np.where(cases > 0, cases, np.nan)
    return Intervals(np.maximum(score - half, -1.0), np.minimum(score + half, 1.0))


class RatioSums(NamedTuple):
    """Sums over the sampled units (customers) of a ratio sum(x) / sum(y).

    ``n`` counts units; ``x`` and ``y`` are the units' own totals: a customer with three contacts
    of which one was resolved brings x = 1, y = 3, xx = 1, xy = 3, yy = 9. Fields are numbers, or
    columns of equal length.
    """

    n: Column
    x: Column
    y: Column
    xx: Column
    xy: Column
    yy: Column


def ratio_delta(sums: RatioSums, *, level: float = 0.95) -> Interval | None:
    """Return the interval of sum(x) / sum(y) by the delta method on the log of the ratio.

    Units are independent, what happens within one is not assumed to be. ``None`` below two units
    and where either total is not positive, for the log has no value there.

    :raises ValueError: n is negative.
    Source: linearised variance of a ratio with n / (n - 1), Cochran (1977) section 6.3, on the log
    scale; normal quantile.
    >>> [round(bound, 4) for bound in ratio_delta(RatioSums(n=3, x=6, y=12, xx=14, xy=28, yy=56))]
    [0.5, 0.5]
    """
    return _one_or_none(ratio_delta_many(sums, level=level))


def ratio_delta_many(sums: RatioSums, *, level: float = 0.95) -> Intervals:
    """``ratio_delta`` over columns; NaN where it has no value."""
    n, x, y, xx, xy, yy = _columns(*sums)
    _refuse(n < 0, "n must not be negative")
    told = (n >= 2) & (x > 0) & (y > 0)  # noqa: PLR2004 - a spread needs two units
    n, x, y = (np.where(told, column, np.nan) for column in (n, x, y))
    spread = np.maximum(xx / x**2 - 2 * xy / (x * y) + yy / y**2, 0.0)
    factor = np.exp(_normal(level) * np.sqrt(spread * n / (n - 1)))
    return Intervals(x / y / factor, x / y * factor)


def difference(later: float, within: Interval, before: float, around: Interval) -> Interval:
    """Return the interval of ``later - before`` from the interval of each, square and add.

    The two are independent; ``within`` is the interval of ``later``, ``around`` that of ``before``,
    both at the level that is wanted of the difference. Where 0 lies inside, chance would do.

    Source: Zou and Donner (2008), Statistics in Medicine 27:1693-1702 (MOVER); for proportions with
    Wilson's intervals it is Newcombe (1998), Statistics in Medicine 17:873-890, method 10.
    >>> later, before = wilson(56, 70), wilson(48, 80)
    >>> [round(bound, 4) for bound in difference(56 / 70, later, 48 / 80, before)]
    [0.0524, 0.3339]
    """
    below = np.hypot(later - within.low, around.high - before)
    above = np.hypot(within.high - later, before - around.low)
    return Interval(float(later - before - below), float(later - before + above))


def _columns(*columns: Column) -> tuple[Array, ...]:
    return tuple(np.broadcast_arrays(*(np.asarray(column, dtype=np.float64) for column in columns)))


def _one(bounds: Intervals) -> Interval:
    return Interval(float(bounds.low), float(bounds.high))


def _one_or_none(bounds: Intervals) -> Interval | None:
    return None if np.isnan(bounds.low) else _one(bounds)


def _demand_cases(n: float) -> None:
    if n <= 0:
        raise ValueError("no cases, no interval")


def _refuse(wrong: npt.NDArray[np.bool_], why: str) -> None:
    if wrong.any():
        raise ValueError(why)


def _checked(level: float) -> float:
    if not 0 < level < 1:
        raise ValueError("the confidence level must lie between 0 and 1")
    return level


def _normal(level: float) -> float:
    return NormalDist().inv_cdf((1 + _checked(level)) / 2)
