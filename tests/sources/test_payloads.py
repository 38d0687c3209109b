"""The JSON Schema of a row and the loader say the same of it."""

from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator
from support.rows import good_row

from powercx.analytics.lake.catalogue import TABLES
from powercx.analytics.lake.schema import Type
from powercx.analytics.sources.payloads import row_schema
from powercx.cli.main import main


def _problems(table, row):
    schema = row_schema(table)
    Draft202012Validator.check_schema(schema)
    return [error.message for error in Draft202012Validator(schema).iter_errors(row)]


def _quarantined(put, table, *rows):
    report = put(f"{table.name}-x.jsonl", "\n".join(map(json.dumps, rows)))
    return report.quarantined


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("name", sorted(TABLES))
def test_what_the_schema_allows_is_loaded(put, name, whole):
    row = good_row(TABLES[name], whole=whole)

    assert _problems(TABLES[name], row) == []
    assert _quarantined(put, TABLES[name], row) == 0


@pytest.mark.parametrize("name", sorted(TABLES))
def test_what_the_schema_forbids_is_quarantined(put, name):
    table = TABLES[name]
    good, broken = good_row(table, whole=True), []
    for column in table.columns:
        if column.required and column.name in table.key:
            broken.append({**good, column.name: None})
        if column.codes and not column.open_codes:
            broken.append({**good, column.name: "no such word"})
        if column.high is not None:
            broken.append({**good, column.name: column.high + 1})
        if column.low is not None:
            broken.append({**good, column.name: column.low - 1})
        if column.type in (Type.DATE, Type.MONTH, Type.TIME):
            broken.append({**good, column.name: "never"})
    assert broken
    dated = [row for row in broken if not _problems(table, row)]

    assert all("never" in row.values() for row in dated)  # formats of instants are not enforced
    assert _quarantined(put, table, *broken) == len(broken)


def test_the_command_writes_it(tmp_path):
    path = tmp_path / "bill.json"

    assert main(["load", "--template", "bill", "--output", str(path)], {}) == 0
    assert json.loads(path.read_text("utf-8")) == row_schema(TABLES["bill"])
