from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa
import pytest

from powercx.analytics.sources.vault import LoadClosed, LoadHeader, UnknownLoad
from powercx.apps.core.domain import loading
from powercx.apps.core.enums import LoadState
from powercx.apps.core.models import LoadRecord, PersonalRecord, PersonalToken
from powercx.apps.core.service import OperationalVault, UnknownRecord

AT = datetime(2025, 3, 1, 8, tzinfo=UTC)
LATER = datetime(2025, 3, 1, 9, tzinfo=UTC)
WANG = {"record_key": "C1", "name": "王小明", "phone": "138-1234-5678"}
LI = {"record_key": "C2", "name": "李雷", "phone": None}


def header(load_id):
    return LoadHeader(load_id, "customer", "/in/customer.csv", "file", AT)


def batch(*rows):
    names = {name: None for row in rows for name in row}
    return pa.record_batch({name: [row.get(name) for row in rows] for name in names})


def load(vault, load_id, *rows, finish=True):
    vault.begin(header(load_id))
    kept = vault.stage(load_id=load_id, table="customer", rows=[batch(*rows)])
    if finish:
        vault.finish(load_id=load_id, report={"loaded": kept}, finished_at=LATER)
    return kept


def test_finished_rows_are_revealed_whole_with_their_nulls(vault: OperationalVault):
    kept = load(vault, "a", WANG, LI)

    assert kept == 2
    assert vault.reveal("customer", "C1") == {"name": "王小明", "phone": "138-1234-5678"}
    assert vault.reveal("customer", "C2") == {"name": "李雷", "phone": None}


def test_staged_rows_are_neither_found_nor_revealed(vault: OperationalVault):
    load(vault, "a", WANG, finish=False)

    assert vault.find_personal("customer", "phone", "13812345678") == []
    with pytest.raises(UnknownRecord):
        vault.reveal("customer", "C1")


def test_unfinished_loads_are_listed_oldest_first_until_they_end(vault: OperationalVault):
    for load_id in "abc":
        load(vault, load_id, WANG, finish=False)

    vault.discard("b", reason="no commit")
    vault.finish(load_id="c", report={}, finished_at=LATER)

    assert vault.unfinished() == [header("a")]


def test_discard_removes_the_staged_rows_and_keeps_the_reason(vault: OperationalVault):
    load(vault, "a", WANG)
    load(vault, "b", {"record_key": "C1", "name": "别人"}, finish=False)

    vault.discard("b", reason="killed before the commit", at=LATER)

    assert vault.reveal("customer", "C1")["name"] == "王小明"
    assert PersonalRecord.objects.count() == 1
    assert PersonalToken.objects.count() == 2
    [entry] = vault.loads(state=LoadState.DISCARDED)
    assert (entry.header, entry.finished_at) == (header("b"), LATER)
    assert entry.report == {"reason": "killed before the commit"}


def test_refused_is_told_from_discarded(vault: OperationalVault):
    load(vault, "a", WANG, finish=False)

    vault.discard("a", reason="not a table", refused=True)

    assert [entry.state for entry in vault.loads()] == [LoadState.REFUSED]


def test_finish_and_discard_twice_change_nothing(vault: OperationalVault):
    load(vault, "a", WANG)
    load(vault, "b", LI, finish=False)
    vault.discard("b", reason="first")

    vault.finish(load_id="a", report={"loaded": 99}, finished_at=AT)
    vault.discard("b", reason="second")

    assert {entry.header.load_id: entry.report for entry in vault.loads()} == {
        "a": {"loaded": 1},
        "b": {"reason": "first"},
    }


def test_an_ended_load_does_not_end_the_other_way(vault: OperationalVault):
    load(vault, "a", WANG)
    load(vault, "b", LI, finish=False)
    vault.discard("b", reason="no commit")

    with pytest.raises(LoadClosed):
        vault.discard("a", reason="too late")
    with pytest.raises(LoadClosed):
        vault.finish(load_id="b", report={}, finished_at=LATER)
    with pytest.raises(LoadClosed):
        vault.stage(load_id="a", table="customer", rows=[batch(LI)])


def test_unknown_loads_are_refused(vault: OperationalVault):
    with pytest.raises(UnknownLoad):
        vault.stage(load_id="x", table="customer", rows=[])
    with pytest.raises(UnknownLoad):
        vault.finish(load_id="x", report={}, finished_at=LATER)
    with pytest.raises(UnknownLoad):
        vault.discard("x", reason="")


def test_begin_again_is_safe_and_another_load_of_the_same_id_is_not(vault: OperationalVault):
    vault.begin(header("a"))
    vault.begin(header("a"))

    assert LoadRecord.objects.count() == 1
    with pytest.raises(LoadClosed):
        vault.begin(LoadHeader("a", "customer", "/in/other.csv", "file", AT))


def test_staging_again_replaces_what_the_load_had_staged(vault: OperationalVault):
    load(vault, "a", WANG, LI, finish=False)

    vault.stage(load_id="a", table="customer", rows=[batch(LI)])
    vault.finish(load_id="a", report={}, finished_at=LATER)

    assert vault.reveal("customer", "C2") == {"name": "李雷", "phone": None}
    with pytest.raises(UnknownRecord):
        vault.reveal("customer", "C1")


def test_a_later_load_replaces_the_record_and_its_tokens(vault: OperationalVault):
    load(vault, "a", WANG, LI)

    load(vault, "b", {"record_key": "C1", "name": "王小明", "phone": "13900000000"})

    assert vault.find_personal("customer", "phone", "13812345678") == []
    assert vault.find_personal("customer", "phone", "13900000000") == ["C1"]
    assert PersonalRecord.objects.filter(visible=True).count() == 2
    assert PersonalRecord.objects.filter(visible=False).count() == 0


def test_of_several_rows_of_one_record_the_last_counts(vault: OperationalVault):
    load(vault, "a", {"record_key": "C1", "name": "旧名"}, LI, {"record_key": "C1", "name": "新名"})

    assert vault.reveal("customer", "C1") == {"name": "新名", "phone": None}
    assert vault.find_personal("customer", "name", "旧名") == []
    assert PersonalRecord.objects.count() == 2


def test_deleted_rows_take_the_record_away(vault: OperationalVault):
    load(vault, "a", WANG, LI)

    gone = pa.record_batch(
        {"record_key": ["C1", "C9"], "name": [None, None], "deleted": [True] * 2}
    )
    vault.begin(header("b"))
    vault.stage(load_id="b", table="customer", rows=[gone])
    before = vault.find_personal("customer", "name", "王小明")
    vault.finish(load_id="b", report={}, finished_at=LATER)

    assert before == ["C1"]
    assert vault.find_personal("customer", "name", "王小明") == []
    assert PersonalRecord.objects.count() == 1


def test_tables_do_not_meet(vault: OperationalVault):
    vault.begin(header("a"))
    vault.stage(load_id="a", table="customer", rows=[batch(WANG)])
    vault.stage(load_id="a", table="employee", rows=[batch({"record_key": "C1", "name": "员工"})])
    vault.finish(load_id="a", report={}, finished_at=LATER)

    assert vault.reveal("customer", "C1")["name"] == "王小明"
    assert vault.reveal("employee", "C1") == {"name": "员工"}
    assert vault.find_personal("employee", "name", "王小明") == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("phone", "+86 138 1234 5678"),
        ("phone", "１３８１２３４５６７８"),
        ("name", " 王 小明"),
        ("id_number", "44030419800101001x"),
        ("address", "深圳市 福田区３栋"),
    ],
)
def test_exact_values_are_found_in_any_spelling(vault: OperationalVault, field: str, value: str):
    row = WANG | {"id_number": "44030419800101001X", "address": "深圳市福田区3栋"}
    load(vault, "a", row, LI)

    assert vault.find_personal("customer", field, value) == ["C1"]


def test_everyone_with_the_value_is_found_and_nobody_by_a_part(vault: OperationalVault):
    same = [{"record_key": f"C{n}", "name": "张三", "phone": "13800000000"} for n in (3, 1, 2)]
    load(vault, "a", *same)

    assert vault.find_personal("customer", "phone", "13800000000") == ["C1", "C2", "C3"]
    assert vault.find_personal("customer", "phone", "1380000000") == []
    assert vault.find_personal("customer", "phone", "-") == []


def test_many_small_and_large_batches_keep_their_rows(
    vault: OperationalVault, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(loading, "CHUNK", 7)
    rows = [{"record_key": f"C{n}", "name": f"姓名{n}"} for n in range(50)]
    pieces = [rows[:3], rows[3:30], [], rows[30:31], rows[31:]]
    vault.begin(header("a"))

    kept = vault.stage(
        load_id="a", table="customer", rows=[batch(*piece) for piece in pieces if piece]
    )
    vault.finish(load_id="a", report={}, finished_at=LATER)

    assert kept == 50
    assert [vault.reveal("customer", f"C{n}")["name"] for n in range(50)] == [
        row["name"] for row in rows
    ]


def test_a_report_with_dates_is_kept(vault: OperationalVault):
    vault.begin(header("a"))

    vault.finish(load_id="a", report={"from": AT.date(), "loaded": 3}, finished_at=LATER)

    [entry] = vault.loads(table="customer", since=AT)
    assert entry.report == {"from": "2025-03-01", "loaded": 3}
    assert list(vault.loads(table="org_unit")) == []
    assert list(vault.loads(since=LATER)) == []
