from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from support.loads import Loader, counts

from powercx.analytics.lake import places
from powercx.analytics.lake.catalogue import TABLES

USAGE = """usage_point_id,customer_id,date,kwh
P1,C1,2025-03-01,10.5
P1,C1,2025-03-02,11
P2,C2,2025-04-01,12
"""
BILL = "bill_id,customer_id,amount_cny,issued_on"
STAMPED = "bill_id,customer_id,amount_cny,issued_on,updated_at"


def kwh(put: Loader) -> list[str]:
    return [str(row["kwh"]) for row in put.rows("usage_daily", "kwh")]


def amounts(put: Loader) -> dict[str, str]:
    return {r["bill_id"]: str(r["amount_cny"]) for r in put.rows("bill", "bill_id", "amount_cny")}


def test_rows_are_loaded_with_their_types_and_partition(put):
    report = put("usage_daily.csv", USAGE)

    assert counts(report) == (3, 3, 0, 0, 0)
    assert (str(report.first), str(report.last)) == ("2025-03-01", "2025-04-01")
    assert report.orphans == {"customer": 2, "usage_point": 2}
    assert put.rows("usage_daily", "usage_point_id", "kwh", "source", "source_key")[0] == {
        "usage_point_id": "P1",
        "kwh": Decimal("10.500"),
        "source": "file",
        "source_key": None,
    }
    files = places.store(put.home.lake, TABLES["usage_daily"]).files()
    assert sorted(file.partition for file in files) == ["2025-03", "2025-04"]


def test_stored_columns_are_those_of_the_schema(put):
    put("usage_daily.csv", USAGE)

    [file, *_] = places.store(put.home.lake, TABLES["usage_daily"]).files()
    written = pq.read_schema(file.path)
    wanted = places.schema(TABLES["usage_daily"])
    assert written.names == [name for name in wanted.names if name != "partition_month"]
    assert written.types == [wanted.field(name).type for name in written.names]


def test_a_second_load_changes_nothing(put):
    put("usage_daily.csv", USAGE)
    store = places.store(put.home.lake, TABLES["usage_daily"])
    before = store.version()

    report = put("usage_daily-2.csv", USAGE)

    assert counts(report) == (3, 0, 3, 0, 0)
    assert store.version() == before


def test_a_different_row_supersedes_and_the_old_one_stays_known(put):
    put("usage_daily.csv", USAGE)

    correction = put("usage_daily-2.csv", USAGE.replace("10.5", "99"))
    old_again = put("usage_daily-3.csv", USAGE)

    assert counts(correction) == (3, 0, 2, 1, 0)
    assert counts(old_again) == (3, 0, 3, 0, 0)
    assert kwh(put) == ["99.000", "11.000", "12.000"]


def test_repeated_rows_in_one_file_count_once(put):
    report = put("usage_daily.csv", USAGE + "P1,C1,2025-03-01,10.50\n")

    assert counts(report) == (4, 3, 1, 0, 0)


def test_two_different_rows_of_one_key_are_both_set_aside(put):
    report = put("usage_daily.csv", USAGE + "P1,C1,2025-03-01,7\n")

    assert counts(report) == (4, 2, 0, 0, 2)
    assert report.reasons == {"conflicting_key": 2}
    assert kwh(put) == ["11.000", "12.000"]


def test_the_same_key_of_two_sources_is_two_rows(put):
    put("usage_daily.csv", USAGE, source="a")

    report = put("usage_daily-2.csv", USAGE.replace("10.5", "7"), source="b")

    assert counts(report) == (3, 3, 0, 0, 0)


def test_an_earlier_stamp_does_not_come_through(put):
    put("bill.csv", f"{STAMPED}\nB1,C1,20,2025-03-05,2025-03-10 08:00:00\n")

    stale = put("bill-2.csv", f"{STAMPED}\nB1,C1,10,2025-03-05,2025-03-09 08:00:00\n")
    late = put("bill-3.csv", f"{STAMPED}\nB1,C1,30,2025-03-05,2025-03-11 08:00:00\n")

    assert (counts(stale), counts(late)) == ((1, 0, 1, 0, 0), (1, 0, 0, 1, 0))
    assert amounts(put) == {"B1": "30.00"}


def test_of_two_rows_with_one_stamp_the_one_held_stays_and_the_other_conflicts(put):
    first = f"{STAMPED}\nB1,C1,20,2025-03-05,2025-03-10 08:00:00\n"
    put("bill.csv", first)

    tied = put("bill-2.csv", first.replace(",20,", ",30,"))
    again = put("bill-3.csv", first)
    later = put("bill-4.csv", first.replace(",20,", ",30,").replace("08:00:00", "08:00:01"))

    assert (counts(tied), tied.reasons) == ((1, 0, 0, 0, 1), {"conflicting_key": 1})
    assert (counts(again), counts(later)) == ((1, 0, 1, 0, 0), (1, 0, 0, 1, 0))
    assert amounts(put) == {"B1": "30.00"}


def test_a_conflict_stands_in_the_quarantine_and_the_rest_of_its_file_loads(put):
    put("bill.csv", f"{STAMPED}\nB1,C1,20,2025-03-05,2025-03-10\n")

    report = put(
        "bill-2.csv",
        f"{STAMPED}\nB2,C1,1,2025-03-05,2025-03-10\nB1,C1,30,2025-03-05,2025-03-10\n",
    )

    assert counts(report) == (2, 1, 0, 0, 1)
    lines = Path(report.quarantine).read_text("utf-8-sig").splitlines()
    assert [line.split(",")[:4] for line in lines[1:]] == [
        ["3", "bill_id", "B1", "conflicting_key"]
    ]
    assert amounts(put) == {"B1": "20.00", "B2": "1.00"}


def test_a_retraction_may_have_the_stamp_of_the_row(put):
    put("bill.csv", f"{STAMPED}\nB1,C1,20,2025-03-05,2025-03-10\n")

    put("bill-2.csv", f"{STAMPED},deleted\nB1,C1,20,2025-03-05,2025-03-10,1\n")

    assert amounts(put) == {}


def test_a_value_that_comes_back_later_is_the_latest(put):
    for day, amount in ((1, 10), (2, 20), (3, 10)):
        put(f"bill-{day}.csv", f"{STAMPED}\nB1,C1,{amount},2025-03-05,2025-03-0{day}\n")

    assert amounts(put) == {"B1": "10.00"}


def test_a_row_may_move_to_another_month(put):
    put("bill.csv", f"{BILL}\nB1,C1,20,2025-03-31\nB2,C1,1,2025-03-31\n")

    report = put("bill-2.csv", f"{BILL}\nB1,C1,20,2025-04-01\n")

    assert counts(report) == (1, 0, 0, 1, 0)
    days = [str(row["issued_on"]) for row in put.rows("bill", "issued_on")]
    assert days == ["2025-04-01", "2025-03-31"]
    commit = places.store(put.home.lake, TABLES["bill"]).commits()[0]
    assert '"issued_on": ["2025-03-31..2025-04-01"]' in commit["touched"]


def test_deleted_retracts_and_the_row_does_not_come_back(put):
    put("bill.csv", f"{BILL}\nB1,C1,20,2025-03-31\nB2,C1,1,2025-03-31\n")
    gone = f"{BILL},deleted\nB1,,,,1\nB9,,,,true\n"

    first, again = put("bill-2.csv", gone), put("bill-3.csv", gone)
    old = put("bill-4.csv", f"{BILL}\nB1,C1,20,2025-03-31\n")

    assert counts(first) == (2, 0, 1, 1, 0)
    assert counts(again) == (2, 0, 2, 0, 0)
    assert counts(old) == (1, 0, 1, 0, 0)
    assert amounts(put) == {"B2": "1.00"}


def test_a_retraction_before_its_row_holds(put):
    put("bill.csv", f"{STAMPED},deleted\nB1,,,,2025-03-09,1\n")

    older = put("bill-2.csv", f"{STAMPED}\nB1,C1,10,2025-03-05,2025-03-08\n")
    newer = put("bill-3.csv", f"{STAMPED}\nB1,C1,20,2025-03-05,2025-03-10\n")

    assert (counts(older), counts(newer)) == ((1, 0, 1, 0, 0), (1, 1, 0, 0, 0))
    assert amounts(put) == {"B1": "20.00"}


def test_a_source_key_is_the_key(put):
    head = "source_key,customer_id,at,channel,contact_id"
    put("contact.csv", f"{head}\nx1,C1,2025-03-01 10:00,hotline,K1\n")

    report = put("contact-2.csv", f"{head}\nx1,C1,2025-03-01 10:00,hall,K1\n")

    assert counts(report) == (1, 0, 0, 1, 0)
    assert put.rows("contact", "source_key", "channel") == [{"source_key": "x1", "channel": "hall"}]


def test_a_source_key_that_repeats_the_own_key_adds_nothing(put):
    put("bill.csv", f"{BILL}\nB1,C1,20,2025-03-31\n")

    report = put("bill-2.csv", f"{BILL},source_key\nB1,C1,20,2025-03-31,B1\n")

    assert counts(report) == (1, 0, 1, 0, 0)


@pytest.mark.parametrize("text", [BILL, f"{BILL}\n", f"{BILL}\n\n"])
def test_a_head_without_rows_loads_nothing_and_says_so(put, text):
    report = put("bill.csv", text)

    assert counts(report) == (0, 0, 0, 0, 0)
    assert report.notes
    assert put.rows("bill") == []


def test_a_dry_run_counts_and_writes_nothing(put):
    report = put("usage_daily.csv", USAGE + "P9,C1,2025-03-01,x\n", dry_run=True)

    assert counts(report) == (4, 3, 0, 0, 1)
    assert report.quarantine is None
    assert put.rows("usage_daily") == []
    assert list(put.home.quarantine.iterdir()) == []
    assert put.vault.states == {}


def test_reference_versions_stand_side_by_side(put):
    put("org_unit.csv", "org_id,name,level\nS1,A,station\n")

    report = put("org_unit-2.csv", "org_id,name,level,valid_from\nS1,B,station,2025-06-01\n")

    assert counts(report) == (1, 1, 0, 0, 0)
    assert [row["name"] for row in put.rows("org_unit", "name")] == ["B", "A"]
    commit = places.store(put.home.lake, TABLES["org_unit"]).commits()[0]
    assert commit["changed_ids"] == '["S1"]'


def test_a_retraction_needs_no_more_than_the_key(put):
    put("bill.csv", f"{BILL}\nB1,,5,2025-03-01\nB2,,6,2025-03-01\n")

    report = put("bill-2.csv", "bill_id,deleted\nB1,true\nB2,\n")

    assert report.reasons == {"missing_value": 1}
    assert put.rows("bill", "bill_id") == [{"bill_id": "B2"}]


def test_a_retraction_needs_not_even_the_time(put):
    put("service_order.csv", "order_id,type_l1,accepted_at\nO1,complaint,2025-03-01\n")

    put("service_order-2.csv", "order_id,deleted\nO1,true\n")

    assert put.rows("service_order") == []
