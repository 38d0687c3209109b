"""Rows made of the tables' own schema: good ones, and ones with a fault."""

from __future__ import annotations

from typing import Any

from powercx.analytics.lake.schema import LakeTable, Type
from powercx.analytics.sources.payloads import row_schema

SAMPLES = {
    Type.ID: "A1",
    Type.TEXT: "text",
    Type.BOOLEAN: True,
    Type.DATE: "2025-03-01",
    Type.MONTH: "2025-03",
    Type.TIME: "2025-03-01T09:30:00+08:00",
    Type.PERIOD: "2025Q1",
}


def good_row(table: LakeTable, *, whole: bool) -> dict[str, Any]:
    """A row with a value in every column, or only in those required."""
    properties, row = row_schema(table)["properties"], {}
    for column in table.columns:
        if (column.required or whole) and column.name not in ("deleted", "valid_to"):
            # A score of satisfaction begins at 1, of which the schema of a cell knows nothing.
            least = 1 if column.name == "value" else properties[column.name].get("minimum", 1)
            known = properties[column.name].get("enum") or properties[column.name].get("examples")
            sample = SAMPLES.get(column.type, least)
            row[column.name] = known[0] if known else sample
    return row
