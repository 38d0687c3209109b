"""Nearly two years of daily readings of real enterprises."""

from __future__ import annotations

from datetime import date

import pytest
from real.datasets import DATA, RealHome, counted, figures, needs

READINGS = DATA / "tianchi_power" / "dev_daily.parquet"
pytestmark = needs("tianchi_power")


@pytest.fixture(scope="module")
def told():
    return figures("tianchi_power")


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> RealHome:
    return RealHome(tmp_path_factory.mktemp("tianchi"), "Asia/Shanghai")


@pytest.fixture(scope="module")
def loaded(home):
    return home.load(READINGS, "tianchi_power")


def energy(home) -> dict[str, int]:
    return dict(
        home.rows("usage_daily", "SELECT strftime(date, '%Y-%m'), sum(kwh) GROUP BY 1 ORDER BY 1")
    )


def test_every_reading_loads(loaded, told):
    assert counted(loaded) == {"read": told["rows"], "loaded": told["rows"]}
    assert (loaded.first, loaded.last) == (date(2015, 1, 1), date(2016, 9, 30))
    assert loaded.orphans == {"customer": told["users"], "usage_point": told["users"]}


@pytest.mark.usefixtures("loaded")
def test_energy_of_every_month(home, told):
    assert energy(home) == told["kwh_by_month"]
    assert home.rows(
        "usage_daily", "SELECT count(DISTINCT usage_point_id), count(DISTINCT date)"
    ) == [(told["users"], told["days"])]


@pytest.mark.usefixtures("loaded")
def test_the_same_file_again_changes_nothing(home, told):
    again = home.load(READINGS, "tianchi_power")

    assert counted(again) == {"read": told["rows"], "duplicate": told["rows"]}
    assert energy(home) == told["kwh_by_month"]


@pytest.mark.usefixtures("loaded")
def test_no_valley_energy_is_no_share_of_it(home):
    found = home.figure("peak_shift", "2015")

    assert (found.value, found.reason) == (None, "figure.no_cases")
