"""The cells of a sheet as texts under their heads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import chain, islice

import pyarrow as pa
from python_calamine import CalamineSheet

from powercx.analytics.sources.readers.cells import Cells
from powercx.analytics.sources.readers.sheet import LINE

_BATCH_CELLS = 500_000
_FEWEST = 2
_DIGITS = 15  # what Excel keeps and shows; more is the noise of binary fractions

Row = list[object]


@dataclass(slots=True)
class Grid:
    """The rows below the heads. ``head`` counts from 0; a column without a head has ``""``.

    ``nameless`` fills while ``batches`` runs: the columns, from 1, with values but no head.
    """

    head: int
    heads: list[str]
    rows: Iterator[tuple[int, Row]]
    nameless: set[int] = field(default_factory=set)

    @property
    def named(self) -> list[int]:
        """The columns with a head, from 0."""
        return [at for at, head in enumerate(self.heads) if head]

    @property
    def schema(self) -> pa.Schema:
        """A text column for each head, called by its number, and ``__line``."""
        texts = [pa.field(f"c{at}", pa.string()) for at in self.named]
        return pa.schema([*texts, pa.field(LINE, pa.int64())])

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The rows that hold anything, beside the number of their row in the sheet."""
        size = max(_BATCH_CELLS // max(len(self.heads), 1), 1)
        filled = (found for found in self.rows if found[1].count("") < len(found[1]))
        while chunk := list(islice(filled, size)):
            columns = [_texts([row[at] for _, row in chunk]) for at in self.named]
            lines = [number + 1 for number, _ in chunk]
            self._note_nameless([row for _, row in chunk])
            arrays = [*(pa.array(c, pa.string()) for c in columns), pa.array(lines, pa.int64())]
            yield pa.record_batch(arrays, schema=self.schema)

    def _note_nameless(self, rows: list[Row]) -> None:
        for at, head in enumerate(self.heads):
            if not head and any(row[at] != "" for row in rows):
                self.nameless.add(at + 1)


def grid_of(sheet: CalamineSheet, cells: Cells, *, head_row: int | None) -> Grid | None:
    """The sheet below its heads: row ``head_row`` (from 1), else the first with two filled cells.

    None when there is no such row.
    """
    rows = _rows(sheet, cells)
    for number, row in rows:
        texts = [(text_of(value) or "").strip() for value in row]
        here = number + 1 == head_row if head_row else len(list(filter(None, texts))) >= _FEWEST
        if here:
            return Grid(number, texts, rows) if any(texts) else None
    return None


def _rows(sheet: CalamineSheet, cells: Cells) -> Iterator[tuple[int, Row]]:
    """All rows from the sheet's first, of one width, with the texts the library leaves out."""
    left = sheet.start[1] if sheet.start else 0
    last = max((at for row in cells.texts.values() for at in row), default=-1)
    width = max(left + sheet.width if sheet.start else 0, last + 1)
    beyond = range(sheet.height, max(cells.texts, default=-1) + 1)
    read = chain(enumerate(sheet.iter_rows()), ((number, []) for number in beyond))
    for number, values in read:
        row: Row = [*[""] * left, *values]
        row += [""] * (width - len(row))
        if more := cells.texts.get(number):
            for at, text in more.items():
                row[at] = text
        yield number, row


def _texts(values: Row) -> list[str | None]:
    if set(map(type, values)) == {str}:
        return [str(value) or None for value in values]
    return [text_of(value) for value in values]


def text_of(value: object) -> str | None:
    """A cell as text: dates in ISO form, whole numbers without decimals, None when empty.

    A span of time is hours (which may pass 24), minutes and seconds.

    >>> [text_of(value) for value in (5.0, 0.1 + 0.2, True, "", date(2025, 3, 1), 1e20)]
    ['5', '0.3', 'true', None, '2025-03-01', '100000000000000000000']
    """
    if isinstance(value, str):
        return value or None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else format(value, f".{_DIGITS}g")
    return _time(value)


def _time(value: object) -> str:
    match value:
        case datetime():
            return value.isoformat(" ")
        case date() | time():
            return value.isoformat()
        case timedelta():
            minutes, seconds = divmod(round(value.total_seconds()), 60)
            return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
        case _:
            return str(value)
