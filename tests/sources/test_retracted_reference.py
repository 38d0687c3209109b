"""A reference row that is retracted may come back: what names it then waits for it."""

from __future__ import annotations

from support.figures import NOW
from support.loads import Loader

from powercx.analytics.engine.workspace import workspace
from powercx.analytics.measures import service
from powercx.analytics.sources.orphans import orphan_store

UNITS = "org_id,parent_id,level,name,updated_at,deleted\n"
CITY = "city,,company,City,2025-01-01,\n"


def share(home, org):
    [row] = service.show(home, "online_share", orgs=[org], periods=["2025-03"]).rows
    return row.numerator, row.denominator


def test_its_rows_find_it_again(put: Loader):
    put("org_unit.csv", f"{UNITS}{CITY}new,city,station,New,2025-01-01,\n")
    put(
        "service_order.csv",
        "order_id,org_id,type_l1,accepted_at,channel\no1,new,fault,2025-03-05 10:00,app\n",
    )
    service.refresh(put.home, at=NOW)
    assert share(put.home, "new") == (1, 1)

    put("org_unit-2.csv", f"{UNITS}new,city,station,New,2025-02-01,true\n")
    service.refresh(put.home, at=NOW)
    assert share(put.home, "city") == (1, 1)
    assert share(put.home, "unassigned") == (1, 1)
    with workspace(put.home.staging) as work:
        files = [file.path for file in orphan_store(put.home.lake).files()]
        waits = f"from read_parquet({files!r}) where ref_table = 'org_unit' and id = 'new'"
        assert (None,) in work.rows(f"select first_day {waits}")

    put("org_unit-3.csv", f"{UNITS}new,city,station,New,2025-03-01,\n")
    service.refresh(put.home, at=NOW)
    assert share(put.home, "new") == (1, 1)
