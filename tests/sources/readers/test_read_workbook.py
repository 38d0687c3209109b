from __future__ import annotations

import io
import re
import struct
import zipfile
from collections.abc import Callable
from datetime import datetime, time, timedelta

import pytest
import xlsxwriter

from powercx.analytics.sources.readers import ReadOptions, cells, open_sources

NAME = "bill.xlsx"
SHEET = "xl/worksheets/sheet1.xml"


def book(*sheets: list[list[object]], **options: object) -> bytes:
    """A workbook whose sheets, named 表1, 表2 and so on, hold these rows from A1."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, **options}) as made:
        formats = {
            datetime: made.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
            time: made.add_format({"num_format": "hh:mm:ss"}),
            timedelta: made.add_format({"num_format": "[h]:mm:ss"}),
        }
        for number, rows in enumerate(sheets, 1):
            sheet = made.add_worksheet(f"表{number}")
            for at, row in enumerate(rows):
                for column, value in enumerate(row):
                    sheet.write(at, column, value, formats.get(type(value)))
    return out.getvalue()


def changed(content: bytes, change: Callable[[bytes], bytes], member: str = SHEET) -> bytes:
    """The workbook with one member changed."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, change(data) if name == member else data)
    return out.getvalue()


def with_cells(*written: str) -> bytes:
    """A workbook with the heads A1 id, B1 kwh and these cells, as XML, in row 2."""
    row = f'<row r="2">{"".join(written)}</row></sheetData>'.encode()
    content = changed(book([["id", "kwh"]]), lambda xml: xml.replace(b"</sheetData>", row))
    calm = re.compile(rb' fullCalcOnLoad="1"')
    return changed(content, lambda xml: calm.sub(b"", xml), "xl/workbook.xml")


def test_values_become_text(read):
    found = read(
        book(
            [
                ["text", "whole", "noise", "large", "yes", "at", "day", "time", "span"],
                [
                    "中",
                    5,
                    0.1 + 0.2,
                    1e15,
                    True,
                    datetime.fromisoformat("2025-03-01T10:05:07"),
                    datetime.fromisoformat("2025-03-01"),
                    time(10, 5),
                    timedelta(hours=36, seconds=5),
                ],
            ]
        ),
        NAME,
    )

    assert found.sheet.text
    assert found.sheet.name.endswith("bill.xlsx#表1")
    assert found.rows == [
        (
            "中",
            "5",
            "0.3",
            "1000000000000000",
            "true",
            "2025-03-01 10:05:07",
            "2025-03-01",
            "10:05:00",
            "36:00:05",
            2,
        )
    ]


def test_noise_of_binary_fractions_is_dropped(read):
    found = read(with_cells('<c r="B2"><v>0.30000000000000004</v></c>'), NAME)

    assert found.rows == [(None, "0.3", 2)]


def test_dates_counted_from_1904_are_right(read):
    rows = [["id", "at"], ["1", datetime.fromisoformat("2025-03-01")]]

    assert read(book(rows, date_1904=True), NAME).rows == [("1", "2025-03-01", 2)]


def test_heads_are_the_first_row_with_two_cells(read):
    rows = [["电费明细"], [], ["", " id ", "kwh"], ["", "1", 2], [], ["", "3", 4], ["", ""]]

    found = read(book(rows), NAME)

    assert found.columns == ["id", "kwh"]
    assert found.rows == [("1", "2", 4), ("3", "4", 6)]


def test_head_row_told_is_used(read):
    found = read(book([["制表", "张三"], ["id", "kwh"], ["1", 2]]), NAME, head_row=2)

    assert (found.columns, found.rows) == (["id", "kwh"], [("1", "2", 3)])


def test_heads_alone_give_no_rows(read):
    assert read(book([["id", "kwh"]]), NAME).rows == []


def test_days_as_heads_are_iso_dates(read):
    found = read(book([["id", datetime.fromisoformat("2025-03-01")], ["1", 2]]), NAME)

    assert found.columns == ["id", "2025-03-01"]


def test_sheets_with_heads_are_read_and_others_named(work, look, tmp_path):
    path = tmp_path / NAME
    path.write_bytes(book([["id", "kwh"], ["1", 2]], [["说明"]], [["a", "b"]], []))

    sheets, notes = open_sources(work, str(path), options=ReadOptions())

    assert [sheet.name for sheet in sheets] == [f"{path}#表1", f"{path}#表3"]
    assert [re.findall("表.", note) for note in notes] == [["表2"], ["表4"]]
    assert look(sheets[0], notes).rows == [("1", "2", 2)]


def test_sheet_told_is_read_alone(read):
    found = read(book([["id", "kwh"]], [["a", "b"], ["1", 2]]), NAME, sheet="表2")

    assert (found.columns, found.rows) == (["a", "b"], [("1", "2", 2)])


def test_unknown_sheet_is_named(refused):
    error = refused(book([["id", "kwh"]]), NAME, sheet="表9")

    assert (error.code, error.params["nearest"]) == ("read.no_sheet", "表1")


def test_workbook_without_heads_is_refused(refused):
    assert refused(book([["说明"]], []), NAME).code == "read.no_sheets"


def test_duplicate_heads_are_named(refused):
    error = refused(book([["id", "kwh", "id"]], [["a", "b"]]), NAME)

    assert (error.code, error.params["columns"]) == ("read.duplicate_heads", "id")


def test_column_with_values_and_no_head_is_refused(refused):
    error = refused(book([["id", "", "kwh"], ["1", "x", 2]]), NAME)

    assert (error.code, error.params["positions"]) == ("read.blank_heads", "2")


def test_sheet_with_a_column_without_head_is_named_beside_good_ones(work, tmp_path):
    path = tmp_path / NAME
    path.write_bytes(book([["id", "kwh"]], [["a", "", "b"], ["1", "x", 2]]))

    sheets, notes = open_sources(work, str(path), options=ReadOptions())

    assert [sheet.name for sheet in sheets] == [f"{path}#表1"]
    assert "表2" in notes[0]


def test_empty_column_without_head_is_left_out(read):
    assert read(book([["id", "", "kwh"], ["1", "", 2]]), NAME).columns == ["id", "kwh"]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ('<c r="B2"><f>SUM(A1:A2)</f></c>', "=SUM(A1:A2)"),
        ('<c r="B2"><f>A1</f><v></v></c>', "=A1"),
        ('<c r="B2"><f>A1</f><v/></c>', "=A1"),
        ('<c r="B2" t="str"><f>A1</f></c>', "=A1"),
        ('<c r="B2" t="str"><f>A1&amp;""</f><v></v></c>', None),
        ('<c r="B2"><f>A1*2</f><v>6</v></c>', "6"),
        ('<c r="B2"><f>A1*2</f><v>0</v></c>', "0"),
        ('<c r="B2" t="e"><f>A1/0</f><v>#DIV/0!</v></c>', "#DIV/0!"),
        ('<c r="B2" t="e"><v>#N/A</v></c>', "#N/A"),
        ('<c r="B2" t="e"><v>#REF!</v></c>', "#REF!"),
        ('<x:c r="B2"><x:f>A1</x:f></x:c>', "=A1"),
        ("<c/><c><f>A1</f></c>", "=A1"),
    ],
)
def test_formula_or_error_never_becomes_empty(read, cell, text):
    content = with_cells('<c r="A2" t="inlineStr"><is><t>1</t></is></c>', cell)
    if "<c/>" in cell:
        content = with_cells(cell)
    declared = b"<worksheet xmlns:x="
    space = b'"http://schemas.openxmlformats.org/spreadsheetml/2006/main" '

    found = read(changed(content, lambda xml: xml.replace(b"<worksheet ", declared + space)), NAME)

    first = None if "<c/>" in cell else "1"
    assert found.rows == ([(first, text, 2)] if first or text else [])


def test_shared_formula_without_values_is_told_on_each_row(read):
    rows = (
        b'<row r="2"><c r="A2"><v>1</v></c><c r="B2"><f t="shared" ref="B2:B3" si="0">A2*2</f></c>'
        b'</row><row r="3"><c r="A3"><v>2</v></c><c r="B3"><f t="shared" si="0"/></c></row>'
    )
    content = changed(
        book([["id", "kwh"]]), lambda xml: xml.replace(b"</sheetData>", rows + b"</sheetData>")
    )

    assert read(content, NAME).rows == [("1", "=A2*2", 2), ("2", "=A2*2", 3)]


def test_zero_that_its_writer_never_calculated_is_told(read):
    rows = [["id", "kwh"], ["1", "=A2*2"]]

    assert read(book(rows), NAME).rows == [("1", "=A2*2", 2)]


def test_formula_below_and_beyond_all_values_is_told(read):
    cell = '<c r="A2"><v>1</v></c></row><row r="9"><c r="B9"><f>A1</f></c>'

    assert read(with_cells(cell), NAME).rows == [("1", None, 2), (None, "=A1", 9)]


def test_merged_cells_are_read(read):
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as made:
        sheet = made.add_worksheet("a")
        sheet.merge_range("A1:B1", "标题")
        sheet.write_row("A2", ["id", "kwh"])
        sheet.merge_range("A3:A4", "1")
        sheet.write_column("B3", [2, 3])

    assert read(out.getvalue(), NAME).rows == [("1", "2", 3), (None, "3", 4)]


def test_bomb_is_refused_by_its_directory(refused):
    content = changed(book([["id", "kwh"]]), lambda xml: xml + b" " * 150_000_000)

    error = refused(content, NAME)

    assert (error.code, error.params["megabytes"]) == ("read.zip_bomb", 143)


def test_bomb_that_lies_about_its_size_is_refused(refused):
    content = changed(book([["id", "kwh"]]), lambda xml: xml + b" " * 150_000_000)
    size = struct.pack("<I", len(zipfile.ZipFile(io.BytesIO(content)).read(SHEET)))

    error = refused(content.replace(size, struct.pack("<I", 1_000)), NAME)

    assert error.code == "read.corrupt"


def test_cell_far_out_does_not_take_the_memory(refused, read, monkeypatch):
    monkeypatch.setattr(cells, "MAX_CELLS", 1_000)
    far = '<c r="A2"><v>1</v></c></row><row r="1000000"><c r="XFD1000000">{}</c>'

    error = refused(with_cells(far.format("<v>1</v>")), NAME)

    assert error.code == "read.sheet_too_large"
    assert read(with_cells(far.format("")), NAME).rows == [("1", None, 2)]


@pytest.mark.parametrize("keep", [0.3, 0.9, 0.999])
def test_cut_workbook_is_refused(refused, keep):
    content = book([["id", "kwh"], ["1", 2]])

    error = refused(content[: int(len(content) * keep)], NAME)

    assert (error.code, error.params["kind"]) == ("read.corrupt", "XLSX")


@pytest.mark.parametrize(
    "member", [SHEET, "xl/workbook.xml", "xl/sharedStrings.xml", "xl/_rels/workbook.xml.rels"]
)
def test_broken_part_is_refused(refused, member):
    content = changed(book([["id", "kwh"], ["x", 1]]), lambda xml: xml[: len(xml) // 2], member)

    assert refused(content, NAME).code == "read.corrupt"


def test_document_type_is_refused(refused):
    kind = b'<!DOCTYPE x [<!ENTITY a "b">]><workbook '
    content = changed(
        book([["id", "kwh"]]), lambda xml: xml.replace(b"<workbook ", kind), "xl/workbook.xml"
    )

    assert refused(content, NAME).code == "read.corrupt"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"id,kwh\n1,2\n", "read.corrupt"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 999, "read.old_excel"),
        (
            b"\xd0\xcf\x11\xe0" + b"\0" * 999 + "EncryptedPackage".encode("utf-16-le"),
            "read.encrypted",
        ),
    ],
)
def test_what_is_no_workbook_is_told(refused, content, code):
    assert refused(content, NAME).code == code


def test_archive_that_is_no_workbook_is_refused(refused):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.txt", "x")

    assert refused(out.getvalue(), NAME).code == "read.corrupt"
