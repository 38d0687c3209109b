"""Quarantined rows as a page shows them: each cell with its fault, masked where it must be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from powercx.analytics.definitions.codes import code_list
from powercx.analytics.lake.schema import Column
from powercx.analytics.privacy.mask import mask_text
from powercx.analytics.sources.quarantined import Fault, QuarantineFile, Row
from powercx.ui.templatetags.px import local


@dataclass(frozen=True, slots=True)
class Cell:
    """``value`` is what may be seen, or what was typed and not kept; ``stored`` stands beside that.

    ``was`` is what the source had, where it has been changed; ``words`` the id of the list of
    words that the column knows.
    """

    name: str
    head: str
    value: str
    reasons: tuple[str, ...]
    was: str | None
    editable: bool
    concealed: bool = False
    stored: str | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row; ``faults`` are those that no column of the file shows."""

    slug: str
    line: str
    cells: tuple[Cell, ...]
    faults: tuple[Fault, ...]
    raw: str


@dataclass(frozen=True)
class Sheet:
    """A page of rows, the columns with faults first.

    ``typed`` are values of a save that was not kept, by field name.
    """

    file: QuarantineFile
    rows: Sequence[Row]
    revealed: bool
    may_edit: bool
    every_column: bool
    typed: Mapping[str, str]
    catalog: Path

    @cached_property
    def words(self) -> dict[str, tuple[str, list[str]]]:
        """The id and the words of the list of codes of each head that has one."""
        found = {}
        for at, head in enumerate(self.file.heads):
            name = self.file.canonical.get(head)
            codes = self.file.table.column(name).codes if name else None
            if codes:
                known = code_list(codes, self.catalog).codes.values()
                found[head] = f"words-{at}", [local(names) for names in known]
        return found

    @property
    def heads(self) -> list[str]:
        """The file's columns in the order shown."""
        faulty = self._faulty
        return sorted(self.file.heads, key=lambda head: head not in faulty)

    @property
    def columns(self) -> list[tuple[str, Column | None]]:
        """Each head with the column of the table that it was read into."""
        names = self.file.canonical
        return [
            (head, self.file.table.column(names[head]) if head in names else None)
            for head in self.heads
        ]

    @property
    def shown(self) -> list[ShownRow]:
        before = self.file.originals(self.rows)
        return [self._row(row, before.get(row.key)) for row in self.rows]

    @property
    def _faulty(self) -> set[str]:
        return {fault.column for row in self.rows for fault in row.faults}

    def _row(self, row: Row, before: Sequence[str] | None) -> ShownRow:
        faults = tuple(fault for fault in row.faults if fault.column not in self.file.heads)
        cells = tuple(self._cell(row, head, before, whole=bool(faults)) for head in self.heads)
        return ShownRow(row.slug, row.line, cells, faults, self._raw(row))

    def _raw(self, row: Row) -> str:
        """The text of a line that is no row; nobody can tell what in it is personal."""
        if self.revealed or not row.raw:
            return row.raw
        return "" if self.file.table.personal else mask_text(row.raw)

    def _cell(self, row: Row, head: str, before: Sequence[str] | None, *, whole: bool) -> Cell:
        at = self.file.heads.index(head)
        value, name = row.cells[at], field_name(row, at)
        masked = None if self.revealed else self.file.concealed(head, value)
        wanted = self.every_column or whole or head in self._faulty
        reasons = tuple(fault.reason for fault in row.faults if fault.column == head)
        changed = before is not None and before[at] != value
        was = before[at] if before is not None and changed and masked is None else None
        typed = self.typed.get(name)
        seen = value if masked is None else masked
        if typed is not None and typed.strip() != value.strip():
            words = self._words_id(head)
            return Cell(name, head, typed, reasons, was, editable=True, stored=seen, words=words)
        editable = self.may_edit and wanted and masked is None
        hidden = masked is not None
        words = self._words_id(head)
        return Cell(name, head, seen, reasons, was, editable, concealed=hidden, words=words)

    def _words_id(self, head: str) -> str:
        return self.words[head][0] if head in self.words else ""


def field_name(row: Row, at: int) -> str:
    """The name of the field of one cell, the same while other rows come and go."""
    return f"cell-{row.slug}-{at}"


def changes_of(
    file: QuarantineFile, rows: Sequence[Row], given: Mapping[str, str]
) -> dict[int, dict[str, str]]:
    """What fields say that differs from the file, by row number and head."""
    found: dict[int, dict[str, str]] = {}
    for row in rows:
        for at, head in enumerate(file.heads):
            value = given.get(field_name(row, at))
            if value is not None and value.strip() != row.cells[at].strip():
                found.setdefault(row.number, {})[head] = value.strip()
    return found
