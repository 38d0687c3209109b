"""What a row of delimited text is: fields, quotes, and rows of several lines.

A field that begins with a quote (spaces may stand before it) ends with one, a quote inside is
doubled, and delimiters and line ends inside belong to it. In any other field a quote is a letter
and a lone carriage return is an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

_QUOTED = rb'\x20*+"[^"]*+(?:""[^"]*+)*+"\x20*+'

State = Literal["done", "inside", "broken"]


class Grammar:
    """The rules for one delimiter, over bytes of UTF-8 without the line's end."""

    def __init__(self, delimiter: str) -> None:
        self.delimiter = delimiter.encode()
        mark = re.escape(self.delimiter)
        self._field = rb"(?:" + _QUOTED + rb"|(?!\x20*+\")[^\r" + mark + rb"]*+)"
        self._one = re.compile(self._field + rb"(?=" + mark + rb"|\Z)")
        self._closing = re.compile(rb'[^"]*+(?:""[^"]*+)*+"\x20*+(?=' + mark + rb"|\Z)")
        self._still_open = re.compile(rb'[^"]*+(?:""[^"]*+)*+\Z')
        self._opening = re.compile(rb'\x20*+"[^"]*+(?:""[^"]*+)*+\Z')

    def row(self, fields: int) -> re.Pattern[bytes]:
        """What a whole row of exactly ``fields`` fields looks like."""
        mark = re.escape(self.delimiter)
        more = rb"(?:" + mark + self._field + rb"){%d}" % (fields - 1)
        return re.compile(self._field + more + rb"\Z")

    def empty(self, fields: int) -> re.Pattern[bytes]:
        """What ``fields`` empty fields at the end of a row look like."""
        mark = re.escape(self.delimiter)
        return re.compile(rb"(?:" + mark + rb'(?:\x20*""\x20*)?){%d}\Z' % fields)

    def walk(self, line: bytes, *, inside: bool) -> tuple[int, State]:
        """Delimiters between fields on ``line``, and how it ends.

        ``inside``: the line begins within a quoted field. It ends ``inside`` one, with its row
        ``done``, or its quotes are ``broken``.
        """
        at = 0
        if inside:
            closing = self._closing.match(line)
            if closing is None:
                return 0, "inside" if self._still_open.match(line) else "broken"
            at = closing.end()
        else:
            first = self._one.match(line)
            if first is None:
                return 0, "inside" if self._opening.match(line) else "broken"
            at = first.end()
        return self._rest(line, at)

    def _rest(self, line: bytes, at: int) -> tuple[int, State]:
        found = 0
        while at < len(line):
            found += 1
            field = self._one.match(line, at + 1)
            if field is None:
                opened = self._opening.match(line, at + 1)
                return found, "inside" if opened else "broken"
            at = field.end()
        return found, "done"

    def tight(self, row: bytes) -> bytes:
        """The row without the spaces around its quoted fields, which the engine trips over."""
        if b' "' not in row and b'" ' not in row:
            return row
        return self.delimiter.join(
            bare if (bare := field.strip(b" ")).startswith(b'"') else field
            for field in self._fields(row)
        )

    def cells(self, row: bytes) -> list[str]:
        """The values of a whole row, without their quotes."""
        return [_value(field) for field in self._fields(row)]

    def _fields(self, row: bytes) -> Iterator[bytes]:
        at = 0
        while at <= len(row) and (field := self._one.match(row, at)) is not None:
            yield field.group()
            at = field.end() + 1


def _value(field: bytes) -> str:
    text = field.decode("utf-8", "replace")
    bare = text.strip(" ")
    return bare[1:-1].replace('""', '"') if bare.startswith('"') else text
