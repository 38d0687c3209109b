"""Large text files in pieces that end with a line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

BLOCK = 4 * 1024 * 1024
MAX_RECORD = 32 * 1024 * 1024
"""Bytes of the longest line, or row of several lines, that is read."""
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
