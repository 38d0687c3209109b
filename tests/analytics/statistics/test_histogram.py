"""The mergeable histogram: buckets, ranks, and the formula an engine writes."""

from __future__ import annotations

import math

import numpy as np
import pytest

from powercx.analytics.statistics.histogram import (
    LN_GAMMA,
    SMALLEST,
    ZERO_BUCKET,
    bucket_of,
    buckets_of,
    histogram_of,
    merged,
    quantile,
    value_of,
)


def test_quantile_takes_the_rank_of_percentile_disc():
    values = [1.0, 10.0, 100.0, 1000.0]

    told = [quantile(histogram_of(values), q) for q in (0, 0.25, 0.26, 0.5, 0.75, 0.9, 1)]

    assert told == pytest.approx([1, 1, 10, 10, 100, 1000, 1000], rel=0.0101)


def test_quantile_does_not_slip_a_rank_by_rounding():
    """0.07 x 100 is 7.000000000000001 in binary; the 7th of 100 values is meant."""
    told = quantile(histogram_of([2.0**i for i in range(100)]), 0.07)

    assert told == pytest.approx(2.0**6, rel=0.01)


def test_zeros_have_a_bucket_of_their_own():
    histogram = histogram_of([0, 0, 0, 5])

    assert histogram == {ZERO_BUCKET: 3, bucket_of(5): 1}
    assert quantile(histogram, 0.5) == 0.0
    assert value_of(ZERO_BUCKET) == 0.0


def test_what_is_below_the_smallest_counts_as_zero():
    assert bucket_of(SMALLEST / 2) == ZERO_BUCKET
    assert bucket_of(SMALLEST) > ZERO_BUCKET


def test_the_formula_of_the_documentation_is_the_one_used():
    values = np.geomspace(1e-6, 1e9, 5_000)

    assert buckets_of(values).tolist() == [math.floor(math.log(x) / LN_GAMMA) for x in values]


def test_an_empty_histogram_has_no_quantile():
    assert quantile({}, 0.5) is None
    assert quantile({3: 0}, 0.5) is None


def test_merged_adds_counts_in_order_of_buckets():
    assert list(merged([{5: 1, 2: 1}, {2: 4}, {}]).items()) == [(2, 5), (5, 1)]


@pytest.mark.parametrize("bad", [-1.0, float("nan"), float("inf")])
def test_an_impossible_value_is_a_bug(bad):
    with pytest.raises(ValueError, match="finite"):
        buckets_of([1.0, bad])


@pytest.mark.parametrize(("histogram", "q"), [({1: 1}, -0.1), ({1: 1}, 1.1), ({1: -1}, 0.5)])
def test_an_impossible_question_is_a_bug(histogram, q):
    with pytest.raises(ValueError, match="must"):
        quantile(histogram, q)
