"""What a row is as JSON, in JSON Lines and in calls of programs, from the table's schema."""

from __future__ import annotations

from typing import Any

from powercx.analytics.definitions.codes import code_list
from powercx.analytics.lake.schema import Column, LakeTable, Type

_NUMBERS = {
    Type.INTEGER: "integer",
    Type.NUMBER: "number",
    Type.ENERGY: "number",
    Type.MONEY: "number",
}
_PATTERNS = {Type.DATE: r"^\d{4}-\d{2}-\d{2}$", Type.MONTH: r"^\d{4}-\d{2}$"}
_FORMATS = {Type.DATE: "date", Type.TIME: "date-time"}


def row_schema(table: LakeTable) -> dict[str, Any]:
    """The JSON Schema (2020-12) of a row with canonical names, types and codes.

    Loading takes more than it says: other names, notations and words that mean the same.
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": table.name,
        "description": f"{table.zh} · {table.en} · {table.grain}",
        "type": "object",
        "properties": {column.name: _value(column) for column in table.columns},
        "required": [column.name for column in table.columns if column.required],
        "additionalProperties": False,
    }


def _value(column: Column) -> dict[str, Any]:
    about = {"title": column.zh, "description": column.en}
    kind = "boolean" if column.type is Type.BOOLEAN else _NUMBERS.get(column.type, "string")
    found: dict[str, Any] = {**about, "type": kind if column.required else [kind, "null"]}
    if kind == "string" and column.required:
        found["minLength"] = 1
    if column.codes:
        known = list(code_list(column.codes).codes)
        if column.open_codes:
            found["examples"] = known
        else:
            found["enum"] = known if column.required else [*known, None]
    limits = {"minimum": column.low, "maximum": column.high}
    found |= {name: value for name, value in limits.items() if value is not None}
    if column.type in _PATTERNS:
        found["pattern"] = _PATTERNS[column.type]
    if column.type in _FORMATS:
        found["format"] = _FORMATS[column.type]
    return found
