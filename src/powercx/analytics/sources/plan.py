"""How one sheet becomes one table: which column comes from where, settled before a row is read."""

from __future__ import annotations

import re
from collections.abc import Mapping as Dict
from dataclasses import dataclass, field
from pathlib import Path

from powercx.analytics.definitions.codes import code_list
from powercx.analytics.definitions.mapping import Mapping, Unpivot
from powercx.analytics.engine.workspace import EngineError, Workspace, literal
from powercx.analytics.lake.schema import DELETED, LakeTable, Type
from powercx.analytics.sources.answers import ANSWERS, worded_answers
from powercx.analytics.sources.casts import Cell, Ways
from powercx.analytics.sources.expressions import expression_sql
from powercx.analytics.sources.heads import Match, match_heads
from powercx.analytics.sources.readers.sheet import RawSheet, identifier
from powercx.base.errors import DefinitionError, UserError
from powercx.base.identifiers import suggestion

FILE_SOURCE = "file"
PIVOT_HEAD, PIVOT_CELL = "_head", "_cell"
"""Columns that an unpivoted sheet has instead of its wide ones."""

REPORT_HEADS = ("_line", "_column", "_value", "_reason")
"""Columns of a quarantine file before those of its source."""


@dataclass(frozen=True)
class Plan:
    """``cells``: canonical column -> raw SQL over ``columns`` of the source rows.

    ``shown``: canonical column -> what it is read from. ``tries``: canonical column -> the
    mapping's expression, which may fail on a row (see ``tried``). ``pivot``: the wide columns.
    ``source`` is the constant source, None when a column says it.
    """

    table: LakeTable
    columns: list[str]
    cells: Dict[str, Cell]
    shown: Dict[str, str]
    tries: Dict[str, str]
    ignored: list[str]
    pivot: list[str]
    source: str | None
    ways: Ways = field(repr=False)

    def has(self, name: str) -> bool:
        return name in self.cells


@dataclass(frozen=True, slots=True)
class Wish:
    """What the user said: the mapping and the source, and where the catalogue and files are."""

    mapping: Mapping
    mapping_file: str
    source: str | None
    zone: str
    catalog: Path


@dataclass(frozen=True, slots=True)
class Settled:
    """Which column comes from where, faults included.

    ``kinds``: type by source column. ``pivot``: the wide columns. ``named``: canonical column ->
    source column or expression, as the mapping says. ``found``: the other heads. ``missing``:
    required columns that come from nowhere.
    """

    kinds: Dict[str, str]
    pivot: list[str]
    named: Dict[str, str]
    found: Match
    missing: list[str]

    @property
    def shown(self) -> dict[str, str]:
        """Canonical column -> what it is read from."""
        return {**self.found.columns, **self.named}


def settle_heads(work: Workspace, sheet: RawSheet, table: LakeTable, wish: Wish) -> Settled:
    """Tell the columns of ``sheet`` that ``table`` can use.

    :raises DefinitionError: the mapping's wide columns are not in the file.
    """
    kinds, pivot = _kinds(work, sheet, wish)
    named = _named(wish.mapping, list(kinds))
    found = match_heads(table, list(kinds), given=[*wish.mapping.columns, *named])
    return Settled(kinds, pivot, named, found, _missing(table, found, named))


def make_plan(work: Workspace, sheet: RawSheet, table: LakeTable, wish: Wish) -> Plan:
    """Settle how ``sheet`` becomes ``table``.

    :raises UserError: a required column is missing, or a column is given twice.
    :raises DefinitionError: the mapping names what the file has not, or an expression is wrong.
    """
    mapping = wish.mapping
    settled = settle_heads(work, sheet, table, wish)
    kinds, pivot, named, found = settled.kinds, settled.pivot, settled.named, settled.found
    _refuse(sheet.name, table, found.twice, settled.missing)
    heads = found.columns | {column: head for column, head in named.items() if head in kinds}
    cells = {c: _head_cell(table, c, head, kinds[head], mapping) for c, head in heads.items()}
    shown = settled.shown
    tries: dict[str, str] = {}
    for column, text in named.items():
        if column not in cells:
            sql = expression_sql(text, list(kinds), file=wish.mapping_file, key=f"columns.{column}")
            cells[column] = _expression_cell(work, sheet, table, column, sql, wish)
            tries[column] = sql
    if mapping.key:
        cells["source_key"] = _key_cell(table, list(kinds), wish)
        shown["source_key"] = "|".join(mapping.key)
    source = _constant_source(wish, cells, shown)
    used = {*shown.values(), PIVOT_HEAD}
    texts = " ".join(tries.values())
    ignored = [h for h in found.ignored if h not in used and identifier(h) not in texts]
    ways = _ways(cells, wish)
    if table.name == ANSWERS:
        cells |= worded_answers(cells, ways)
    return Plan(table, list(kinds), cells, shown, tries, ignored, pivot, source, ways)


def _kinds(work: Workspace, sheet: RawSheet, wish: Wish) -> tuple[dict[str, str], list[str]]:
    """The columns of the source rows with their types, and the wide ones that become rows."""
    kinds = dict(work.columns(f"FROM {sheet.relation}"))
    for head in REPORT_HEADS:
        kinds.pop(head, None)
    unpivot = wish.mapping.unpivot
    pivot = _wide_columns(unpivot, list(kinds), wish)
    if unpivot is not None:
        wide = set(pivot)
        kinds = {name: kind for name, kind in kinds.items() if name not in wide}
        kinds |= {PIVOT_HEAD: "VARCHAR", PIVOT_CELL: "VARCHAR"}
    return kinds, pivot


def _constant_source(wish: Wish, cells: dict[str, Cell], shown: dict[str, str]) -> str | None:
    """The source all rows have: as asked, else the mapping's; else a column says it, or nobody."""
    asked = wish.source or wish.mapping.source
    if asked is not None:
        cells.pop("source", None)
        shown.pop("source", None)
        return asked
    return None if "source" in cells else FILE_SOURCE


def tried(column: str) -> str:
    """The column in which an expression's value stands: a list of it, NULL where it failed."""
    return identifier(f"try:{column}")


def _wide_columns(unpivot: Unpivot | None, heads: list[str], wish: Wish) -> list[str]:
    if unpivot is None or (PIVOT_HEAD in heads and PIVOT_CELL in heads):
        return []
    where = {"file": wish.mapping_file, "key": "unpivot.columns"}
    if isinstance(unpivot.columns, list):
        for head in unpivot.columns:
            if head not in heads:
                raise DefinitionError(
                    "mapping.unknown_source_column",
                    **where,
                    column=head,
                    nearest=suggestion(head, heads),
                )
        return unpivot.columns
    try:
        pattern = re.compile(unpivot.columns)
    except re.error as error:
        raise DefinitionError(
            "mapping.expression", **where, text=unpivot.columns, reason=error
        ) from error
    found = [head for head in heads if pattern.fullmatch(head)]
    if not found:
        raise DefinitionError(
            "mapping.no_wide_columns", **where, pattern=unpivot.columns, heads=", ".join(heads[:8])
        )
    return found


def _named(mapping: Mapping, heads: list[str]) -> dict[str, str]:
    """Canonical column -> source column or expression, as the mapping says."""
    folded = {head.casefold(): head for head in heads}
    named = {
        column: folded.get(text.strip().casefold(), text)
        for column, text in mapping.columns.items()
        if text is not None
    }
    if mapping.unpivot is not None:
        return {mapping.unpivot.name: PIVOT_HEAD, mapping.unpivot.value: PIVOT_CELL} | named
    return named


def _missing(table: LakeTable, found: Match, named: Dict[str, str]) -> list[str]:
    """Required columns that no head is. A row that only retracts needs no more than its key."""
    retracts = DELETED.name in found.columns or DELETED.name in named
    return [
        column
        for column in found.missing
        if column not in named and (column in table.key or not retracts)
    ]


def _refuse(name: str, table: LakeTable, twice: Dict[str, list[str]], missing: list[str]) -> None:
    if twice:
        column, heads = next(iter(twice.items()))
        raise UserError(
            "load.column_twice", file=name, fact=table.name, column=column, heads=", ".join(heads)
        )
    if missing:
        labels = ", ".join(f"{column} ({table.column(column).zh})" for column in missing)
        raise UserError("load.missing_columns", file=name, fact=table.name, columns=labels)


def _head_cell(table: LakeTable, column: str, head: str, kind: str, mapping: Mapping) -> Cell:
    cell = Cell(table.column(column), identifier(head), kind)
    return _replaced(cell, mapping.values.get(column, {}))


def _replaced(cell: Cell, values: Dict[str, str]) -> Cell:
    """The cell with the mapping's words for the source's; lists and objects stay what they are."""
    if not values:
        return cell
    text = cell.text
    cases = " ".join(f"WHEN {literal(old)} THEN {literal(new)}" for old, new in values.items())
    replaced = f"CASE px_trim({text}) {cases} ELSE {text} END"
    if cell.structured:
        kept = f"CASE WHEN {cell.nested} THEN to_json({cell.raw}) ELSE to_json({replaced}) END"
        return Cell(cell.column, kept, "JSON")
    return Cell(cell.column, replaced, "VARCHAR")


def _expression_cell(
    work: Workspace, sheet: RawSheet, table: LakeTable, column: str, sql: str, wish: Wish
) -> Cell:
    safe = f"{tried(column)}[1]"
    rows = f"FROM {sheet.relation} SELECT *, NULL::VARCHAR AS {PIVOT_HEAD}"
    rows += f", NULL::VARCHAR AS {PIVOT_CELL}"
    try:
        [(_, kind)] = work.columns(f"FROM ({rows}) SELECT TRY({sql}) AS found")
    except EngineError as error:
        reason = " ".join(str(error).split("\n")[0].split())
        raise DefinitionError(
            "mapping.expression",
            file=wish.mapping_file,
            key=f"columns.{column}",
            text=sql,
            reason=reason,
        ) from error
    cell = Cell(table.column(column), safe, kind)
    return _replaced(cell, wish.mapping.values.get(column, {}))


def _key_cell(table: LakeTable, heads: list[str], wish: Wish) -> Cell:
    for head in wish.mapping.key:
        if head not in heads:
            raise DefinitionError(
                "mapping.unknown_source_column",
                file=wish.mapping_file,
                key="key",
                column=head,
                nearest=suggestion(head, heads),
            )
    parts = ", ".join(f"px_id(CAST({identifier(head)} AS VARCHAR))" for head in wish.mapping.key)
    return Cell(table.column("source_key"), f"concat_ws('|', {parts})", "VARCHAR")


def _ways(cells: Dict[str, Cell], wish: Wish) -> Ways:
    lists = {
        str(cell.column.codes): code_list(str(cell.column.codes), wish.catalog)
        for cell in cells.values()
        if cell.column.type is Type.CODE
    }
    keep = [column for column, how in wish.mapping.unknown_codes.items() if how == "keep"]
    return Ways(
        zone=wish.mapping.time_zone or wish.zone,
        formats=tuple(wish.mapping.date_format),
        codes=lists,
        keep=frozenset(keep),
    )
