"""Intervals against published tables, scipy and sums worked by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats  # noqa: TID253 - an oracle may be imported where it is used

from powercx.analytics.statistics.intervals import (
    Interval,
    RatioSums,
    mean_t,
    mean_t_many,
    nps,
    nps_many,
    poisson_exact,
    poisson_exact_many,
    ratio_delta,
    ratio_delta_many,
    wilson,
    wilson_many,
)


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_gives_the_published_table(successes, n, low, high):
    """Newcombe (1998), Statistics in Medicine 17:857-872, table I, method 3."""
    assert [round(bound, 4) for bound in wilson(successes, n)] == [low, high]


@pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
def test_wilson_agrees_with_scipy(level):
    for successes, n in [(0, 1), (3, 7), (50, 50), (999, 100_000)]:
        told = stats.binomtest(successes, n).proportion_ci(level, method="wilson")

        assert wilson(successes, n, level=level) == pytest.approx((told.low, told.high), abs=1e-12)


def test_wilson_ends_are_exact_where_all_answers_agree():
    assert wilson(0, 7).low == 0.0
    assert wilson(7, 7).high == 1.0


@pytest.mark.parametrize(("successes", "n"), [(1, 0), (0, 0), (-1, 5), (6, 5)])
def test_wilson_refuses_impossible_counts(successes, n):
    with pytest.raises(ValueError, match=r"cases|between"):
        wilson(successes, n)


def test_wilson_column_has_no_value_without_cases():
    told = wilson_many([8, 0], [10, 0])

    assert told.low == pytest.approx([wilson(8, 10).low, np.nan], nan_ok=True)
    assert told.high == pytest.approx([wilson(8, 10).high, np.nan], nan_ok=True)


@pytest.mark.parametrize(
    ("events", "low", "high"),
    [(0, 0, 3.689), (1, 0.025, 5.572), (2, 0.242, 7.225), (5, 1.623, 11.668), (10, 4.795, 18.390)],
)
def test_poisson_gives_the_published_table(events, low, high):
    """Garwood (1936), Biometrika 28:437-442, table of 95 % limits; reprinted by Ulm (1990)."""
    assert [round(bound, 3) for bound in poisson_exact(events)] == [low, high]


@pytest.mark.parametrize(
    ("level", "low", "high"), [(0.9, 17.38, 34.92), (0.95, 16.18, 36.90), (0.99, 14.00, 41.00)]
)
def test_poisson_of_25_at_three_levels(level, low, high):
    """GraphPad QuickCalcs, "How QuickCalcs computes the confidence interval of a count"."""
    assert poisson_exact(25, level=level) == pytest.approx((low, high), abs=0.0051)


def test_poisson_agrees_with_scipy_chi_square():
    for events in [1, 3, 40, 2_000]:
        expected = (
            stats.chi2.ppf(0.025, 2 * events) / 2,
            stats.chi2.ppf(0.975, 2 * events + 2) / 2,
        )

        assert poisson_exact(events) == pytest.approx(expected, rel=1e-9)


def test_poisson_rate_is_per_unit_of_exposure():
    per_10k = poisson_exact(10, 50_000 / 10_000)

    assert per_10k == pytest.approx([bound / 5 for bound in poisson_exact(10)])


@pytest.mark.parametrize(("events", "exposure"), [(-1, 1), (1, 0), (1, -2)])
def test_poisson_refuses_impossible_counts(events, exposure):
    with pytest.raises(ValueError, match=r"negative|positive"):
        poisson_exact(events, exposure)


def test_poisson_column_has_no_value_without_exposure():
    told = poisson_exact_many([3, 3], [0, 2])

    assert told.low == pytest.approx([np.nan, poisson_exact(3, 2).low], nan_ok=True)
    assert told.high == pytest.approx([np.nan, poisson_exact(3, 2).high], nan_ok=True)


def test_mean_agrees_with_scipy():
    values = np.array([12.5, 3.0, 7.25, 7.25, 90.0])
    mean, error = values.mean(), stats.sem(values)

    told = mean_t(len(values), values.sum(), (values**2).sum(), level=0.9)

    assert told == pytest.approx(stats.t.interval(0.9, len(values) - 1, mean, error))


def test_mean_of_one_value_has_no_interval():
    assert mean_t(1, 5, 25) is None
    assert mean_t(0, 0, 0) is None


def test_mean_of_equal_values_has_no_width():
    assert mean_t(3, 0.3, 0.03) == pytest.approx((0.1, 0.1))


def test_mean_column_has_no_value_below_two():
    told = mean_t_many([4, 1], [10, 5], [30, 25])

    assert told.low == pytest.approx([0.4457, np.nan], abs=1e-4, nan_ok=True)
    assert told.high == pytest.approx([4.5543, np.nan], abs=1e-4, nan_ok=True)


def test_nps_of_a_worked_example():
    """The answers of CDCgov/prime-reportstream#5281: 18 promoters, 11 passives, 2 detractors.

    By hand: p = 18.75/34, d = 2.75/34, p + d - (p - d)^2 = 0.410900, half = 1.959964 x
    sqrt(0.410900/34) = 0.215465 around 16/31 = 0.516129.
    """
    told = nps(18, 2, 31)

    assert told == pytest.approx((0.300664, 0.731594), abs=1e-6)


def test_nps_is_cut_at_its_ends():
    assert nps(2, 0, 2).high == 1.0
    assert nps(0, 2, 2).low == -1.0


@pytest.mark.parametrize(("up", "down", "n"), [(20, 13, 32), (-1, 0, 3), (0, 0, 0)])
def test_nps_refuses_impossible_counts(up, down, n):
    with pytest.raises(ValueError, match=r"within|cases"):
        nps(up, down, n)


def test_nps_column_has_no_value_without_answers():
    told = nps_many([18, 0], [2, 0], [31, 0])

    assert told.low == pytest.approx([nps(18, 2, 31).low, np.nan], nan_ok=True)
    assert told.high == pytest.approx([nps(18, 2, 31).high, np.nan], nan_ok=True)


def sums(x, y) -> RatioSums:
    x, y = np.asarray(x, float), np.asarray(y, float)
    return RatioSums(len(x), x.sum(), y.sum(), (x * x).sum(), (x * y).sum(), (y * y).sum())


def test_ratio_delta_by_hand():
    """Customers (1 of 1), (1 of 2), (0 of 1): R = 2/4.

    e = x/Sx - y/Sy = 1/4, 0, -1/4; sum of squares 1/8; times 3/2 = 0.1875; sqrt = 0.433013;
    factor = exp(1.959964 x 0.433013) = 2.336582.
    """
    told = ratio_delta(sums([1, 1, 0], [1, 2, 1]))

    assert told == pytest.approx((0.5 / 2.336582, 0.5 * 2.336582), rel=1e-5)


def test_ratio_delta_covers_the_truth_where_events_cluster():
    """2,000 samples of 300 customers who differ: 95 % of the intervals hold the true ratio."""
    rng = np.random.default_rng(7)
    y = rng.poisson(3, (2_000, 300)) + 1
    x = rng.binomial(y, rng.beta(2, 2, y.shape))

    told = ratio_delta_many(
        RatioSums(
            np.full(len(y), 300),
            x.sum(axis=1),
            y.sum(axis=1),
            (x * x).sum(axis=1),
            (x * y).sum(axis=1),
            (y * y).sum(axis=1),
        )
    )

    assert np.mean((told.low <= 0.5) & (told.high >= 0.5)) == pytest.approx(0.95, abs=0.015)


@pytest.mark.parametrize(("x", "y"), [([3], [4]), ([0, 0], [1, 1]), ([1, 1], [0, 0])])
def test_ratio_delta_has_no_value_for_one_unit_or_an_empty_total(x, y):
    assert ratio_delta(sums(x, y)) is None


@pytest.mark.parametrize("level", [0, 1, 95])
def test_a_level_outside_0_to_1_is_refused(level):
    with pytest.raises(ValueError, match="level"):
        wilson(1, 2, level=level)


def test_an_interval_is_a_pair_of_plain_floats():
    told = wilson(1, 2)

    assert isinstance(told, Interval)
    assert [type(bound) for bound in told] == [float, float]
