from __future__ import annotations

import codecs

import pytest

TEXT = "编号,名称\n1,供电所\n2,营业厅\n"
ROWS = [("1", "供电所", 2), ("2", "营业厅", 3)]


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode(),
        codecs.BOM_UTF8 + TEXT.encode(),
        TEXT.encode("gb18030"),
        TEXT.encode("gbk"),
        TEXT.encode("utf-16"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
    ],
    ids=["utf-8", "bom", "gb18030", "gbk", "utf-16-le", "utf-16-be"],
)
def test_encoding_is_found(read, content):
    found = read(content)

    assert (found.columns, found.rows, found.rejects) == (["编号", "名称"], ROWS, [])


def test_four_byte_characters_of_gb18030_are_read(read):
    found = read("编号,名称\n1,𠮷野家\n".encode("gb18030"))

    assert found.rows == [("1", "𠮷野家", 2)]


@pytest.mark.parametrize("wish", ["gb2312", "GBK", "gb18030"])
def test_chinese_encodings_told_are_read_as_gb18030(read, wish):
    assert read(TEXT.encode("gb18030"), encoding=wish).rows == ROWS


@pytest.mark.parametrize("wish", ["big5", "utf-16-le"])
def test_encoding_told_is_used(read, wish):
    text = "編號,名稱\n1,供電所\n"

    assert read(text.encode(wish), encoding=wish).rows == [("1", "供電所", 2)]


def test_wrong_encoding_told_names_line_and_byte(refused):
    error = refused(TEXT.encode("gb18030"), encoding="utf-8")

    assert (error.code, error.params["line"], error.params["offset"]) == ("read.encoding", 1, 0)


def test_no_encoding_fits_names_line_and_byte(refused):
    content = b"id,name\n1,x\n" + b"2,\xff\xfe\xff\n" * 3

    error = refused(content)

    assert (error.code, error.params["line"], error.params["offset"]) == ("read.encoding", 3, 14)


def test_byte_is_counted_over_the_whole_file(refused):
    head = b"id,name\n" + b"1,x\n" * 2_000_000

    error = refused(head + b"2,\xff\xff\n")

    assert (error.params["line"], error.params["offset"]) == (2_000_002, len(head) + 2)


def test_few_damaged_lines_are_rejected_and_the_others_survive(read):
    cut = "3,所".encode()[:-1]

    found = read(TEXT.encode() + cut + b"\n" + "4,局\n5,局\n".encode())

    assert found.rows == [*ROWS, ("4", "局", 5), ("5", "局", 6)]
    assert [(r.line, r.reason, r.raw) for r in found.rejects] == [(4, "encoding", r"3,\xe6\x89")]


def test_unknown_encoding_is_named(refused):
    error = refused(TEXT, encoding="utf-88")

    assert (error.code, error.params["encoding"]) == ("read.unknown_encoding", "utf-88")


def test_codec_that_is_no_encoding_is_refused(refused):
    assert refused(TEXT, encoding="base64").code == "read.unknown_encoding"


def test_odd_byte_at_the_end_of_utf16_is_told(refused):
    content = TEXT.encode("utf-16") + b"\0"

    error = refused(content)

    assert (error.code, error.params["offset"]) == ("read.encoding", len(content) - 1)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"PK\x03\x04 and so on", "ZIP/XLSX"),
        (b"%PDF-1.7\n", "PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "XLS/DOC"),
        (bytes(range(256)) * 8, "binary"),
        (b"\x01\x02\x03\x04ab" * 99, "binary"),
    ],
)
def test_binary_is_no_text(refused, content, kind):
    error = refused(content)

    assert (error.code, error.params["kind"]) == ("read.binary", kind)
