"""What must hold of intervals, histograms and weights for any numbers at all."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as some

from powercx.analytics.statistics.histogram import (
    RELATIVE_ERROR,
    bucket_of,
    histogram_of,
    merged,
    quantile,
    value_of,
)
from powercx.analytics.statistics.intervals import (
    RatioSums,
    mean_t,
    nps,
    nps_many,
    poisson_exact,
    poisson_exact_many,
    ratio_delta,
    wilson,
    wilson_many,
)
from powercx.analytics.statistics.major_events import major_event_threshold
from powercx.analytics.statistics.weights import ahp, by_hand, entropy

LEVELS = some.sampled_from([0.5, 0.8, 0.95, 0.999])
DURATIONS = some.floats(min_value=0, max_value=1e9, allow_subnormal=False)


@some.composite
def shares(draw) -> tuple[int, int]:
    n = draw(some.integers(1, 10**7))
    return draw(some.integers(0, n)), n


@some.composite
def opinions(draw) -> tuple[int, int, int]:
    up, down, passive = (draw(some.integers(0, 10**5)) for _ in range(3))
    assume(up + down + passive)
    return up, down, up + down + passive


@given(shares(), LEVELS)
def test_wilson_holds_the_share_and_mirrors(share, level):
    successes, n = share

    low, high = wilson(successes, n, level=level)
    mirror = wilson(n - successes, n, level=level)

    assert 0 <= low <= successes / n <= high <= 1
    assert (1 - high, 1 - low) == pytest.approx(mirror, abs=1e-12)


@given(shares(), some.integers(2, 50))
def test_wilson_narrows_with_more_cases(share, times):
    successes, n = share

    few, many = wilson(successes, n), wilson(successes * times, n * times)

    assert many.high - many.low < few.high - few.low


@given(some.lists(shares(), max_size=20))
def test_columns_are_the_single_numbers(rows):
    told = wilson_many([row[0] for row in rows], [row[1] for row in rows])

    assert list(zip(*told, strict=True)) == [wilson(*row) for row in rows]


@given(some.integers(0, 10**6), some.floats(1e-3, 1e6), LEVELS)
def test_poisson_holds_the_rate_and_scales(events, exposure, level):
    low, high = poisson_exact(events, exposure, level=level)

    assert 0 <= low <= events / exposure <= high
    assert (low, high) == pytest.approx(
        [bound / exposure for bound in poisson_exact(events, level=level)]
    )


@given(some.integers(0, 10**5))
def test_poisson_rises_with_the_count_and_relatively_narrows(events):
    low, high = poisson_exact_many([events, events + 1])

    assert low[0] < low[1]
    assert high[0] < high[1]
    assert (high[1] - low[1]) / (events + 1) < (high[0] - low[0]) / max(events, 0.5)


@given(some.lists(some.floats(-1e6, 1e6), min_size=2, max_size=50), LEVELS)
def test_mean_interval_is_centred_on_the_mean(values, level):
    column = np.array(values)

    told = mean_t(len(column), column.sum(), (column**2).sum(), level=level)

    assert told is not None
    assert told.low <= told.high
    assert (told.low + told.high) / 2 == pytest.approx(column.mean(), abs=1e-6)


@given(opinions(), LEVELS)
def test_nps_holds_the_score_and_mirrors(answers, level):
    up, down, n = answers

    low, high = nps(up, down, n, level=level)

    assert -1 <= low <= (up - down) / n <= high <= 1
    assert (-high, -low) == pytest.approx(nps(down, up, n, level=level), abs=1e-12)


@given(opinions(), some.integers(2, 20))
def test_nps_does_not_widen_with_more_answers(answers, times):
    up, down, n = answers

    low, high = nps_many([up, up * times], [down, down * times], [n, n * times])

    assert high[1] - low[1] <= high[0] - low[0]


@given(
    some.lists(some.tuples(some.integers(0, 50), some.integers(0, 50)), min_size=2, max_size=40),
    some.floats(0.01, 100),
)
def test_ratio_delta_holds_the_ratio_and_scales(units, scale):
    x, y = np.array(units, dtype=float).T
    assume(x.sum() > 0)
    assume(y.sum() > 0)

    told = ratio_delta(_sums(x, y))
    scaled = ratio_delta(_sums(x * scale, y))

    assert told is not None
    assert scaled is not None
    assert 0 < told.low <= x.sum() / y.sum() * (1 + 1e-12)
    assert told.high >= x.sum() / y.sum() * (1 - 1e-12)
    assert scaled == pytest.approx([bound * scale for bound in told], rel=1e-6)


def _sums(x, y) -> RatioSums:
    return RatioSums(len(x), x.sum(), y.sum(), (x * x).sum(), (x * y).sum(), (y * y).sum())


@given(DURATIONS)
def test_a_bucket_speaks_for_its_values(x):
    assert value_of(bucket_of(x)) == pytest.approx(x, rel=RELATIVE_ERROR * (1 + 1e-9), abs=1e-9)


@given(some.lists(DURATIONS, min_size=1, max_size=200), some.floats(0, 1))
def test_quantile_is_near_the_value_at_the_exact_rank(values, q):
    exact = sorted(values)[max(math.ceil(q * len(values) - 1e-9), 1) - 1]

    told = quantile(histogram_of(values), q)

    assert told == pytest.approx(exact, rel=RELATIVE_ERROR * (1 + 1e-9), abs=1e-9)


@given(some.lists(some.lists(DURATIONS, max_size=30), max_size=6))
def test_merging_is_the_histogram_of_the_union(parts):
    together = [value for part in parts for value in part]

    assert merged(histogram_of(part) for part in parts) == histogram_of(together)


@given(some.lists(some.floats(1, 9), min_size=1, max_size=15))
def test_ahp_gives_back_the_weights_of_a_consistent_matrix(truth):
    weights = np.array(truth) / sum(truth)
    names = [str(i) for i in range(len(truth))]

    told = ahp(names, (weights[:, None] / weights[None, :]).tolist())

    assert told.consistency_ratio == pytest.approx(0, abs=1e-9)
    assert list(told.weights.values()) == pytest.approx(weights.tolist(), rel=1e-9)


@given(some.dictionaries(some.text(max_size=5), some.floats(1e-6, 1e6), min_size=1, max_size=20))
def test_weights_by_hand_keep_their_proportions(wishes):
    told = by_hand(wishes)

    first = next(iter(wishes))
    assert math.fsum(told.values()) == pytest.approx(1)
    assert all(
        told[name] / told[first] == pytest.approx(wishes[name] / wishes[first]) for name in wishes
    )


@given(some.lists(some.lists(some.floats(0, 1), min_size=3, max_size=3), min_size=2, max_size=20))
def test_entropy_weights_are_shares_and_ignore_the_order_of_units(rows):
    assume(np.ptp(np.array(rows), axis=0).any())

    told = entropy(["a", "b", "c"], rows)

    assert math.fsum(told.values()) == pytest.approx(1)
    assert all(weight >= 0 for weight in told.values())
    assert entropy(["a", "b", "c"], rows[::-1]) == pytest.approx(told, abs=1e-9)


@given(some.lists(some.floats(1e-3, 1e3), min_size=2, max_size=60), some.floats(0.01, 100))
def test_the_major_event_threshold_scales_with_the_minutes(days, scale):
    told = major_event_threshold(days, least_days=2)
    scaled = major_event_threshold([day * scale for day in days], least_days=2)

    assert told is not None
    assert scaled is not None
    assert scaled.beta == pytest.approx(told.beta, abs=1e-9)
    assert scaled.threshold == pytest.approx(told.threshold * scale)
