"""Templates of a table, all from its schema: a spreadsheet to fill in, or what a row is in JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import xlsxwriter

from powercx.analytics.definitions.codes import Code, code_list
from powercx.analytics.lake.catalogue import TABLES
from powercx.analytics.lake.schema import Column, LakeTable, Type
from powercx.analytics.sources.payloads import row_schema
from powercx.base.errors import UserError
from powercx.base.identifiers import suggestion

_ROWS = 10_000
_WIDTH = 18
_LIST_CHARS = 255
_EXAMPLES = {
    Type.ID: "0001",
    Type.TEXT: "……",
    Type.INTEGER: "3",
    Type.NUMBER: "12.5",
    Type.ENERGY: "8.750",
    Type.MONEY: "128.40",
    Type.BOOLEAN: "是",
    Type.DATE: "2025-03-01",
    Type.MONTH: "2025-03",
    Type.TIME: "2025-03-01 09:30:00",
    Type.PERIOD: "2025Q1",
}
_TYPES = {
    Type.ID: "编号 · id",
    Type.CODE: "代码 · code",
    Type.TEXT: "文本 · text",
    Type.INTEGER: "整数 · integer",
    Type.NUMBER: "数值 · number",
    Type.ENERGY: "电量 kWh，3 位小数 · energy",
    Type.MONEY: "金额 元，2 位小数 · CNY",
    Type.BOOLEAN: "是/否 · yes/no",
    Type.DATE: "日期 · date",
    Type.MONTH: "月份 · month",
    Type.TIME: "时间（当地） · local time",
    Type.PERIOD: "期间 · period",
}
_NOTE_HEADS = (
    "列",
    "column",
    "标识",
    "类型 · type",
    "必填 · required",
    "范围 · range",
    "代码 · codes",
    "示例 · example",
)


def write_template(fact: str, path: Path) -> None:
    """Write the template of ``fact``: a sheet to fill in and a sheet of notes.

    A path that ends in ``.json`` gets the JSON Schema of a row instead.

    :raises UserError: no such table, or the file is there already or cannot be written.
    """
    if fact not in TABLES:
        raise UserError("load.no_such_fact", fact=fact, nearest=suggestion(fact, TABLES))
    if path.exists():
        raise UserError("load.template_exists", file=path)
    table = TABLES[fact]
    try:
        if path.suffix.lower() == ".json":
            said = json.dumps(row_schema(table), ensure_ascii=False, indent=1)
            path.write_text(f"{said}\n", "utf-8")
            return
        with xlsxwriter.Workbook(str(path)) as book:
            _fill_in(book, table)
            _notes(book, table)
    except (OSError, xlsxwriter.exceptions.FileCreateError) as error:
        raise UserError("load.template_unwritable", file=path, reason=error) from error


def _fill_in(book: Any, table: LakeTable) -> None:  # noqa: ANN401 - xlsxwriter has no types
    sheet = book.add_worksheet(table.zh)
    plain = book.add_format({"bold": True, "bg_color": "#E8EEF7", "border": 1})
    needed = book.add_format({"bold": True, "bg_color": "#FCE4D6", "border": 1})
    text = book.add_format({"num_format": "@"})
    sheet.freeze_panes(1, 0)
    for at, column in enumerate(_offered(table)):
        # Identifiers are text, or a spreadsheet turns them into numbers.
        sheet.set_column(at, at, _WIDTH, text if column.type in (Type.ID, Type.MONTH) else None)
        sheet.write_string(0, at, column.zh, needed if column.required else plain)
        words = _choices(column)
        if words and len(",".join(words)) <= _LIST_CHARS:
            how = {"validate": "list", "source": words, "ignore_blank": True}
            how["error_type"] = "warning" if column.open_codes else "stop"
            sheet.data_validation(1, at, _ROWS, at, how)


def _notes(book: Any, table: LakeTable) -> None:  # noqa: ANN401 - xlsxwriter has no types
    sheet = book.add_worksheet("说明")
    bold = book.add_format({"bold": True})
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.write_string(0, 0, f"{table.zh} · {table.en} · {table.grain}", bold)
    sheet.set_column(0, len(_NOTE_HEADS) - 1, _WIDTH, wrap)
    sheet.set_column(len(_NOTE_HEADS) - 2, len(_NOTE_HEADS) - 2, 4 * _WIDTH, wrap)
    for at, head in enumerate(_NOTE_HEADS):
        sheet.write_string(2, at, head, bold)
    for row, column in enumerate(_offered(table), 3):
        for at, note in enumerate(_note(column)):
            sheet.write_string(row, at, note, wrap)


def _offered(table: LakeTable) -> list[Column]:
    """The columns people fill in; what systems add (their own key and stamp) stays out."""
    return [c for c in table.columns if c.name not in ("source", "source_key", "updated_at")]


def _note(column: Column) -> list[str]:
    codes = _codes(column)
    shown = "；".join(f"{names.zh}（{code}）" for code, names in codes.items())
    example = next((names.zh for names in codes.values()), _EXAMPLES.get(column.type, ""))
    limits = ""
    if column.low is not None and column.high is not None:
        limits = f"{column.low:g} … {column.high:g}"
    required = "是 · yes" if column.required else ""
    kind = _TYPES[column.type]
    return [column.zh, column.en, column.name, kind, required, limits, shown, example]


def _choices(column: Column) -> list[str]:
    if column.type is Type.BOOLEAN:
        return ["是", "否"]
    return [names.zh for names in _codes(column).values()]


def _codes(column: Column) -> dict[str, Code]:
    return dict(code_list(column.codes).codes) if column.codes else {}
