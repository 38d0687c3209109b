"""What the workbook library does not tell: formulas without a value, errors, the true extent.

The library gives an empty cell for both, and takes memory for the whole rectangle that a sheet's
cells span. So the sheet's XML is looked through first, in chunks; only where something stands out
is it parsed.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field

from powercx.analytics.sources.readers.package import Attributes, Package, parse

MAX_CELLS = 60_000_000
"""Cells of the rectangle that a sheet spans; each takes about 32 bytes while it is read."""

_FLUSH = 8 * 1024 * 1024
_REFERENCE = re.compile(rb'<c r="([A-Z]{1,3})')
_ROW = re.compile(rb'<row [^>]*?\br="(\d+)"')
# A formula with no value or an empty one; an error.
_STANDS_OUT = re.compile(rb'<f\b[^<]*+(?:</f>)?+\s*+(?!<v>[^<])|<c\b[^>]*\bt="e"')
_ZERO = re.compile(rb"<f\b[^<]*+(?:</f>)?+\s*+<v>0<")
_PREFIXED = (b":c>", b":c ", b":f>", b":f ")


@dataclass(slots=True)
class Cells:
    """Last row and column with a cell, from 1, and texts by row and column, from 0."""

    rows: int = 0
    columns: int = 0
    texts: dict[int, dict[int, str]] = field(default_factory=lambda: defaultdict(dict))

    @property
    def too_many(self) -> bool:
        return self.rows * self.columns > MAX_CELLS


def survey(package: Package, member: str) -> Cells:
    """Look through a sheet.

    ``texts`` holds ``=FORMULA`` for each formula without a stored value, and for one whose stored
    0 its writer never calculated; and the text of each error, such as ``#REF!``.

    :raises Damaged: the sheet is not whole.
    """
    found = Cells()
    with closing(package.chunks(member)) as chunks:
        pieces = _pieces(chunks)
        plain = all(_quick(found, piece, zeros=package.recalculates) for piece in pieces)
    return found if plain and not found.too_many else _exact(package, member)


def _pieces(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The sheet in pieces that end after a cell, as long as it has cells to end after."""
    carry = b""
    for chunk in chunks:
        data = carry + chunk
        cut = data.rfind(b"</c>")
        cut = cut + 4 if cut >= 0 else len(data) * (len(data) > _FLUSH)
        if cut:
            yield data[:cut]
        carry = data[cut:]
    yield carry


def _quick(found: Cells, piece: bytes, *, zeros: bool) -> bool:
    """Widen the extent by one piece; False when it is not plain enough to be judged so."""
    references = _REFERENCE.findall(piece)
    rows = [int(row) for row in _ROW.findall(piece)]
    if piece.count(b"<c ") + piece.count(b"<c>") != len(references):
        return False
    if piece.count(b"<row") != len(rows) or any(mark in piece for mark in _PREFIXED):
        return False
    if _STANDS_OUT.search(piece) or (zeros and _ZERO.search(piece)):
        return False
    found.rows = max([found.rows, *rows])
    found.columns = max([found.columns, *(_column(name.decode()) for name in set(references))])
    return True


def _exact(package: Package, member: str) -> Cells:
    walk = _Walk(zeros=package.recalculates)
    parse(package.chunks(member), start=walk.start, end=walk.end, text=walk.text)
    return walk.found


class _Walk:
    """Follows a sheet's XML and keeps what stands out. ``row`` and ``column`` count from 1."""

    def __init__(self, *, zeros: bool) -> None:
        self.found = Cells()
        self._zeros = zeros
        self._row = 0
        self._column = 0
        self._kind = ""
        self._parts: dict[str, str] = {}
        self._in: str | None = None
        self._shared: dict[str, str] = {}
        self._group: str | None = None

    def start(self, name: str, given: Attributes) -> None:
        match name:
            case "row":
                self._row = int(given.get("r") or self._row + 1)
                self._column = 0
            case "c":
                letters = given.get("r", "").rstrip("0123456789")
                self._column = _column(letters) if letters else self._column + 1
                self._kind, self._parts, self._group = given.get("t", "n"), {}, None
            case "f":
                self._group = given.get("si") if given.get("t") == "shared" else None
                self._open(name)
            case "v" | "t":
                self._open(name)
            case _:
                pass

    def _open(self, name: str) -> None:
        self._parts.setdefault(name, "")
        self._in = name

    def text(self, data: str) -> None:
        if self._in is not None:
            self._parts[self._in] += data

    def end(self, name: str) -> None:
        if name == self._in:
            self._in = None
        elif name == "c":
            self._cell()

    def _cell(self) -> None:
        if not self._parts:
            return
        self.found.rows = max(self.found.rows, self._row)
        self.found.columns = max(self.found.columns, self._column)
        told = self._error() if self._kind == "e" else self._formula()
        if told:
            self.found.texts[self._row - 1][self._column - 1] = told

    def _error(self) -> str:
        return self._parts.get("v") or "#ERROR!"

    def _formula(self) -> str | None:
        """``=FORMULA`` when the cell has one and no value that was calculated from it."""
        if "f" not in self._parts:
            return None
        formula = self._parts["f"]
        if self._group is not None:
            formula = self._shared.setdefault(self._group, formula) or formula
        value = self._parts.get("v")
        if value == "0" and self._zeros:
            return f"={formula}"
        # A text formula may well have given an empty text; any other gives something.
        missing = value is None or (not value and self._kind != "str")
        return f"={formula}" if missing else None


def _column(letters: str) -> int:
    """The number of a column, from 1: A is 1, AA is 27."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number
