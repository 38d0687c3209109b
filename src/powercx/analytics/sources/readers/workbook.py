"""Workbooks (XLSX): every sheet with heads, as text."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook

from powercx.analytics.engine.workspace import Workspace
from powercx.analytics.sources.readers.cells import MAX_CELLS, Cells, survey
from powercx.analytics.sources.readers.grids import Grid, grid_of
from powercx.analytics.sources.readers.package import opened
from powercx.analytics.sources.readers.sheet import (
    LINE,
    RawSheet,
    ReadOptions,
    check_heads,
    identifier,
    plain_path,
    view,
)
from powercx.analytics.sources.readers.stored import keep
from powercx.base.errors import UserError
from powercx.base.identifiers import suggestion
from powercx.base.messages import say


def read(work: Workspace, path: Path, options: ReadOptions) -> tuple[list[RawSheet], list[str]]:
    """Each sheet that has heads; a note for each one that has none.

    The heads are the first row with two filled cells. Empty rows are left out, and columns with
    neither head nor values.

    :raises UserError: what ``opened`` raises, ``read.no_sheet``, ``read.no_sheets``,
        ``read.sheet_too_large``, ``read.duplicate_heads``; ``read.blank_heads`` when no other
        sheet can be read.
    """
    with opened(path) as package:
        package.check_rest()
        surveys = {name: survey(package, part) for name, part in package.parts.items()}
    for name, cells in surveys.items():
        if cells.too_many:
            raise UserError("read.sheet_too_large", file=f"{path}#{name}", most=MAX_CELLS)
    try:
        book = CalamineWorkbook.from_path(path)
        return _sheets(work, path, book, surveys, options)
    except CalamineError as error:
        raise UserError("read.corrupt", file=path, kind="XLSX") from error


def _sheets(
    work: Workspace,
    path: Path,
    book: CalamineWorkbook,
    surveys: dict[str, Cells],
    options: ReadOptions,
) -> tuple[list[RawSheet], list[str]]:
    sheets: list[RawSheet] = []
    notes: list[str] = []
    nameless: UserError | None = None
    for title in _chosen(path, book, options):
        name = f"{path}#{title}"
        cells = surveys.get(title)  # a chart has none
        grid = cells and grid_of(book.get_sheet_by_name(title), cells, head_row=options.head_row)
        if not grid:
            notes.append(say("read.no_heads_sheet", file=name))
            continue
        try:
            sheets.append(_sheet(work, name, grid))
        except UserError as error:
            if error.code != "read.blank_heads":
                raise
            nameless = nameless or error
            notes.append(say("read.skipped_table", file=name, reason=error))
    if not sheets:
        raise nameless or UserError("read.no_sheets", file=path)
    return sheets, notes


def _chosen(path: Path, book: CalamineWorkbook, options: ReadOptions) -> list[str]:
    if options.sheet is None:
        return list(book.sheet_names)
    if options.sheet not in book.sheet_names:
        nearest = suggestion(options.sheet, book.sheet_names)
        raise UserError("read.no_sheet", file=path, sheet=options.sheet, nearest=nearest)
    return [options.sheet]


def _sheet(work: Workspace, name: str, grid: Grid) -> RawSheet:
    line = grid.head + 1
    columns = check_heads(name, line, [head for head in grid.heads if head])
    path = keep(work, grid.schema, grid.batches())
    if grid.nameless:
        positions = ", ".join(map(str, sorted(grid.nameless)))
        raise UserError("read.blank_heads", file=name, line=line, positions=positions)
    scan = f"read_parquet({plain_path(work, path)}, hive_partitioning = false)"
    named = ", ".join(
        f"c{at} AS {identifier(column)}" for at, column in zip(grid.named, columns, strict=True)
    )

    def numbered() -> str:
        return view(work, f"SELECT {named}, {LINE} FROM {scan}")

    relation = view(work, f"SELECT {named} FROM {scan}")
    return RawSheet(name, relation, columns, text=True, rejects=[], numbering=cache(numbered))
