"""One source value as SQL: its typed form, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from powercx.analytics.definitions.codes import CodeList
from powercx.analytics.engine.workspace import literal
from powercx.analytics.lake.schema import Column, Type
from powercx.analytics.sources import zones
from powercx.analytics.sources.macros import let, one_of
from powercx.analytics.sources.readers.sheet import identifier, is_nested

EARLIEST = date(1900, 1, 1)
LATEST = date(2100, 12, 31)
OPEN_END = date(9999, 12, 31)
"""What some sources write for "until further notice"; it means no date."""

STORED = {
    Type.ID: "VARCHAR",
    Type.CODE: "VARCHAR",
    Type.TEXT: "VARCHAR",
    Type.PERIOD: "VARCHAR",
    Type.INTEGER: "BIGINT",
    Type.NUMBER: "DOUBLE",
    Type.ENERGY: "DECIMAL(12,3)",
    Type.MONEY: "DECIMAL(14,2)",
    Type.BOOLEAN: "BOOLEAN",
    Type.DATE: "DATE",
    Type.MONTH: "DATE",
    Type.TIME: "TIMESTAMP WITH TIME ZONE",
}
_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER")
_NUMERIC = (*_WHOLE, "UBIGINT", "HUGEINT", "FLOAT", "DOUBLE")
_DAYS = (Type.DATE, Type.MONTH, Type.TIME)
_NUMBERS = (Type.INTEGER, Type.NUMBER, Type.ENERGY, Type.MONEY)
_INSTANT = "TIMESTAMP WITH TIME ZONE"
_LOCAL = ("TIMESTAMP", "TIMESTAMP_NS", "TIMESTAMP_MS", "TIMESTAMP_S")


@dataclass(frozen=True)
class Ways:
    """How a source writes: its zone, its date formats (strptime), its code lists.

    ``keep`` are code columns whose unknown words pass as they are. ``periods`` names a table
    (raw, label, first_day) of the periods found in the source, ``masks`` one (text, masked) of its
    texts.
    """

    zone: str
    formats: tuple[str, ...] = ()
    codes: Mapping[str, CodeList] = field(default_factory=dict)
    keep: frozenset[str] = frozenset()
    periods: str = "px_periods"
    masks: str = "px_masks"


@dataclass(frozen=True, slots=True)
class Cell:
    """A column and where its raw value stands: ``raw`` is SQL, ``kind`` its DuckDB type."""

    column: Column
    raw: str
    kind: str

    @property
    def text(self) -> str:
        if self.structured:
            return f"CASE WHEN NOT {self.nested} THEN {self._json} ->> '$' END"
        return self.raw if self.kind == "VARCHAR" else f"CAST({self.raw} AS VARCHAR)"

    @property
    def structured(self) -> bool:
        """Whether some values may be lists or objects, which no column can hold."""
        return self.kind == "JSON" or is_nested(self.kind)

    @property
    def nested(self) -> str:
        """SQL of whether the value is a list or an object; meant only where ``structured``."""
        return f"coalesce(json_type({self._json}) IN ('OBJECT', 'ARRAY'), false)"

    @property
    def plain(self) -> Cell:
        """The same cell with nothing where a list or an object is."""
        return Cell(self.column, self.text, "VARCHAR") if self.structured else self

    @property
    def _json(self) -> str:
        return self.raw if self.kind == "JSON" else f"to_json({self.raw})"

    @property
    def words(self) -> bool:
        """Whether the value is a word that must stand in a list."""
        return self.column.type in (Type.CODE, Type.PERIOD)

    @property
    def numeric(self) -> bool:
        return self.kind in _NUMERIC or self.kind.startswith("DECIMAL")


def typed(cell: Cell, ways: Ways) -> str:
    """SQL of the value as it will be stored; NULL when the cell is empty or cannot be read."""
    return _TYPED[cell.column.type](cell.plain, ways)


def local_time(cell: Cell, ways: Ways) -> str | None:
    """SQL of the TIMESTAMP that a cell without a zone shows; None for a cell that shows none.

    ``typed`` reads it by its name, ``local_name``: every offset of the zone's history asks for it,
    and written out as often it makes a statement whose planning outweighs its run.
    """
    if cell.column.type is not Type.TIME or cell.kind == _INSTANT:
        return None
    if cell.kind in _LOCAL or cell.kind == "DATE":
        return f"CAST({cell.raw} AS TIMESTAMP)"
    return _formatted(cell, ways, "TIMESTAMP") + f"px_local({cell.text}))"


def local_name(column: str) -> str:
    """The column of ``local_time`` beside ``column``."""
    return f"local:{column}"


def wrong(cell: Cell, value: str) -> str:
    """SQL of whether the cell holds something that ``value``, its typed form, does not.

    Bounds of numbers and dates included; a value that is missing is no matter of this.
    """
    if cell.structured:
        return f"CASE WHEN {cell.nested} THEN true ELSE {wrong(cell.plain, value)} END"
    column = cell.column
    if column.type in (Type.ID, Type.TEXT):
        return "false"
    bounds = _bounds(column, value)
    outside = f"NOT ({bounds})" if bounds else "false"
    if cell.kind == STORED[column.type] and column.type is not Type.NUMBER and not cell.words:
        return outside
    unread = f"NOT px_blank({cell.text})" if cell.kind == "VARCHAR" else f"{cell.raw} IS NOT NULL"
    if column.type is Type.DATE and not column.required:
        unread += f" AND NOT starts_with({cell.text}, '{OPEN_END}')"
    return f"CASE WHEN {value} IS NULL THEN {unread} ELSE {outside} END"


def reason(cell: Cell, value: str) -> str:
    """SQL of the reason for which the cell is wrong; meant only where it is."""
    if cell.structured:
        return f"CASE WHEN {cell.nested} THEN 'nested' ELSE {reason(cell.plain, value)} END"
    match cell.column.type:
        case Type.CODE:
            return "'unknown_code'"
        case Type.BOOLEAN:
            return "'bad_boolean'"
        case Type.PERIOD:
            return "'bad_period'"
        case Type.INTEGER | Type.NUMBER | Type.ENERGY | Type.MONEY:
            return _number_reason(cell, value)
        case _:
            return (
                f"CASE WHEN {value} IS NOT NULL THEN 'out_of_range' "
                f"WHEN px_ambiguous({cell.text}) THEN 'ambiguous_date' ELSE 'bad_date' END"
            )


def _number_reason(cell: Cell, value: str) -> str:
    number = f"px_number({cell.text})"
    whole = f"{number} <> trunc({number})" if cell.column.type is Type.INTEGER else "false"
    return (
        f"CASE WHEN {value} IS NOT NULL THEN 'out_of_range' "
        f"WHEN {number} IS NULL OR {whole} THEN 'bad_number' ELSE 'out_of_range' END"
    )


def _id(cell: Cell, ways: Ways) -> str:
    del ways
    return cell.text if cell.kind in _WHOLE else f"px_id({cell.text})"


def _period(cell: Cell, ways: Ways) -> str:
    return f"(FROM {ways.periods} SELECT label WHERE raw = px_trim({cell.text}))"


def _boolean(cell: Cell, ways: Ways) -> str:
    del ways
    return cell.raw if cell.kind == "BOOLEAN" else f"px_boolean({cell.text})"


def _date(cell: Cell, ways: Ways) -> str:
    day = _day(cell, ways)
    return day if cell.column.required else f"nullif({day}, DATE '{OPEN_END}')"


def maskable(cell: Cell) -> str:
    """SQL of the text of a masked cell before it is masked; null for an empty one."""
    return f"nullif(px_trim({cell.text}), '')"


def _text(cell: Cell, ways: Ways) -> str:
    if cell.column.masked:
        return f"(FROM {ways.masks} SELECT masked WHERE text = {maskable(cell)})"
    return f"CASE WHEN px_blank({cell.text}) THEN NULL ELSE px_trim({cell.text}) END"


def _code(cell: Cell, ways: Ways) -> str:
    """The word as written if the list has it so, else its folded form, else itself or NULL."""
    known = ways.codes[str(cell.column.codes)]
    exact = _lookup(cell.text, known.spellings)
    folded = let(f"replace(lower(px_fold({cell.text})), ' ', '')", "w", _lookup("w", known.words))
    forms = [exact, folded]
    if cell.column.open_codes or cell.column.name in ways.keep:
        forms.append(f"px_id({cell.text})")
    return f"coalesce({', '.join(forms)})"


def _lookup(word: str, words: Mapping[str, str]) -> str:
    by_code: dict[str, list[str]] = {}
    for spelling, code in words.items():
        by_code.setdefault(code, []).append(spelling)
    cases = [
        f"WHEN {one_of(word, spellings)} THEN {literal(code)}"
        for code, spellings in by_code.items()
    ]
    return f"CASE {' '.join(cases)} END"


def _integer(cell: Cell, ways: Ways) -> str:
    del ways
    return f"CAST({cell.raw} AS BIGINT)" if cell.kind in _WHOLE else f"px_integer({cell.text})"


def _double(cell: Cell, ways: Ways) -> str:
    del ways
    if cell.numeric:
        return f"nullif(CAST({cell.raw} AS DOUBLE), CAST('nan' AS DOUBLE))"
    return f"px_number({cell.text})"


def _decimal(cell: Cell, ways: Ways) -> str:
    del ways
    kind = STORED[cell.column.type]
    if cell.kind == kind:
        return cell.raw
    plain = f"TRY_CAST({cell.raw if cell.numeric else cell.text} AS {kind})"
    if cell.numeric:
        return plain
    digits = f"TRY_CAST(px_digits({cell.text}) AS {kind})"
    return f"CASE WHEN {plain} IS NOT NULL THEN {plain} ELSE {digits} END"


def _day(cell: Cell, ways: Ways) -> str:
    if cell.kind == "DATE":
        return cell.raw
    if cell.kind in _LOCAL:
        return f"CAST({cell.raw} AS DATE)"
    if cell.kind == _INSTANT:
        return zones.local_day(cell.raw, ways.zone)
    return _formatted(cell, ways, "DATE") + f"px_date({cell.text}))"


def _month(cell: Cell, ways: Ways) -> str:
    if cell.kind == "VARCHAR" or cell.numeric:
        return _formatted(cell, ways, "DATE", month=True) + f"px_month({cell.text}))"
    return f"CAST(date_trunc('month', {_day(cell, ways)}) AS DATE)"


def _instant(cell: Cell, ways: Ways) -> str:
    if cell.kind == _INSTANT:
        return cell.raw
    local = identifier(local_name(cell.column.name))
    if cell.kind in _LOCAL or cell.kind == "DATE":
        return zones.to_utc(local, ways.zone)
    utc = f"CAST(px_utc({cell.text}) AS {_INSTANT})"
    return f"CASE WHEN {local} IS NOT NULL THEN {zones.to_utc(local, ways.zone)} ELSE {utc} END"


def _formatted(cell: Cell, ways: Ways, kind: str, *, month: bool = False) -> str:
    """The beginning of ``coalesce(...)``: the formats that the mapping names come first."""
    found = "coalesce("
    for form in ways.formats:
        parsed = f"try_strptime(px_trim({cell.text}), {literal(form)})"
        first = f"date_trunc('month', {parsed})" if month else parsed
        found += f"CAST({first} AS {kind}), "
    return found


def _bounds(column: Column, value: str) -> str:
    if column.type in _DAYS:
        low, high = f"DATE '{EARLIEST}'", f"DATE '{LATEST}'"
        if column.type is Type.TIME:
            low, high = f"TIMESTAMPTZ '{EARLIEST}'", f"TIMESTAMPTZ '{LATEST}'"
        return f"{value} BETWEEN {low} AND {high}"
    if column.type not in _NUMBERS:
        return ""
    limits = []
    if column.low is not None and column.high is not None:
        return f"{value} BETWEEN {column.low:.0f} AND {column.high:.0f}"
    if column.low is not None:
        limits.append(f"{value} >= {column.low:.0f}")
    if column.high is not None:
        limits.append(f"{value} <= {column.high:.0f}")
    if column.type is Type.NUMBER and column.high is None:
        limits.append(f"isfinite({value})")
    return " AND ".join(limits)


_TYPED: dict[Type, Callable[[Cell, Ways], str]] = {
    Type.ID: _id,
    Type.TEXT: _text,
    Type.CODE: _code,
    Type.PERIOD: _period,
    Type.BOOLEAN: _boolean,
    Type.INTEGER: _integer,
    Type.NUMBER: _double,
    Type.ENERGY: _decimal,
    Type.MONEY: _decimal,
    Type.DATE: _date,
    Type.MONTH: _month,
    Type.TIME: _instant,
}
