"""Major event days: days so bad that reliability is told with and without them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

BETAS = 2.5
A_YEAR = 365


class MajorEventThreshold(NamedTuple):
    """What the logs of daily SAIDI say: their mean and deviation, and the threshold in minutes."""

    alpha: float
    beta: float
    threshold: float


def major_event_threshold(
    daily_saidi: Iterable[float], *, least_days: int = A_YEAR
) -> MajorEventThreshold | None:
    """Return T_MED = exp(alpha + 2.5 beta) of the days before the year that is judged.

    ``daily_saidi`` holds one figure in minutes per customer for **every** day of up to five
    preceding years, 0 for a day without an interruption. Days of 0 have no log and are left out;
    beta has n - 1 below. A day whose SAIDI is above the threshold is a major event day.

    ``None`` when fewer than ``least_days`` days are given, or fewer than two of them are above 0.

    :raises ValueError: a day is negative or not finite.
    Source: IEEE 1366-2012, annex B.2; that beta has n - 1 below is our reading of it.
    >>> told = major_event_threshold([0.0, 1.0, 2.718281828459045], least_days=3)
    >>> [round(part, 4) for part in told]
    [0.5, 0.7071, 9.6578]
    """
    days = np.asarray(list(daily_saidi), dtype=np.float64)
    if not np.isfinite(days).all() or (days < 0).any():
        raise ValueError("daily SAIDI must be finite and not negative")
    logs = np.log(days[days > 0])
    if len(days) < least_days or len(logs) < 2:  # noqa: PLR2004 - a deviation needs two
        return None
    alpha, beta = float(logs.mean()), float(logs.std(ddof=1))
    return MajorEventThreshold(alpha, beta, float(np.exp(alpha + BETAS * beta)))
