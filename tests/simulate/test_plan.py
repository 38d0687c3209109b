from __future__ import annotations

from datetime import date

import numpy as np

from powercx.analytics.simulate.plan import make_calendar

MARCH = make_calendar(date(2025, 3, 1), 1)


def test_months_run_on_over_the_year():
    months = make_calendar(date(2024, 12, 1), 3).months

    assert [(m.label, m.first, m.days) for m in months] == [
        ("2024-12", 0, 31),
        ("2025-01", 31, 31),
        ("2025-02", 62, 28),
    ]


def test_a_limit_in_working_days_skips_the_weekend():
    thursday = np.array([5])  # 2025-03-06

    assert MARCH.after_working_days(thursday, np.array([2])).tolist() == [9]


def test_working_days_between_leave_out_the_first_day():
    assert MARCH.working_days_between(np.array([2]), np.array([9])).tolist() == [5]


def test_a_make_up_day_is_a_working_day():
    may = make_calendar(date(2025, 4, 1), 1)  # 2025-04-27 is a Sunday on which people work

    assert not may.rest[26]


def test_years_without_a_known_calendar_fall_back_to_weekdays():
    far = make_calendar(date(2040, 10, 1), 1)

    assert far.rest[:7].tolist() == [(date(2040, 10, day).weekday() >= 5) for day in range(1, 8)]
