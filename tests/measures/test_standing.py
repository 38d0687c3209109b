"""How figures stand to targets and to each other."""

from __future__ import annotations

import pytest

from powercx.analytics.definitions.catalogue import Catalogue
from powercx.analytics.measures.figures import Figure
from powercx.analytics.measures.standing import Change, Course, Standing, change, standing
from powercx.base.periods import parse_period

HIGHER, LOWER = (
    Catalogue().measures[key].measure for key in ("first_contact_resolution", "hotline_abandon")
)


def figure(value: float | None, low: float | None = None, high: float | None = None) -> Figure:
    return Figure("C0", parse_period("2025-03"), None, value=value, low=low, high=high)


@pytest.mark.parametrize(
    ("value", "low", "high", "target", "expected"),
    [
        (0.80, 0.7, 0.9, 0.80, Standing.MET),
        (0.81, 0.7, 0.9, 0.80, Standing.MET),
        (0.79, 0.7, 0.9, 0.80, Standing.NEAR),
        (0.79, 0.7, 0.795, 0.80, Standing.MISSED),
        (0.79, None, None, 0.80, Standing.MISSED),
        (None, None, None, 0.80, None),
        (0.79, 0.7, 0.9, None, None),
    ],
)
def test_a_target_is_met_missed_or_missed_by_chance(value, low, high, target, expected):
    assert standing(HIGHER, figure(value, low, high), target) == expected


def test_where_less_is_better_a_figure_below_its_target_meets_it():
    found = [standing(LOWER, figure(v, v - 0.01, v + 0.01), 0.05) for v in (0.03, 0.055, 0.07)]

    assert found == [Standing.MET, Standing.NEAR, Standing.MISSED]


@pytest.mark.parametrize(
    ("later", "before", "expected"),
    [
        (figure(0.9, 0.88, 0.92), figure(0.8, 0.78, 0.82), (Course.BETTER, True)),
        (figure(0.8, 0.78, 0.82), figure(0.9, 0.88, 0.92), (Course.WORSE, True)),
        (figure(0.81, 0.78, 0.84), figure(0.8, 0.77, 0.83), (Course.UNCLEAR, True)),
        (figure(0.81), figure(0.8), (Course.BETTER, False)),
        (figure(0.8), figure(0.8), (Course.SAME, False)),
    ],
)
def test_a_change_is_told_apart_from_chance(later, before, expected):
    found = change(HIGHER, later, before)

    assert (found.course, found.tested) == expected
    assert found.by == later.value - before.value


def test_there_is_no_change_from_or_to_nothing():
    assert change(HIGHER, figure(0.8), figure(None)) is None
    assert change(HIGHER, figure(None), figure(0.8)) is None


def test_more_of_what_should_be_less_is_worse():
    assert change(LOWER, figure(2), figure(1)) == Change(1, Course.WORSE, tested=False)
