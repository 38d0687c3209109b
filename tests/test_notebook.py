from __future__ import annotations

from datetime import UTC, datetime

import pytest
from support.lake import FactWriter

import powercx
from powercx.analytics.lake.catalogue import TABLES
from powercx.analytics.measures.service import refresh
from powercx.base.errors import UserError
from powercx.base.home import Home

ORDERS = """
order_id | type_l1   | accepted_at | org_id
w1       | complaint | 2025-03-03  | city
w2       | fault     | 2025-03-04  | city
"""
CITY = """
org_id | name
city   | City
"""


def test_tables_are_ibis_expressions_and_measures_answer(home: Home) -> None:
    write = FactWriter(home)
    write(TABLES["org_unit"], CITY)
    write(TABLES["service_order"], ORDERS)
    refresh(home, at=datetime(2026, 1, 1, tzinfo=UTC))

    with powercx.open(home.path) as city:
        orders = city.table("service_order")
        kinds = orders.order_by("order_id").select("type_l1").to_pandas()["type_l1"].tolist()
        [figure] = city.measures.show("online_share", periods=["2025-03"]).rows

    assert kinds == ["complaint", "fault"]
    assert (figure.n, figure.value) == (0, None)


def test_what_is_not_there_is_told(home: Home) -> None:
    with powercx.open(home.path) as city:
        with pytest.raises(UserError) as unknown:
            city.table("bils")
        with pytest.raises(UserError) as empty:
            city.table("bill")
        with pytest.raises(UserError) as unrefreshed:
            _ = city.measures

    assert unknown.value.params["nearest"].startswith("bill")
    assert (empty.value.code, unrefreshed.value.code) == ("lake.empty_table", "measure.no_refresh")
