from __future__ import annotations

import csv
from pathlib import Path

from support.loads import Loader, counts

TEXT = """账单编号,应收电费,发行日期,备注
B1,10,2025-03-01,a
B2,ten,2025-13-01,"b, c"
B3,30,2025-03-03,d
"""


def table(path: str | None) -> list[list[str]]:
    with Path(str(path)).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def test_a_bad_row_stands_beside_its_line_columns_values_and_reasons(put: Loader):
    report = put("bill.csv", TEXT)

    assert table(report.quarantine) == [
        ["_line", "_column", "_value", "_reason", "账单编号", "应收电费", "发行日期", "备注"],
        [
            "3",
            "应收电费; 发行日期",
            "ten; 2025-13-01",
            "bad_number; bad_date",
            *("B2", "ten", "2025-13-01", "b, c"),
        ],
    ]


def test_only_the_owner_may_read_it(put: Loader):
    path = Path(str(put("bill.csv", TEXT).quarantine))

    assert [file.stat().st_mode & 0o777 for file in path.parent.iterdir()] == [0o600, 0o600]


def test_mended_rows_load_as_they_are_under_their_source(put: Loader):
    report = put("upload.csv", TEXT, fact="bill", source="crm")
    path = Path(str(report.quarantine))
    path.write_text(path.read_text("utf-8").replace("ten,2025-13-01", "20,2025-03-02"), "utf-8")

    [again] = put.load(path)
    [once_more] = put.load(path)

    assert (counts(again), counts(once_more)) == ((1, 1, 0, 0, 0), (1, 0, 1, 0, 0))
    assert [row["source"] for row in put.rows("bill", "source")] == ["crm"] * 3


def test_lines_that_are_no_rows_are_counted_and_kept(put: Loader):
    report = put("bill.csv", TEXT + "B4,1,2025-03-04,e,too,many\n")

    assert counts(report) == (4, 2, 0, 0, 2)
    assert report.reasons == {"bad_number": 1, "columns": 1}
    assert table(report.quarantine)[-1][:4] == ["5", "", "B4,1,2025-03-04,e,too,many", "columns"]


def test_rows_of_a_clashing_key_stand_with_their_own_lines(put: Loader):
    report = put("bill.csv", TEXT.replace("B2,ten,2025-13-01", "B1,20,2025-03-01"))

    assert [row[:4] for row in table(report.quarantine)[1:]] == [
        ["2", "账单编号", "B1", "conflicting_key"],
        ["3", "账单编号", "B1", "conflicting_key"],
    ]
