from __future__ import annotations

from pathlib import Path

import pytest
from support.loads import Loader, counts

from powercx.analytics.definitions.mapping import read_mapping
from powercx.base.errors import DefinitionError

TEXT = """户,金额,日,种类
C1,1234,2025-03-01,01
C2,50,2025-03-02,02
"""
MAPPING = """
fact: service_order
source: crm
key: [户, 日]
columns:
  order_id: "concat(户, '-', 日)"
  customer_id: 户
  accepted_at: 日
  type_l1: 种类
values:
  type_l1: {01: complaint, 02: 报修}
"""


def test_a_mapping_computes_columns_and_translates_words(put: Loader):
    report = put("x.csv", TEXT, mapping=MAPPING)

    assert counts(report) == (2, 2, 0, 0, 0)
    wanted = ("order_id", "customer_id", "type_l1", "source", "source_key")
    assert put.rows("service_order", *wanted) == [
        dict(zip(wanted, row, strict=True))
        for row in (
            ("C1-2025-03-01", "C1", "complaint", "crm", "C1|2025-03-01"),
            ("C2-2025-03-02", "C2", "fault", "crm", "C2|2025-03-02"),
        )
    ]


@pytest.mark.parametrize(
    ("text", "code", "params"),
    [
        ("fcat: bill", "mapping.unknown_key", {"line": 1, "key": "fcat", "nearest": "fact"}),
        ("fact: bil", "mapping.unknown_fact", {"line": 1, "nearest": "bill"}),
        (
            "fact: bill\ncolumns:\n  amount: x",
            "mapping.unknown_column",
            {"line": 3, "key": "columns.amount"},
        ),
        ("head_row: none", "mapping.bad_value", {"line": 1, "key": "head_row"}),
        ("time_zone: Mars", "mapping.bad_value", {"key": "time_zone"}),
        ("unknown_codes: {channel: drop}", "mapping.bad_value", {"line": 1}),
        ("fact: [", "mapping.yaml", {"line": 1}),
        ("fact: bill\nfact: asset", "mapping.key_twice", {"line": 2, "key": "fact"}),
        ("- a", "mapping.no_keys", {}),
        ("unpivot: {column: a}", "mapping.unknown_key", {"key": "unpivot.column"}),
    ],
)
def test_a_wrong_mapping_names_its_line_and_remedy(tmp_path: Path, text, code, params):
    path = tmp_path / "m.yaml"
    path.write_text(text, "utf-8")

    with pytest.raises(DefinitionError) as caught:
        read_mapping(path)

    assert caught.value.code == code
    assert {name: caught.value.params[name] for name in params} == params
    assert str(path) in str(caught.value)


def test_a_mapping_that_is_not_there_says_so(tmp_path: Path):
    with pytest.raises(DefinitionError, match=r"m\.yaml"):
        read_mapping(tmp_path / "m.yaml")


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        ("金颔", "mapping.unknown_source_column"),
        ("(select 1)", "mapping.not_scalar"),
        ("sum(金额)", "mapping.not_scalar"),
        ("row_number() over ()", "mapping.not_scalar"),
        ("read_text('/etc/passwd')", "mapping.function"),
        ("getenv('HOME')", "mapping.function"),
        ("current_setting('x')", "mapping.function"),
        ("金额 +", "mapping.expression"),
        ("金额; drop table x", "mapping.expression"),
        ("金额 + 户", "mapping.expression"),
        ("*", "mapping.not_scalar"),
    ],
)
def test_an_expression_is_scalar_and_knows_its_columns(put: Loader, expression, code):
    mapping = f'fact: bill\ncolumns: {{bill_id: 户, issued_on: 日, amount_cny: "{expression}"}}\n'

    report = put("x.csv", TEXT, mapping=mapping)

    assert report.refused is not None
    assert report.refused.code == code
    assert "columns.amount_cny" in str(report.refused)


def test_an_expression_that_fails_on_a_row_sets_that_row_aside(put: Loader):
    mapping = """
fact: bill
columns: {bill_id: 户, issued_on: 日, amount_cny: "cast(金额 as double) / 100"}
"""

    report = put("x.csv", TEXT + "C3,many,2025-03-03,01\n", mapping=mapping)

    assert counts(report) == (3, 2, 0, 0, 1)
    assert report.reasons == {"bad_expression": 1}
    assert [str(r["amount_cny"]) for r in put.rows("bill", "amount_cny")] == ["12.34", "0.50"]


def test_a_column_that_is_left_out_is_not_guessed(put: Loader):
    put(
        "bill.csv",
        "bill_id,amount_cny,issued_on,kwh\nB1,1,2025-03-01,x\n",
        mapping="columns: {kwh: }",
    )

    assert put.rows("bill", "kwh") == [{"kwh": None}]


def test_three_thousand_columns_one_a_day_become_rows(put: Loader):
    from datetime import date, timedelta  # noqa: PLC0415

    days = [date(2017, 1, 1) + timedelta(days=at) for at in range(3000)]
    head = ",".join(["表号", *(f"d{day:%Y%m%d}" for day in days)])
    cells = ",".join("1.5" for _ in days)
    holes = ",".join("" if at else "2" for at, _ in enumerate(days))
    mapping = """
fact: usage_daily
columns:
  usage_point_id: 表号
  date: substr(_head, 2)
unpivot: {columns: 'd\\d{8}', name: date, value: kwh}
"""

    report = put("wide.csv", f"{head}\nP1,{cells}\nP2,{holes}\nP3,{holes}x\n", mapping=mapping)

    assert counts(report) == (3003, 3002, 0, 0, 1)
    assert str(report.first) == "2017-01-01"


def test_blank_cells_are_no_rows_when_unpivoted(put: Loader):
    mapping = "fact: usage_daily\nunpivot: {columns: '2025.*', name: date, value: kwh}\n"
    text = "usage_point_id,2025-03-01,2025-03-02,2025-03-03\nP1,1, ,NULL\nP2,　,2,\n"

    report = put("usage_daily.csv", text, mapping=mapping)

    assert counts(report) == (2, 2, 0, 0, 0)


def test_an_unpivoted_cell_that_is_wrong_can_be_mended(put: Loader):
    mapping = "unpivot: {columns: ['2025-03-01', '2025-03-02'], name: date, value: kwh}\n"
    report = put(
        "usage_daily.csv",
        "usage_point_id,2025-03-01,2025-03-02\nP1,1,oops\n",
        mapping=f"fact: usage_daily\n{mapping}",
    )
    assert counts(report) == (2, 1, 0, 0, 1)

    mended = Path(str(report.quarantine))
    mended.write_text(
        mended.read_text("utf-8-sig").replace("P1,2025-03-02,oops", "P1,2025-03-02,3")
    )
    [again] = put.load(mended)

    assert counts(again) == (1, 1, 0, 0, 0)
    assert [str(row["kwh"]) for row in put.rows("usage_daily", "kwh")] == ["1.000", "3.000"]
