"""Large text files in pieces that end with a line."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

BLOCK = 4 * 1024 * 1024
MAX_RECORD = 32 * 1024 * 1024
"""Bytes of the longest line, or row of several lines, that is read."""
ENGINE_LINE = 1_900_000
"""Bytes of a row that the engine reads without ``ROOM``."""
ROOM = f", max_line_size = {2 * MAX_RECORD}, buffer_size = {4 * MAX_RECORD}"
FRAGMENT = 2 * MAX_RECORD
"""A line as long as this is handed on in pieces, so that memory stays bounded."""


def blocks(handle: BinaryIO) -> Iterator[bytes]:
    """The bytes of ``handle`` in pieces of about 4 MB, cut after line ends.

    A piece without a line end is the last line of the file or, from ``FRAGMENT`` bytes on, part of
    a line that is too long; that one is cut after a comma or space when it has any.
    """
    carry = b""
    while chunk := handle.read(BLOCK):
        data = carry + chunk
        cut = data.rfind(b"\n") + 1
        if not cut and len(data) >= FRAGMENT:
            cut = max(data.rfind(mark) for mark in (b",", b" ", b"\t")) + 1 or len(data)
        yield from (data[:cut],) if cut else ()
        carry = data[cut:]
    if carry:
        yield carry


def whole_lines(handle: BinaryIO) -> Iterator[bytes]:
    """As ``blocks``, but a line of ``FRAGMENT`` bytes or more is cut where it gets too long."""
    cut = b""
    for block in blocks(handle):
        if len(block) >= FRAGMENT and not block.endswith(b"\n"):
            cut = cut or block[: MAX_RECORD + 1]
        elif cut:
            _, end, others = block.partition(b"\n")
            yield cut + end + others
            cut = b""
        else:
            yield block
    if cut:
        yield cut


def lines_of(path: Path) -> int:
    """Number of lines, a last one without an end included."""
    with path.open("rb") as handle:
        handle.seek(-1, os.SEEK_END)
        unended = handle.read(1) != b"\n"
    return times_in(path, b"\n") + unended


def times_in(path: Path, mark: bytes) -> int:
    """How often ``mark``, a line end or part of one, stands in the file."""
    with path.open("rb") as handle:
        return sum(block.count(mark) for block in blocks(handle))
