"""A year and a half of purchases as bills: no cent is lost."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from real.datasets import DATA, RealHome, counted, figures, needs

FILE = DATA / "cdnow" / "transactions_master.parquet"
pytestmark = needs("cdnow")


def test_purchases(tmp_path):
    home = RealHome(tmp_path, "America/New_York")
    told = figures("cdnow")["recomputed"]["master"]
    file = home.prepared("bills.parquet", f"SELECT *, row_number() OVER () AS number FROM '{FILE}'")

    report = home.load(file, "cdnow")
    again = home.load(file, "cdnow")

    assert counted(report) == {"read": told["rows"], "loaded": told["rows"]}
    assert counted(again) == {"read": told["rows"], "duplicate": told["rows"]}
    assert (report.first, report.last) == (
        date.fromisoformat(told["first"][:10]),
        date.fromisoformat(told["last"][:10]),
    )
    [(customers, dollars)] = home.rows(
        "bill", "SELECT count(DISTINCT customer_id), sum(amount_cny)"
    )
    assert (customers, dollars) == (told["customers"], Decimal(str(told["dollars"])))


def test_money_billed_by_month(tmp_path):
    home = RealHome(tmp_path, "America/New_York")
    file = home.prepared("bills.parquet", f"SELECT *, row_number() OVER () AS number FROM '{FILE}'")
    home.load(file, "cdnow")
    raw = home.raw(
        "SELECT strftime(date, '%Y-%m'), sum(dollars::DECIMAL(14,2))::DOUBLE "
        f"FROM '{FILE}' GROUP BY 1 ORDER BY 1"
    )

    found = home.figures("charge_error", "1997-01..1998-06", by="month")

    assert [(f.period.label, f.denominator) for f in found] == [
        (month, pytest.approx(dollars)) for month, dollars in raw
    ]
