"""Published reliability of other suppliers as benchmarks."""

from __future__ import annotations

import pytest
from real.datasets import DATA, RealHome, counted, figures, needs

FOLDER = DATA / "eia861_state_reliability"
EMPTY_CELLS = 48
pytestmark = needs("eia861_state_reliability")


@pytest.fixture(scope="module")
def told():
    return figures("eia861_state_reliability")["recomputed"]


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> RealHome:
    return RealHome(tmp_path_factory.mktemp("eia"), "America/New_York")


@pytest.fixture(scope="module")
def report(home):
    return home.load(FOLDER / "state_year.parquet", "eia861_state_reliability")


def test_every_printed_figure_is_a_row(home, report, told):
    figures_printed = told["rows"] * 9 - EMPTY_CELLS

    assert counted(report) == {"read": figures_printed, "loaded": figures_printed}
    assert home.rows(
        "benchmark", "SELECT count(DISTINCT utility), min(period)::INT, max(period)::INT"
    ) == [(told["states"], *told["years"])]


def test_the_same_as_csv_is_the_same(home, report):
    again = home.load(FOLDER / "original.csv", "eia861_state_reliability")

    assert counted(again) == {"read": report.read, "duplicate": report.read}


@pytest.mark.usefixtures("report")
@pytest.mark.parametrize(
    ("events", "name"), [("All_Events", "all"), ("Without_Major_Event_Days", "exMED")]
)
def test_caidi_is_saidi_by_saifi(home, told, events, name):
    indices = home.rows(
        "benchmark",
        f"SELECT max(value) FILTER (metric = 'CAIDI_{events}'), "
        f"max(value) FILTER (metric = 'SAIDI_{events}'), "
        f"max(value) FILTER (metric = 'SAIFI_{events}') GROUP BY utility, period",
    )
    within = [row for row in indices if None not in row and is_product(*row)]

    # Theirs is a share of all states and years, those without figures among them.
    share = told["identity CAIDI=SAIDI/SAIFI"][f"within_1pct_{name}"]
    assert len(within) / told["rows"] == pytest.approx(share)


def is_product(caidi: float, saidi: float, saifi: float) -> bool:
    """Whether SAIDI = SAIFI x CAIDI within 1 %."""
    return abs(caidi * saifi / saidi - 1) <= 0.01


@pytest.mark.usefixtures("report")
@pytest.mark.parametrize(
    ("events", "name"), [("All_Events", "all"), ("Without_Major_Event_Days", "exMED")]
)
def test_mean_of_every_year(home, told, events, name):
    found = home.rows(
        "benchmark",
        f"SELECT period, avg(value) WHERE metric = 'SAIDI_{events}' GROUP BY period",
    )

    assert dict(found) == pytest.approx(told[f"mean_SAIDI_{name}_by_year"], abs=5e-4)
