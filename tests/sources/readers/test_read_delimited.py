from __future__ import annotations

import time

import pytest

from powercx.analytics.sources.readers import Reject, mending, open_sources
from powercx.analytics.sources.readers.sheet import ReadOptions


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_delimiter_is_found(read, mark):
    found = read(f'id{mark}text{mark}kwh\n1{mark}"a,b;c|d"{mark}"2,5"\n2{mark}x{mark}"3,5"\n')

    assert found.columns == ["id", "text", "kwh"]
    assert [row[2] for row in found.rows] == ["2,5", "3,5"]


def test_delimiter_told_is_used(read):
    assert read("a:b\n1:2\n", delimiter=":").rows == [("1", "2", 2)]


def test_bad_delimiter_is_refused(refused):
    assert refused("a,b\n1,2\n", delimiter=",,").code == "read.bad_delimiter"


def test_lines_count_quoted_line_ends_and_blank_lines(read):
    content = 'id,text\n1,"two\nlines"\n\n2,x\n  \n3,"a\r\nb"\n4,y'

    found = read(content)

    assert found.rows == [
        ("1", "two\nlines", 2),
        ("2", "x", 5),
        ("3", "a\r\nb", 7),
        ("4", "y", 9),
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_of_every_system_are_read(read, end):
    content = end.join(["id,kwh", "1,2", "3,4", ""])

    assert read(content).rows == [("1", "2", 2), ("3", "4", 3)]


def test_mixed_line_ends_are_read(read):
    assert read("id,kwh\n1,2\r\n3,4\n5,6\r\n").rows == [("1", "2", 2), ("3", "4", 3), ("5", "6", 4)]


def test_quotes_are_read(read):
    content = 'id,text\n1,"say ""hi"""\n2,5" pipe\n3, "spaced" \n4,""\n'

    found = read(content)

    assert [row[1] for row in found.rows] == ['say "hi"', '5" pipe', "spaced", None]


def test_broken_lines_are_told_and_the_others_survive(read):
    content = (
        "id,text,kwh\n"
        "1,a,2\n"
        "2,too,many,fields\n"
        "3,few\n"
        '4,"bro"ken,5\n'
        '5,"never closed,6\n'
        "6,b,7\n"
        '7,"c\nd",8\n'
        "8,e,9,,\n"
        ",,\n"
        "9,f,10\n"
    )

    found = read(content)

    assert found.rejects == [
        Reject(3, "columns", "2,too,many,fields"),
        Reject(4, "columns", "3,few"),
        Reject(5, "quoting", '4,"bro"ken,5'),
        Reject(6, "quoting", '5,"never closed,6'),
    ]
    assert found.rows == [
        ("1", "a", "2", 2),
        ("6", "b", "7", 7),
        ("7", "c\nd", "8", 8),
        ("8", "e", "9", 10),
        ("9", "f", "10", 12),
    ]


def test_unclosed_quote_on_the_last_line_is_told(read):
    found = read('id,text\n1,a\n2,"open')

    assert found.rows == [("1", "a", 2)]
    assert found.rejects == [Reject(3, "quoting", '2,"open')]


def test_lone_carriage_return_outside_quotes_is_told(read):
    found = read('id,text\n1,a\rb\n2,"c\rd"\n')

    assert found.rows == [("2", "c\rd", 3)]
    assert found.rejects == [Reject(2, "quoting", "1,a\rb")]


def test_line_of_ten_megabytes_is_a_row(read):
    long = "x" * 10_000_000

    found = read(f"id,text\n1,a\n2,{long}\n3\n4,b\n")

    assert found.rows == [("1", "a", 2), ("2", long, 3), ("4", "b", 5)]
    assert found.rejects == [Reject(4, "columns", "3")]


@pytest.mark.parametrize("size", [34_000_000, 70_000_000])
def test_line_beyond_the_limit_is_told_with_its_beginning(read, size):
    found = read(f"id,text\n1,a\n2,{'x' * size}\n3,b\n")

    assert found.rows == [("1", "a", 2), ("3", "b", 4)]
    assert found.rejects == [Reject(3, "too_long", "2," + "x" * 998)]


def test_head_alone_gives_no_rows(read):
    assert read("id,kwh").rows == []


def test_heads_are_stripped(read):
    assert read(' id ," 电量\n(kWh) "\n1,2\n').columns == ["id", "电量\n(kWh)"]


def test_title_above_the_heads_is_passed_over(read):
    found = read("某某供电局2025年3月电费\n\nid,kwh\n1,2\n")

    assert (found.columns, found.rows) == (["id", "kwh"], [("1", "2", 4)])


def test_head_row_told_is_used(read):
    found = read('制表:,"张三"\nid,kwh\n1,2\n', head_row=2)

    assert (found.columns, found.rows) == (["id", "kwh"], [("1", "2", 3)])


def test_head_row_beyond_the_file_is_refused(refused):
    assert refused("id,kwh\n1,2\n", head_row=9).code == "read.no_heads"


def test_single_column_is_read(read):
    assert read("id\n1\n\n2\n").rows == [("1", 2), ("2", 4)]


def test_delimiter_at_the_end_of_every_line_makes_no_column(read):
    found = read("id,kwh,\n1,2,\n3,4,\n")

    assert (found.columns, found.rows) == (["id", "kwh"], [("1", "2", 2), ("3", "4", 3)])


@pytest.mark.parametrize(
    ("content", "positions"), [("id,,kwh\n1,2,3\n", "2"), ("id,kwh,\n1,2,3\n", "3")]
)
def test_blank_heads_are_named(refused, content, positions):
    error = refused(content)

    assert (error.code, error.params["positions"]) == ("read.blank_heads", positions)


def test_duplicate_heads_are_named(refused):
    error = refused("id,kwh,KWH,id,x\n1,2,3,4,5\n")

    assert (error.code, error.params["columns"]) == ("read.duplicate_heads", "id, kwh, KWH")


def test_reserved_head_is_named(refused):
    assert refused("id,__line\n1,2\n").code == "read.reserved_head"


@pytest.mark.parametrize("content", ["", "\n \n\r\n", "\ufeff"])
def test_empty_file_is_refused(refused, content):
    assert refused(content).code == "read.empty"


def test_too_many_broken_lines_refuse_the_file(refused, monkeypatch):
    monkeypatch.setattr(mending, "MAX_REJECTS", 1_000)

    error = refused("id,kwh\n" + "1\n" * 1_001)

    assert (error.code, error.params["line"]) == ("read.mostly_broken", 2)


def test_name_that_looks_like_a_pattern_is_one_file(read, tmp_path):
    (tmp_path / "bill1.csv").write_text("no\n1\n", "utf-8")

    assert read("id,kwh\n1,2\n", "bill[1].csv").rows == [("1", "2", 2)]


def test_folder_named_like_a_partition_adds_no_column(read, tmp_path):
    (tmp_path / "month=2025-03").mkdir()

    assert read("id,kwh\n1,2\n", "month=2025-03/bill.csv").columns == ["id", "kwh"]


def test_five_thousand_columns_are_read_in_seconds(read):
    heads = ",".join(f"2025-d{day}" for day in range(5_000))
    lines = "".join(",".join([str(row)] * 5_000) + "\n" for row in range(50))
    began = time.perf_counter()

    found = read(f"{heads}\n{lines}7,8\n")

    assert time.perf_counter() - began < 10
    assert (len(found.columns), len(found.rows)) == (5_000, 50)
    assert found.rows[49] == (*["49"] * 5_000, 51)
    assert found.rejects == [Reject(52, "columns", "7,8")]


def test_lines_are_right_in_a_large_file(work, tmp_path):
    path = tmp_path / "large.csv"
    rows = 300_000
    with path.open("w", encoding="utf-8", newline="") as out:
        out.write("id,line,text\n")
        line = 2
        for number in range(rows):
            text = '"a\n""b"",c\n"' if number % 997 == 0 else "plain"
            out.write(f"{number},{line},{text}\n")
            line += 3 if number % 997 == 0 else 1

    (sheet,), _ = open_sources(work, str(path), options=ReadOptions())

    wrong = f"SELECT count(*) FROM {sheet.numbered()} WHERE __line <> line::BIGINT"
    assert work.value(f"SELECT count(*) FROM {sheet.relation}") == rows
    assert work.value(wrong) == 0
