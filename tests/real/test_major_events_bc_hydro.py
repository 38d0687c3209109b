"""T_MED of half a year of a real utility's outages against the figures kept beside the data."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from powercx.analytics.statistics.major_events import major_event_threshold

FOLDER = Path(__file__).parents[3] / "shared" / "data" / "bc_hydro_outages"
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(
        not FOLDER.exists(), reason=f"NOT TESTED on real outages: {FOLDER} is absent"
    ),
]


@pytest.fixture(scope="module")
def figures() -> dict[str, float]:
    return json.loads((FOLDER / "figures.json").read_text("utf-8"))["first_half_2024"]


@pytest.fixture(scope="module")
def daily_saidi(figures) -> list[float]:
    """Minutes per customer by local day of the beginning; outages over 100 days left out."""
    table = pq.read_table(
        FOLDER / "dev_outages.parquet", columns=["dateOff", "dateOn", "numCustomersOut"]
    )
    off, on = (table[name].cast(pa.timestamp("us", tz="UTC")) for name in ("dateOff", "dateOn"))
    minutes = pc.divide(pc.cast(pc.subtract(on, off), pa.int64()), 60e6).to_pylist()
    zone = ZoneInfo("America/Vancouver")
    days: Counter[object] = Counter()
    for start, length, out in zip(
        off.to_pylist(), minutes, table["numCustomersOut"].to_pylist(), strict=True
    ):
        if 0 < length <= 100 * 24 * 60:
            days[start.astimezone(zone).date()] += length * out
    return [day / figures["N_T_assumed"] for day in days.values()]


def test_the_data_are_the_ones_the_figures_are_of(daily_saidi, figures):
    assert len(daily_saidi) == figures["days"]
    assert sum(daily_saidi) == pytest.approx(figures["SAIDI_min"])


def test_threshold_of_real_outages(daily_saidi, figures):
    told = major_event_threshold(daily_saidi, least_days=180)

    assert told is not None
    assert told.alpha == pytest.approx(figures["alpha(mean ln)"])
    assert told.beta == pytest.approx(figures["beta(sd ln, n-1)"])
    assert told.threshold == pytest.approx(figures["T_MED_min"])


def test_half_a_year_is_below_the_year_the_rule_asks_for(daily_saidi):
    assert major_event_threshold(daily_saidi) is None
