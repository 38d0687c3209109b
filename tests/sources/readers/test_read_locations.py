from __future__ import annotations

import os
import sqlite3

import pytest

from powercx.analytics.sources.readers import ReadOptions, expand, left_out, open_sources, sheet
from powercx.base.errors import UserError
from powercx.base.messages import use_language


def test_folder_gives_its_readable_files_in_order(tmp_path):
    for name in [
        "b.csv",
        "a.XLSX",
        "sub/c.parquet",
        ".hidden.csv",
        "~$a.xlsx",
        "notes.pdf",
        ".x/d.csv",
    ]:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("x", "utf-8")

    files = expand([str(tmp_path), "sqlite:///x.db?table=bill", str(tmp_path / "b.csv")])

    inside = ["a.XLSX", "b.csv", "sub/c.parquet"]
    assert files == [*(str(tmp_path / name) for name in inside), "sqlite:///x.db?table=bill"]
    assert left_out([str(tmp_path)]) == [str(tmp_path / "notes.pdf")]


def test_missing_path_is_named(tmp_path):
    with pytest.raises(UserError) as caught:
        expand([str(tmp_path / "nope.csv")])

    assert (caught.value.code, caught.value.params) == (
        "read.missing",
        {"file": str(tmp_path / "nope.csv")},
    )


def test_folder_without_readable_files_is_told(tmp_path):
    (tmp_path / "notes.pdf").write_text("x", "utf-8")

    with pytest.raises(UserError) as caught:
        expand([str(tmp_path)])

    assert caught.value.code == "read.nothing"


@pytest.mark.parametrize("mode", [0o000, 0o311])
def test_folder_without_permission_is_told(open_folder, unprivileged, mode):
    closed = open_folder / "closed"
    closed.mkdir()
    (closed / "a.csv").write_text("id\n1\n", "utf-8")
    closed.chmod(mode)

    with unprivileged(), pytest.raises(UserError) as caught:
        expand([str(open_folder)])

    assert (caught.value.code, caught.value.params["file"]) == ("read.forbidden", str(closed))


def test_file_without_permission_is_told(open_folder, unprivileged, work):
    path = open_folder / "a.csv"
    path.write_text("id\n1\n", "utf-8")
    path.chmod(0o000)

    with unprivileged(), pytest.raises(UserError) as caught:
        open_sources(work, str(path), options=ReadOptions())

    assert (caught.value.code, caught.value.params["file"]) == ("read.forbidden", str(path))


def test_unknown_kind_names_the_known_ones(refused):
    error = refused("x", "bill.doc")

    assert (error.code, error.params["kind"]) == ("read.unknown_kind", ".doc")
    with use_language("en"):
        assert ".xlsx" in str(error)


def test_name_that_is_no_utf8_is_told_readably(work, tmp_path):
    path = os.fsencode(tmp_path) + "/电费.csv".encode("gbk")
    with open(path, "wb") as out:  # noqa: PTH123 - the name is bytes
        out.write(b"id,kwh\n")

    with pytest.raises(UserError) as caught:
        open_sources(work, os.fsdecode(path), options=ReadOptions())

    assert (caught.value.code, caught.value.params["file"]) == (
        "read.bad_name",
        f"{tmp_path}/电费.csv",
    )


@pytest.mark.parametrize("name", ["t.csv", "t.xlsx", "t.parquet", "t.jsonl"])
def test_empty_file_of_any_kind_is_told(refused, name):
    assert refused("", name).code == "read.empty"


@pytest.mark.parametrize("name", ["t.csv", "t.xlsx", "t.parquet", "t.jsonl"])
def test_missing_file_of_any_kind_is_told(refused, name):
    assert refused(None, name).code == "read.missing"


def test_full_disk_while_transcoding_is_told(refused, work):
    taken = next(sheet._views)
    for number in range(taken + 1, taken + 9):
        (work.scratch / f"source_{number}.txt").symlink_to("/dev/full")

    error = refused("编号,名称\n1,所\n".encode("gb18030"))

    assert (error.code, error.params["folder"]) == ("read.disk_full", work.scratch)


def test_full_disk_while_mending_is_told(refused, work):
    taken = next(sheet._views)
    for number in range(taken + 1, taken + 9):
        (work.scratch / f"source_{number}.csv").symlink_to("/dev/full")

    assert refused("id,kwh\n1,2\n3\n").code == "read.disk_full"


def test_full_disk_while_keeping_a_table_is_told(work, tmp_path):
    database = sqlite3.connect(tmp_path / "t.db")
    database.execute("CREATE TABLE bill AS SELECT 1 AS id")
    database.close()
    taken = next(sheet._views)
    for number in range(taken + 1, taken + 9):
        (work.scratch / f"source_{number}.parquet").symlink_to("/dev/full")

    with pytest.raises(UserError) as caught:
        open_sources(work, f"sqlite://{tmp_path}/t.db", options=ReadOptions())

    assert caught.value.code == "read.disk_full"
