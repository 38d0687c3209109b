from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from datetime import date
from decimal import Decimal

import pytest
from python_calamine import load_workbook

from powercx.analytics.lake.catalogue import TABLES
from powercx.analytics.simulate.service import simulate
from powercx.analytics.simulate.writing import EXPORTS
from powercx.base.errors import UserError


def digests(folder):
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def test_a_seed_gives_the_same_files(tmp_path):
    for name in ("one", "two"):
        simulate(target=tmp_path / name, customers=400, months=2, seed=3)
    simulate(target=tmp_path / "other", customers=400, months=2, seed=4)

    assert digests(tmp_path / "one") == digests(tmp_path / "two")
    assert digests(tmp_path / "one") != digests(tmp_path / "other")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"customers": 199}, "simulate.customers"),
        ({"customers": 5_000_001}, "simulate.customers"),
        ({"months": 0}, "simulate.months"),
        ({"months": 61}, "simulate.months"),
        ({"seed": -1}, "simulate.seed"),
        ({"start": date(2025, 1, 2)}, "simulate.start"),
    ],
)
def test_numbers_out_of_range_are_refused(tmp_path, change, code):
    with pytest.raises(UserError) as refused:
        simulate(**{"target": tmp_path / "c", "customers": 400, "months": 1, "seed": 0, **change})

    assert (refused.value.code, (tmp_path / "c").exists()) == (code, False)


def test_a_folder_that_holds_something_is_refused(tmp_path):
    (tmp_path / "mine.txt").write_text("keep")

    with pytest.raises(UserError) as refused:
        simulate(target=tmp_path, customers=400, months=1, seed=0)

    assert refused.value.code == "simulate.target"


def test_a_target_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(UserError) as refused:
        simulate(target=tmp_path / "file" / "city", customers=400, months=1, seed=0)

    assert refused.value.code == "simulate.write"


def test_progress_ends_at_one(tmp_path):
    told = []

    simulate(
        target=tmp_path / "c", customers=200, months=1, seed=0, progress=lambda *at: told.append(at)
    )

    assert told == [("simulate", 0.0), ("simulate", 1.0)]


def test_every_table_of_the_dictionary_is_exported(city):
    written = {
        path.name.split(".")[0].split("-")[0] for path in (city.target / "exports").iterdir()
    }

    assert written == set(TABLES) == set(EXPORTS)
    assert all(count > 0 for name, count in city.rows.items() if "correction" not in name)


def test_the_vendor_file_has_one_column_a_day(city):
    lines = (city.target / "exports-vendor" / "meter-wide-2025-03.csv").read_text().splitlines()

    head = lines[0].split(",")

    assert head == ["户号", "表计点", *[f"202503{day:02d}" for day in range(1, 32)]]
    assert len(lines) > 300


def test_workbooks_hold_chinese_heads(city):
    book = load_workbook(str(city.target / "exports" / "voltage_month.xlsx"))

    head, first = book.get_sheet_by_index(0).to_python()[:2]

    assert head[:3] == ["监测点编号", "监测点类别", "月份"]
    assert first[2] == "2025-01"


def test_every_reference_leads_to_a_row(rows):
    customers = {row["customer_id"] for row in rows("customer")}
    stations = {row["org_id"] for row in rows("org_unit")}
    points = {row["usage_point_id"] for row in rows("usage_point")}
    orders = {row["order_id"] for row in rows("service_order")}

    lost = Counter()
    for table in ("usage_point", "bill", "contact", "service_order", "survey_answer", "visit"):
        lost.update(
            f"{table}.customer"
            for row in rows(table)
            if row["customer_id"] and row["customer_id"] not in customers
        )
        lost.update(f"{table}.org" for row in rows(table) if row["org_id"] not in stations)
    for table in ("interruption", "usage_daily", "asset"):
        lost.update(table for row in rows(table) if row["usage_point_id"] not in points)
    lost.update("event" for row in rows("order_event") if row["order_id"] not in orders)
    lost.update("contact" for row in rows("contact") if row["order_id"] not in {None, *orders})

    assert lost == Counter()


def test_a_right_bill_says_what_the_meters_say(rows):
    used = defaultdict(Decimal)
    spoilt = set()
    for row in rows("usage_daily"):
        key = (row["customer_id"], row["date"][:7])
        used[key] += Decimal(row["kwh"])
        if Decimal(row["kwh"]) < 0:
            spoilt.add(key)
    right = [
        row for row in rows("bill") if row["error_kind"] == "无差错" and row["issued_on"][0] == "2"
    ]

    differing = [
        row["bill_id"]
        for row in right
        if (key := (row["customer_id"], row["period"])) not in spoilt
        and not row["kwh"].startswith("-")
        and Decimal(row["kwh"]) != used[key]
    ]

    assert len(right) > 2900
    assert differing == []


def test_peak_flat_and_valley_add_up_and_are_not_negative(rows):
    wrong = [
        row
        for row in rows("usage_daily")
        if Decimal(row["kwh"]) >= 0
        and (
            sum(Decimal(row[f"{part}_kwh"]) for part in ("peak", "flat", "valley"))
            != Decimal(row["kwh"])
            or min(Decimal(row[f"{part}_kwh"]) for part in ("peak", "flat", "valley")) < 0
        )
    ]

    assert wrong == []


def test_corrections_come_later_and_mend_the_amount(city, rows):
    versions = defaultdict(list)
    for row in rows("bill"):
        versions[row["bill_id"]].append(row)
    mended = [v for v in versions.values() if len(v) > 1]

    assert len(mended) == city.rows["bill-2025-03-correction.csv"] > 0
    for pair in mended:
        first, later = sorted(pair, key=lambda row: row["updated_at"])
        assert Decimal(first["amount_cny"]) - Decimal(later["amount_cny"]) == Decimal(
            first["error_cny"]
        )


def test_interruptions_come_in_every_kind(rows):
    known = [row for row in rows("interruption") if not row["started_at"].startswith("2025-02-30")]

    planned = {row["planned"] for row in known}
    still_open = [row for row in known if row["restored_at"] is None]

    assert planned == {"是", "否"}
    assert len(still_open) > 0
    assert all(row["notified_at"] is None for row in known if row["planned"] == "否")


def test_a_finished_order_was_finished_within_the_data(rows):
    states = Counter(
        (row["status"], row["completed_at"] is not None) for row in rows("service_order")
    )

    assert set(states) <= {
        ("已完成", True),
        ("处理中", False),
        ("已取消", False),
        ("未知类型", True),
    }


def test_the_log_of_a_finished_order_runs_from_acceptance_to_completion(rows):
    steps = defaultdict(list)
    for row in rows("order_event"):
        if row["at"] != "2025-02-30":
            steps[row["order_id"]].append((int(row["seq"]), row["at"]))
    done = [
        row
        for row in rows("service_order")
        if row["status"] == "已完成" and row["accepted_at"] != "2025-02-30"
    ]

    logs = {row["order_id"]: sorted(steps[row["order_id"]]) for row in done}

    assert all([at for _, at in log] == sorted(at for _, at in log) for log in logs.values())
    assert [logs[row["order_id"]][-1][1] for row in done] == [row["completed_at"] for row in done]


def test_the_improvement_and_the_bad_stations_are_told_apart(city):
    planted = json.loads((city.target / "truth" / "planted.json").read_text("utf-8"))

    improved, bad = set(planted["improvement"]["stations"]), set(planted["bad_stations"])

    assert (len(improved), len(bad), improved & bad) == (4, 2, set())
    assert planted["improvement"]["from"] == "2025-02-01"
