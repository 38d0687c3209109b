from __future__ import annotations

import pytest

from powercx.analytics.sources.readers import Reject

NAME = "t.jsonl"


def test_values_are_read_as_text(read):
    found = read(
        '{"id": "1", "kwh": 2.5, "big": 12345678901234567890, "ok": true, "none": null,'
        ' "more": {"a": [1]}, "empty": ""}\n',
        NAME,
    )

    assert found.sheet.text
    assert found.columns == ["id", "kwh", "big", "ok", "none", "more", "empty"]
    assert found.rows == [("1", "2.5", "12345678901234567890", "true", None, '{"a":[1]}', None, 1)]


def test_keys_of_all_lines_are_columns(read):
    found = read('{"id": 1, "kwh": 2}\n{"id": 2, "note": "中"}\n', NAME)

    assert found.columns == ["id", "kwh", "note"]
    assert found.rows == [("1", "2", None, 1), ("2", None, "中", 2)]


def test_blank_lines_count_and_empty_objects_are_no_rows(read):
    found = read('{"id": 1}\n\n{}\n{"id": 2}', NAME)

    assert found.rows == [("1", 1), ("2", 4)]


def test_lines_that_do_not_parse_are_told(read):
    found = read('{"id": 1}\n\n{"id": \n[1]\n5\r\n{"id": 2} {"id": 3}\n{"id": "中"}\n', NAME)

    assert found.rows == [("1", 1), ("中", 7)]
    assert found.rejects == [
        Reject(3, "json", '{"id":'),
        Reject(4, "json", "[1]"),
        Reject(5, "json", "5"),
        Reject(6, "json", '{"id": 2} {"id": 3}'),
    ]


@pytest.mark.parametrize("content", ['[{"id": 1}]\n', "id,kwh\n1,2\n", "{}\n"])
def test_file_without_a_row_is_refused(refused, content):
    assert refused(content, NAME).code == "read.no_objects"


def test_key_twice_in_an_object_is_named(refused):
    error = refused('{"id": 1}\n{"kwh": 1, "kwh": 2}\n', NAME)

    assert (error.code, error.params["columns"]) == ("read.duplicate_heads", "kwh")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_encodings_are_found(read, encoding):
    found = read('{"名称": "供电所"}\n{"名称": "营业厅"}\n'.encode(encoding), NAME)

    assert (found.columns, found.rows) == (["名称"], [("供电所", 1), ("营业厅", 2)])


def test_damaged_line_is_told(read):
    found = read(
        '{"a": "中"}\n{"a": "国"}\n{"a": "电"}\n{"a": "网"}\n'.encode() + b'{"a": "\xe4"}', NAME
    )

    assert [row[0] for row in found.rows] == ["中", "国", "电", "网"]
    assert found.rejects == [Reject(5, "encoding", r'{"a": "\xe4"}')]


def test_line_of_ten_megabytes_is_a_row(read):
    long = "x" * 10_000_000

    found = read(f'{{"id": "{long}"}}\n\n{{"id": 2}}\n', NAME)

    assert found.rows == [(long, 1), ("2", 3)]


def test_line_beyond_the_limit_is_told_with_its_beginning(read):
    found = read(f'{{"id": 1}}\n{{"id": "{"x" * 34_000_000}"\n{{"id": 2}}\n', NAME)

    assert found.rows == [("1", 1), ("2", 3)]
    assert [(r.line, r.reason, len(r.raw)) for r in found.rejects] == [(2, "too_long", 1_000)]
