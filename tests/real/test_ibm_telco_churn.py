"""Customers who leave and stay, by contract."""

from __future__ import annotations

import pytest
from real.datasets import DATA, RealHome, counted, figures, needs

FILE = DATA / "ibm_telco_churn" / "customers.parquet"
QUARTER = "2020Q2"
pytestmark = needs("ibm_telco_churn")
UNITS = """org_id,parent_id,name,level
telco,,Telco,company
month-to-month,telco,Month-to-month,bureau
one-year,telco,One year,bureau
two-year,telco,Two year,bureau
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> RealHome:
    made = RealHome(tmp_path_factory.mktemp("telco"), "America/Los_Angeles")
    made.text("org_unit.csv", UNITS)
    made.load(FILE, "ibm_telco_churn")
    made.load(FILE, "ibm_telco_bills")
    return made


@pytest.fixture(scope="module")
def told():
    return figures("ibm_telco_churn")["recomputed"]


def test_customers_load_once(home, told):
    again = home.load(FILE, "ibm_telco_churn")

    assert counted(again) == {"read": told["rows"], "duplicate": told["rows"]}
    assert again.orphans == {}


def test_churn(home, told):
    found = home.figure("churn", QUARTER)

    assert (found.numerator, found.denominator) == (told["churn"]["Yes"], told["rows"])
    assert found.value == pytest.approx(told["churn"]["Yes"] / told["rows"])
    assert found.low < found.value < found.high


def test_mean_bill(home, told):
    [(customers, mean)] = home.rows("bill", "SELECT count(*), avg(amount_cny)")

    assert (customers, mean) == (told["rows"], pytest.approx(told["mean_monthly"]))


def test_churn_of_every_contract(home, told):
    found = {f.org: f.value for f in home.figures("churn", QUARTER, by="org")}

    for contract, rate in told["churn_rate_by_contract"].items():
        assert found[contract.lower().replace(" ", "-")] == pytest.approx(rate), contract


def test_bills_and_payments(home):
    [(paperless, automatic, customers)] = home.raw(
        "SELECT count(*) FILTER (PaperlessBilling = 'Yes'), "
        f"count(*) FILTER (PaymentMethod LIKE '%automatic%'), count(*) FROM '{FILE}'"
    )

    for key, wanted in (("ebill_share", paperless), ("autopay_share", automatic)):
        found = home.figure(key, "2020-05")
        assert (found.numerator, found.denominator) == (wanted, customers), key
