"""A clean copy of a delimited text: its rows with their line numbers, without what is no row.

The engine stops at the first line it cannot read. Here such a line is told and left out, and what
follows is read on: after a quote that is never closed, from the next line.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import BinaryIO

from powercx.analytics.sources.readers.blocks import MAX_RECORD, whole_lines
from powercx.analytics.sources.readers.grammar import Grammar
from powercx.analytics.sources.readers.sheet import (
    MAX_REJECTS,
    SHOWN,
    ReasonCode,
    Reject,
    mostly_broken,
)

_MAX_SPAN = 10_000

Line = tuple[int, bytes]


@dataclass(slots=True)
class Mended:
    """What mending found: lines that are no rows, and the bytes of the longest row."""

    rejects: list[Reject] = field(default_factory=list)
    longest: int = 0


class Mender:
    """Copies rows of ``width`` fields from below line ``after``, each behind its line number.

    ``damaged`` are lines with undecodable bytes: no row may touch them.
    """

    def __init__(
        self, name: str, grammar: Grammar, width: int, after: int, damaged: frozenset[int]
    ) -> None:
        self._name = name
        self._grammar = grammar
        self._marks = width - 1
        self._row = grammar.row(width)
        self._after = after
        self._damaged = damaged
        self._open: list[Line] = []
        self._open_marks = 0
        self._open_bytes = 0
        self._written: list[bytes] = []
        self._found = Mended()

    def copy(self, source: BinaryIO, target: BinaryIO) -> Mended:
        """Write the rows of ``source`` to ``target`` and return what was left out.

        :raises UserError: ``read.mostly_broken`` beyond a million lines that are no rows.
        """
        number = 1
        for block in whole_lines(source):
            lines = block.count(b"\n")
            self._block(block, number)
            number += lines
            target.write(b"".join(self._written))
            self._written.clear()
        while self._open:
            self._lines(self._break_open())
        target.write(b"".join(self._written))
        self._found.rejects.sort(key=lambda reject: reject.line)
        return self._found

    def _block(self, block: bytes, number: int) -> None:
        plain = self._is_plain(block, number)
        lines = (block.replace(b"\r\n", b"\n") if plain else block).split(b"\n")
        if not lines[-1]:
            lines.pop()
        if plain and max(map(len, lines)) <= MAX_RECORD:
            self._plain(lines, number)
        else:
            self._lines(enumerate(lines, number))

    def _is_plain(self, block: bytes, number: int) -> bool:
        """Whether every line of the block is a row, or none, by its delimiters alone."""
        if self._open or number <= self._after or b'"' in block:
            return False
        if block.count(b"\r") != block.count(b"\r\n"):
            return False
        lines = range(number, number + block.count(b"\n") + 1)
        return not self._damaged or self._damaged.isdisjoint(lines)

    def _plain(self, lines: list[bytes], number: int) -> None:
        mark, marks = self._grammar.delimiter, self._marks
        self._found.longest = max(self._found.longest, *map(len, lines))
        good = [
            b"%d%b%b\n" % (at, mark, line)
            for at, line in enumerate(lines, number)
            if line.count(mark) == marks and line
        ]
        self._written += good
        if len(good) < len(lines):
            for at, line in enumerate(lines, number):
                if line.count(mark) != marks or not line:
                    self._finish([(at, line)], line.count(mark))

    def _lines(self, lines: Iterable[Line]) -> None:
        queue = deque(lines)
        while queue:
            number, line = queue.popleft()
            if number <= self._after:
                continue
            bare = line.removesuffix(b"\r")
            if not self._open and self._is_row(number, bare):
                self._write(number, bare)
            else:
                queue.extendleft(reversed(self._step(number, line)))

    def _is_row(self, number: int, line: bytes) -> bool:
        """Whether the line is a row by itself; told by its delimiters when it has no quotes."""
        if number in self._damaged or not 0 < len(line) <= MAX_RECORD:
            return False
        if b'"' in line or b"\r" in line:
            return self._row.match(line) is not None
        return line.count(self._grammar.delimiter) == self._marks

    def _step(self, number: int, line: bytes) -> list[Line]:
        """Take one line that is no row by itself; return the lines to be read again."""
        bare = line.removesuffix(b"\r")
        marks, state = self._grammar.walk(bare, inside=bool(self._open))
        self._open.append((number, bare if state == "done" else line))
        self._open_marks += marks
        self._open_bytes += len(line) + 1
        if state == "done":
            self._close()
            return []
        too_far = len(self._open) > _MAX_SPAN or self._open_bytes > MAX_RECORD
        return self._break_open() if state == "broken" or too_far else []

    def _close(self) -> None:
        lines, marks = self._open, self._open_marks
        self._forget()
        self._finish(lines, marks)

    def _break_open(self) -> list[Line]:
        """Tell the first open line and hand back the others, which may be rows of their own."""
        (number, line), *rest = self._open
        self._forget()
        if len(line) > MAX_RECORD:
            self._reject(number, "too_long", line[:SHOWN])
        else:
            reason: ReasonCode = "encoding" if number in self._damaged else "quoting"
            self._reject(number, reason, line.removesuffix(b"\r"))
        return rest

    def _forget(self) -> None:
        self._open, self._open_marks, self._open_bytes = [], 0, 0

    def _finish(self, lines: list[Line], marks: int) -> None:
        """A row whose quotes are right: write it, pass over a blank line, or tell it."""
        number = lines[0][0]
        raw = b"\n".join(line for _, line in lines)
        if not raw.strip(b" "):
            return
        if len(raw) > MAX_RECORD:
            self._reject(number, "too_long", raw[:SHOWN])
        elif any(at in self._damaged for at, _ in lines):
            self._reject(number, "encoding", raw)
        elif (whole := self._trimmed(raw, marks)) is None:
            self._reject(number, "columns", raw)
        else:
            self._write(number, whole)

    def _trimmed(self, raw: bytes, marks: int) -> bytes | None:
        """The row without empty fields beyond its last column; None when its width is wrong."""
        extra = marks - self._marks
        if extra <= 0:
            return None if extra else raw
        empty = self._grammar.empty(extra).search(raw)
        return raw[: empty.start()] if empty else None

    def _write(self, number: int, row: bytes) -> None:
        self._found.longest = max(self._found.longest, len(row))
        if b'"' in row:
            row = self._grammar.tight(row)
        self._written.append(b"%d%b%b\n" % (number, self._grammar.delimiter, row))

    def _reject(self, number: int, reason: ReasonCode, raw: bytes) -> None:
        rejects = self._found.rejects
        rejects.append(Reject(number, reason, raw.decode("utf-8", "replace")))
        if len(rejects) > MAX_REJECTS:
            raise mostly_broken(self._name, min(reject.line for reject in rejects))
