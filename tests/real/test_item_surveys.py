"""Wide questionnaires made long: every item with the moments its authors printed."""

from __future__ import annotations

import csv

import pytest
from real.datasets import DATA, RealHome, counted, figures, needs

pytestmark = needs("ecsi_mobi") + needs("psych_bfi")[1:]
ECSI = DATA / "ecsi_mobi"
BFI = DATA / "psych_bfi" / "items.parquet"
PER_ITEM = (
    "SELECT item, count(value), avg(value), median(value), min(value), max(value), "
    "stddev_samp(value) GROUP BY item"
)


def test_moments_of_satisfaction_items(tmp_path):
    home = RealHome(tmp_path, "Europe/Brussels")
    with (ECSI / "reference" / "seminr_item_stats.csv").open(encoding="utf-8") as file:
        told = {row.pop(""): row for row in csv.DictReader(file)}

    report = home.load(ECSI / "items.parquet", "ecsi_mobi")
    again = home.load(ECSI / "items.parquet", "ecsi_mobi")

    found = {item: values for item, *values in home.rows("survey_answer", PER_ITEM)}
    names = ("Mean", "Median", "Min", "Max", "Std.Dev.")
    assert told
    for item, row in told.items():
        n, *values = found[item]
        assert n == 250 - int(row["Missing"]), item
        assert values == pytest.approx([float(row[name]) for name in names], abs=5e-4), item
    assert counted(report) == {"read": 24 * 250, "loaded": 24 * 250}
    assert counted(again) == {"read": 24 * 250, "duplicate": 24 * 250}


def test_empty_cells_are_no_answers(tmp_path):
    home = RealHome(tmp_path, "America/Chicago")
    told = figures("psych_bfi")
    items = [f"{scale}{number}" for scale in "ACENO" for number in range(1, 6)]
    averages = ", ".join(f"avg({item}), count({item})" for item in items)
    [raw] = home.raw(f"SELECT count(*), {averages} FROM '{BFI}'")

    report = home.load(BFI, "psych_bfi")

    answers = raw[0] * len(items) - told["missing_cells"]
    assert counted(report) == {"read": answers, "loaded": answers}
    found = {item: (mean, n) for item, n, mean, *_ in home.rows("survey_answer", PER_ITEM)}
    for at, item in enumerate(items):
        mean, n = raw[1 + 2 * at], raw[2 + 2 * at]
        assert found[item] == (pytest.approx(mean), n), item
