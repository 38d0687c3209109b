"""The delimiter and the heads of a delimited text, from its first lines."""

from __future__ import annotations

import codecs
from collections import Counter
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from powercx.analytics.sources.readers.grammar import Grammar
from powercx.analytics.sources.readers.sheet import ReadOptions
from powercx.base.errors import UserError

DELIMITERS = (",", ";", "\t", "|")
_SAMPLE_LINES = 200
_SAMPLE_BYTES = 256 * 1024
_LONGEST = 4 * 1024 * 1024  # of a line; what is longer tells nothing of heads and delimiter
_FEWEST = 2


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a text is laid out.

    The heads stand on lines ``first`` to ``last`` (more than one when a head holds a line end);
    what stands above is a title. ``plain`` is false when a title has quotes.
    """

    delimiter: str
    heads: list[str]
    first: int
    last: int
    plain: bool


@dataclass(frozen=True, slots=True)
class _Record:
    first: int
    last: int
    cells: list[str]


def dialect_of(name: str, path: Path, options: ReadOptions) -> Dialect:
    """Read the layout from the first lines, or take it from ``options``.

    The heads are the first row with two filled cells; in a file of one column, the first line.

    :raises UserError: ``read.bad_delimiter``, ``read.no_heads``.
    """
    lines = _first_lines(path, options.head_row or 1)
    delimiter = options.delimiter or _delimiter(lines)
    if len(delimiter.encode()) != 1 or delimiter in '"\r\n ':
        raise UserError("read.bad_delimiter", file=name, delimiter=delimiter)
    records = _records(lines, delimiter)
    head = _head(records, options.head_row)
    if head is None:
        raise UserError("read.no_heads", file=name, line=options.head_row or 1)
    title = b"".join(lines[: head.first - 1])
    return Dialect(delimiter, head.cells, head.first, head.last, plain=b'"' not in title)


def _first_lines(path: Path, head_row: int) -> list[bytes]:
    found, size = [], 0
    with path.open("rb") as handle:
        skip = len(codecs.BOM_UTF8) if handle.read(3) == codecs.BOM_UTF8 else 0
        handle.seek(skip)
        lines = iter(lambda: handle.readline(_LONGEST), b"")
        for line in islice(lines, head_row + _SAMPLE_LINES):
            found.append(line.rstrip(b"\r\n"))
            size += len(line)
            if size > _SAMPLE_BYTES and len(found) > head_row:
                break
    return found


def _delimiter(lines: list[bytes]) -> str:
    """The delimiter under which most rows have the number of fields that the heads have."""
    return max(DELIMITERS, key=lambda mark: _score(lines, mark))


def _score(lines: list[bytes], delimiter: str) -> tuple[bool, float, int]:
    """Whether heads and rows agree, the share of lines in rows of the usual width, that width."""
    records = _records(lines, delimiter)
    head = _head(records, None)
    if head is None or len(head.cells) < _FEWEST:
        return False, 0.0, 1
    width, times = Counter(len(record.cells) for record in records).most_common(1)[0]
    read = sum(record.last - record.first + 1 for record in records)
    broken = sum(bool(line.strip()) for line in lines) - read
    return width == len(head.cells), times / (len(records) + max(broken, 0)), width


def _head(records: list[_Record], row: int | None) -> _Record | None:
    if row is not None:
        return next((record for record in records if record.first == row), None)
    filled = (r for r in records if sum(bool(cell.strip()) for cell in r.cells) >= _FEWEST)
    return next(filled, records[0] if records else None)


def _records(lines: list[bytes], delimiter: str) -> list[_Record]:
    """The rows of whole lines; a line with broken quotes is passed over."""
    grammar = Grammar(delimiter)
    found: list[_Record] = []
    at = 0
    while at < len(lines):
        end = _end(grammar, lines, at)
        if end is not None and lines[at].strip():
            cells = grammar.cells(b"\n".join(lines[at:end]))
            found.append(_Record(at + 1, end, cells))
        at = end or at + 1
    return found


def _end(grammar: Grammar, lines: list[bytes], at: int) -> int | None:
    """The index after the row that begins at ``at``; None when its quotes are broken."""
    inside = False
    for index in range(at, len(lines)):
        state = grammar.walk(lines[index], inside=inside)[1]
        if state == "broken":
            return None
        if state == "done":
            return index + 1
        inside = True
    return None
