"""Any split of rows into files, in any order, with any repeats, gives the same table."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.loads import Loader

from powercx.base.home import Home

HEAD = "bill_id,customer_id,amount_cny,issued_on,updated_at,deleted"
VERSIONS = [
    (bill, stamp, amount, gone)
    for bill in ("B1", "B2")
    for stamp, amount, gone in ((1, 10, ""), (2, 20, ""), (3, 10, "1"), (4, 20, ""))
]


@st.composite
def deliveries(draw: st.DrawFn) -> list[list[tuple[str, int, int, str]]]:
    """Files of rows: every version at least once, never two of one key in one file."""
    order = draw(st.permutations(VERSIONS))
    repeats = draw(st.lists(st.sampled_from(VERSIONS), max_size=4))
    files: list[list[tuple[str, int, int, str]]] = []
    for row in [*order, *repeats]:
        open_files = [file for file in files if row[0] not in {other[0] for other in file}]
        if open_files and draw(st.booleans()):
            draw(st.sampled_from(open_files)).append(row)
        else:
            files.append([row])
    return files


def line(row: tuple[str, int, int, str]) -> str:
    bill, stamp, amount, gone = row
    return f"{bill},C1,{amount},2025-03-0{stamp},2025-05-0{stamp},{gone}"


@pytest.mark.filterwarnings("ignore::hypothesis.errors.NonInteractiveExampleWarning")
@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(files=deliveries())
def test_the_table_does_not_depend_on_how_rows_arrive(tmp_path: Path, files):
    shutil.rmtree(tmp_path / "h", ignore_errors=True)
    (tmp_path / "h" / "files").mkdir(parents=True)
    home = Home(tmp_path / "h" / "home")
    home.create()
    put = Loader(home, tmp_path / "h" / "files")

    for rows in files:
        put("bill.csv", "\n".join([HEAD, *map(line, rows)]))

    found = put.rows("bill", "bill_id", "amount_cny", "updated_at")
    assert [(r["bill_id"], str(r["amount_cny"]), r["updated_at"].day) for r in found] == [
        ("B1", "20.00", 3),
        ("B2", "20.00", 3),
    ]
