from __future__ import annotations

import pytest
from support.loads import Loader, counts

from powercx.analytics.sources.heads import table_by_heads, table_by_location
from powercx.base.errors import UserError

BILL = "bill_id,amount_cny,issued_on"


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("bill.csv", "bill"),
        ("bill-2025-03.xlsx", "bill"),
        ("Bill_202503.parquet", "bill"),
        ("电费账单2025年3月.csv", "bill"),
        ("日用电量.csv", "usage_daily"),
        ("data/工单环节.csv", "order_event"),
        ("sqlite:///a/b.db#customer", "customer"),
        ("organisation.csv", None),
        ("report.csv", None),
    ],
)
def test_a_name_tells_the_table(name, table):
    found = table_by_location(name)

    assert (found.name if found else None) == table


def test_columns_tell_the_table():
    assert table_by_heads("x", ["账单编号", "应收电费", "发行日期", "户号"]).name == "bill"


@pytest.mark.parametrize(
    ("heads", "code"),
    [(["a", "b", "c"], "load.unknown_fact"), (["户号", "姓名", *"abcdef"], "load.unknown_fact")],
)
def test_columns_that_tell_nothing_are_no_guess(heads, code):
    with pytest.raises(UserError) as caught:
        table_by_heads("x", heads)

    assert caught.value.code == code


def test_labels_and_synonyms_are_matched_and_the_guess_is_shown(put: Loader):
    report = put("x.csv", "电费单号,应收金额（元）,出账日期,备注\nB1,20,2025-03-01,hm\n")

    assert report.fact == "bill"
    assert put.rows("bill", "bill_id") == [{"bill_id": "B1"}]
    assert "应收金额（元） → amount_cny" in put.said[0]
    assert "备注" in put.said[1]


def test_a_missing_required_column_refuses_the_file(put: Loader):
    report = put("bill.csv", "bill_id,issued_on\nB1,2025-03-01\n")

    assert report.refused is not None
    assert (report.refused.code, report.refused.params["columns"]) == (
        "load.missing_columns",
        "amount_cny (应收电费)",
    )
    assert counts(report) == (0, 0, 0, 0, 0)


@pytest.mark.parametrize("heads", [f"{BILL},bill_id", f"{BILL},账单编号", f"{BILL},Bill_ID"])
def test_a_column_given_twice_refuses_the_file(put: Loader, heads):
    report = put("bill.csv", f"{heads}\nB1,1,2025-03-01,B1\n")

    assert report.refused is not None
    assert put.rows("bill") == []


def test_a_file_that_tells_no_table_is_refused(put: Loader):
    report = put("mystery.csv", "a,b\n1,2\n")

    assert report.refused is not None
    assert report.refused.code == "load.unknown_fact"


def test_an_unknown_fact_names_the_nearest(put: Loader):
    with pytest.raises(UserError, match="bill"):
        put("x.csv", "a\n1\n", fact="bil")


def test_one_refusal_does_not_stop_the_others_and_references_come_first(put: Loader):
    put.write("bill.csv", f"{BILL},customer_id\nB1,1,2025-03-01,C1\n")
    put.write("asset.csv", "asset_id\nA1\n")
    put.write("客户档案.csv", "customer_id,kind\nC1,person\n")

    reports = put.load(put.folder)

    assert [report.fact for report in reports] == ["customer", "bill", "asset"]
    assert [report.loaded for report in reports] == [1, 1, 0]
    assert [report.refused is None for report in reports] == [True, True, False]
    assert reports[1].orphans == {}


def test_orphans_are_remembered_once(put: Loader):
    from powercx.analytics.sources.orphans import orphan_store  # noqa: PLC0415

    put("bill.csv", f"{BILL},customer_id\nB1,1,2025-03-05,C1\nB2,1,2025-03-01,C1\n")
    put("bill-2.csv", f"{BILL},customer_id\nB3,1,2025-03-09,C1\n")

    store = orphan_store(put.home.lake)
    assert [file.rows for file in store.files()] == [1]
    assert str(store.files()[0].low["first_day"]) == "2025-03-01"
