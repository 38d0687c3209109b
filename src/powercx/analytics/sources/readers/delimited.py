"""Delimited text: CSV and its relatives.

A clean file is read by the engine as it stands. One that the engine refuses, or whose rows and
lines do not go together, is read through a clean copy (see ``mending``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from powercx.analytics.engine.workspace import EngineError, Workspace, literal
from powercx.analytics.sources.readers.blocks import ENGINE_LINE, ROOM, blocks, lines_of, times_in
from powercx.analytics.sources.readers.dialect import Dialect, dialect_of
from powercx.analytics.sources.readers.encoding import Text, as_utf8
from powercx.analytics.sources.readers.grammar import Grammar
from powercx.analytics.sources.readers.mending import Mended, Mender
from powercx.analytics.sources.readers.sheet import (
    LINE,
    RawSheet,
    ReadOptions,
    check_heads,
    identifier,
    new_name,
    plain_path,
    view,
)
from powercx.base.errors import UserError

_LF = "new_line = '\\n'"  # else a CR LF inside quotes would pass for the end of every line


@dataclass(frozen=True, slots=True)
class _Source:
    """A text whose layout is known. ``columns`` are its heads without blank ones at the end."""

    work: Workspace
    name: str
    text: Text
    dialect: Dialect
    columns: list[str]


def read(work: Workspace, path: Path, options: ReadOptions) -> tuple[list[RawSheet], list[str]]:
    """The file as one sheet of text.

    :raises UserError: what ``as_utf8``, ``dialect_of`` and ``check_heads`` raise.
    """
    text = as_utf8(work, path, options.encoding)
    dialect = dialect_of(str(path), text.path, options)
    heads = list(dialect.heads)
    while len(heads) > 1 and not heads[-1].strip():
        heads.pop()  # every line may end with a delimiter
    columns = check_heads(str(path), dialect.first, heads)
    source = _Source(work, str(path), text, dialect, columns)
    return [_direct(source) or _mended_sheet(source)], []


def _direct(source: _Source) -> RawSheet | None:
    """The sheet over the file itself; None when the engine finds a line that is no row."""
    if source.text.damaged or not source.dialect.plain or _is_tricky(source):
        return None
    scan = _scan(source, plain_path(source.work, source.text.path), source.columns, _skip(source))
    try:
        rows, filled = _count(source.work, scan, source.columns)
    except EngineError:
        return None
    kept = _kept(source.columns) if filled < rows else "true"

    def numbered() -> str:
        return _numbered(source, scan, rows, kept)

    relation = view(source.work, f"SELECT * FROM {scan} WHERE {kept}")
    return _sheet(source, relation, Mended(), numbered)


def _numbered(source: _Source, scan: str, rows: int, kept: str) -> str:
    """A view with line numbers: counted when every row is one line, else of a clean copy."""
    if lines_of(source.text.path) - source.dialect.last != rows:
        return _copied(source)[0]
    line = f"row_number() OVER () + {source.dialect.last} AS {LINE}"
    return view(source.work, f"SELECT * FROM (SELECT *, {line} FROM {scan}) WHERE {kept}")


def _mended_sheet(source: _Source) -> RawSheet:
    numbered, found = _copied(source)
    if len(source.columns) < len(source.dialect.heads) and found.rejects:
        check_heads(source.name, source.dialect.first, source.dialect.heads)
    relation = view(source.work, f"SELECT * EXCLUDE ({LINE}) FROM {numbered}")
    return _sheet(source, relation, found, lambda: numbered)


def _copied(source: _Source) -> tuple[str, Mended]:
    """A view over a clean copy, with line numbers, and what the copy leaves out."""
    grammar = Grammar(source.dialect.delimiter)
    mender = Mender(
        source.name, grammar, len(source.columns), source.dialect.last, source.text.damaged
    )
    copy = source.work.scratch / f"{new_name()}.csv"
    with source.text.path.open("rb") as old, copy.open("wb") as new:
        found = mender.copy(old, new)
    room = ROOM if found.longest > ENGINE_LINE else ""
    scan = _scan(source, literal(copy), [LINE, *source.columns], f"header = false, {_LF}{room}")
    try:
        rows, filled = _count(source.work, scan, source.columns)
    except EngineError as error:
        raise UserError("read.corrupt", file=source.name, kind="CSV") from error
    kept = _kept(source.columns) if filled < rows else "true"
    last = f"SELECT * EXCLUDE ({LINE}), {LINE}::BIGINT AS {LINE} FROM {scan} WHERE {kept}"
    return view(source.work, last), found


def _sheet(source: _Source, relation: str, found: Mended, numbered: Callable[[], str]) -> RawSheet:
    return RawSheet(
        source.name,
        relation,
        source.columns,
        text=True,
        rejects=found.rejects,
        numbering=cache(numbered),
    )


def _skip(source: _Source) -> str:
    """What to pass over. The engine counts a head of several lines as one."""
    return f"header = false, skip = {source.dialect.first}"


def _scan(source: _Source, path: str, columns: Sequence[str], more: str) -> str:
    types = ", ".join(f"{literal(column)}: 'VARCHAR'" for column in columns)
    return (
        f"read_csv({path}, auto_detect = false, delim = {literal(source.dialect.delimiter)}"
        f", quote = '\"', escape = '\"', strict_mode = true, hive_partitioning = false"
        f", columns = {{{types}}}, {more})"
    )


def _count(work: Workspace, scan: str, columns: Sequence[str]) -> tuple[int, int]:
    """Rows, and rows with any value; reads the whole file, so a line that is no row shows."""
    ((rows, filled),) = work.rows(f"SELECT count(*), count({_first(columns)}) FROM {scan}")
    return rows, filled


def _first(columns: Sequence[str]) -> str:
    return f"coalesce({', '.join(map(identifier, columns))})"


def _kept(columns: Sequence[str]) -> str:
    return f"{_first(columns)} IS NOT NULL"


def _is_tricky(source: _Source) -> bool:
    """Whether the text has what the engine reads in its own way.

    It miscounts rows where lines end differently, and wavers over a space before a quote.
    """
    path = source.text.path
    spaced = [mark + b' "' for mark in (source.dialect.delimiter.encode(), b"\n", b" ")]
    returns = 0
    with path.open("rb") as handle:
        for block in blocks(handle):
            if b'"' in block and any(mark in block for mark in spaced):
                return True
            returns += block.count(b"\r")
    return returns > 0 and not returns == times_in(path, b"\r\n") == times_in(path, b"\n")
