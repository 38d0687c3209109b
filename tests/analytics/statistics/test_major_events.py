"""The threshold of major event days, worked by hand."""

from __future__ import annotations

import math

import pytest

from powercx.analytics.statistics.major_events import major_event_threshold


def test_threshold_by_hand():
    """Logs 0, 1, 2: mean 1, deviation (n - 1) 1, threshold e^3.5."""
    told = major_event_threshold([1.0, math.e, math.e**2], least_days=3)

    assert told == pytest.approx((1.0, 1.0, math.exp(3.5)))


def test_days_without_interruption_count_as_days_but_not_in_the_logs():
    quiet = [0.0] * 362
    told = major_event_threshold([*quiet, 1.0, math.e, math.e**2])

    assert told == pytest.approx((1.0, 1.0, math.exp(3.5)))


@pytest.mark.parametrize("days", [[1.0] * 364, [0.0] * 400, [*([0.0] * 400), 2.0], []])
def test_no_threshold_without_a_year_or_a_spread(days):
    assert major_event_threshold(days) is None


@pytest.mark.parametrize("bad", [-1.0, float("nan"), float("inf")])
def test_an_impossible_day_is_a_bug(bad):
    with pytest.raises(ValueError, match="finite"):
        major_event_threshold([1.0, bad])
