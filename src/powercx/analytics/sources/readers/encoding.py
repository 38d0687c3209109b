"""From the bytes of a text file to UTF-8, telling how they were written."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from powercx.analytics.engine.workspace import Workspace
from powercx.analytics.sources.readers.blocks import blocks
from powercx.analytics.sources.readers.sheet import new_name
from powercx.base.errors import UserError

_SAMPLE = 64 * 1024
_PRINTED = bytes({7, 8, 9, 10, 12, 13, 27} | set(range(32, 256)))
_MOST_CONTROLS = 0.1
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_WIDE = ("utf-16", "utf-32")
_CHINESE = ("gbk", "gb2312", "cp936", "ms936", "hz")
_MAGIC = {
    b"PK\x03\x04": "ZIP/XLSX",
    b"\xd0\xcf\x11\xe0": "XLS/DOC",
    b"%PDF": "PDF",
    b"\x1f\x8b": "GZIP",
    b"\x89PNG": "PNG",
    b"PAR1": "Parquet",
    b"SQLite format 3": "SQLite",
}


@dataclass(frozen=True, slots=True)
class Text:
    """A text in UTF-8. ``damaged``: the lines with bytes that mean nothing, written as escapes."""

    path: Path
    damaged: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class _Fault:
    """The first byte that is no text, and how the lines around it fare.

    ``wide`` counts the lines near it with bytes beyond ASCII, ``broken`` those that do not decode.
    """

    offset: int
    line: int
    wide: int
    broken: int


def as_utf8(work: Workspace, path: Path, wish: str | None) -> Text:
    """The text at ``path`` in UTF-8: the file itself, or a copy in the workspace.

    ``wish`` is the encoding a mapping names; without one the byte order mark decides, else the
    first of UTF-8 and GB18030 (which holds GBK and GB2312) that the whole file follows. A UTF-8
    file in which few lines are damaged stays UTF-8: those lines are told and not guessed.

    :raises UserError: ``read.empty``, ``read.binary``, ``read.unknown_encoding``,
        ``read.encoding``.
    """
    with path.open("rb") as handle:
        head = handle.read(_SAMPLE)
    if not head.removeprefix(codecs.BOM_UTF8).strip():
        _check_not_blank(path)
    if head.startswith(_UTF16) or (wish and _codec(path, wish).startswith(_WIDE)):
        return Text(_from_utf16(work, path, wish if not head.startswith(_UTF16) else None))
    _check_text(path, head)
    old_mac = b"\r" in head and b"\n" not in head
    told = _codec(path, wish) if wish else None
    if head.startswith(codecs.BOM_UTF8):
        told = "utf-8"
    encoding, damaged = (told, _told(path, told)) if told else _inferred(path)
    if encoding == "utf-8" and not damaged and not old_mac:
        return Text(path)
    return Text(_copy(work, path, encoding, old_mac=old_mac), damaged)


def _check_not_blank(path: Path) -> None:
    with path.open("rb") as handle:
        if not any(block.removeprefix(codecs.BOM_UTF8).strip() for block in blocks(handle)):
            raise UserError("read.empty", file=path)


def _check_text(path: Path, head: bytes) -> None:
    for magic, kind in _MAGIC.items():
        if head.startswith(magic):
            raise UserError("read.binary", file=path, kind=kind)
    controls = len(head.translate(None, _PRINTED))
    if b"\0" in head[:4096] or controls > _MOST_CONTROLS * len(head):
        raise UserError("read.binary", file=path, kind="binary")


def _codec(path: Path, name: str) -> str:
    """The codec of an encoding's name; GBK and GB2312 are read as GB18030, which holds them."""
    try:
        "".encode(name)
        found = codecs.lookup(name).name
    except (LookupError, UnicodeError) as error:
        raise UserError("read.unknown_encoding", file=path, encoding=name) from error
    if found in _CHINESE:
        return "gb18030"
    return "utf-8" if found in {"utf-8-sig", "ascii"} else found


def _told(path: Path, encoding: str) -> frozenset[int]:
    """The damaged lines of a file whose encoding is known; most of its lines must follow it."""
    fault = _first_fault(path, encoding)
    if fault is None:
        return frozenset()
    if 2 * fault.broken > fault.wide:
        raise _wrong(path, encoding, fault)
    return _damaged_lines(path, encoding)


def _inferred(path: Path) -> tuple[str, frozenset[int]]:
    """The encoding that the whole file follows, or all but a few of its lines."""
    utf8 = _first_fault(path, "utf-8")
    if utf8 is None:
        return "utf-8", frozenset()
    # Chinese in GB18030 is next to never valid UTF-8, so three good lines in four settle it.
    if 4 * utf8.broken <= utf8.wide:
        return "utf-8", _damaged_lines(path, "utf-8")
    chinese = _first_fault(path, "gb18030")
    if chinese is None:
        return "gb18030", frozenset()
    # Nearly any bytes pass for GB18030: a fault counts for more here.
    if 100 * chinese.broken <= chinese.wide:
        return "gb18030", _damaged_lines(path, "gb18030")
    raise _wrong(path, "UTF-8, GB18030", max(utf8, chinese, key=lambda fault: fault.offset))


def _wrong(path: Path, encoding: str, fault: _Fault) -> UserError:
    return UserError(
        "read.encoding", file=path, encoding=encoding, offset=fault.offset, line=fault.line
    )


def _first_fault(path: Path, encoding: str) -> _Fault | None:
    decode = codecs.getdecoder(encoding)
    offset, before = 0, b""
    with path.open("rb") as handle:
        for block in blocks(handle):
            try:
                decode(block, "strict")
            except UnicodeDecodeError as error:
                wide = [line for line in (before + block).split(b"\n") if not line.isascii()]
                broken = sum(not _decodes(line, encoding) for line in wide)
                line = _line_at(path, offset + error.start)
                return _Fault(offset + error.start, line, len(wide), broken)
            offset += len(block)
            before = block
    return None


def _line_at(path: Path, offset: int) -> int:
    """The line, from 1, on which the byte at ``offset`` stands."""
    line = 1
    with path.open("rb") as handle:
        for block in blocks(handle):
            line += block.count(b"\n", 0, max(offset, 0))
            offset -= len(block)
    return line


def _damaged_lines(path: Path, encoding: str) -> frozenset[int]:
    found, first = set(), 1
    with path.open("rb") as handle:
        for block in blocks(handle):
            if not _decodes(block, encoding):
                lines = enumerate(block.split(b"\n"), first)
                found |= {number for number, line in lines if not _decodes(line, encoding)}
            first += block.count(b"\n")
    return frozenset(found)


def _decodes(data: bytes, encoding: str) -> bool:
    try:
        codecs.decode(data, encoding)
    except UnicodeDecodeError:
        return False
    return True


def _copy(work: Workspace, path: Path, encoding: str, *, old_mac: bool) -> Path:
    """A copy in UTF-8 whose lines end with a line feed; bytes without a meaning become escapes."""

    def decoded() -> Iterator[str]:
        with path.open("rb") as handle:
            for block in blocks(handle):
                text = block.decode(encoding, "backslashreplace")
                yield text.replace("\r", "\n") if old_mac else text

    return _write(work, decoded)


def _from_utf16(work: Workspace, path: Path, wish: str | None) -> Path:
    encoding = _codec(path, wish) if wish else "utf-16"

    def decoded() -> Iterator[str]:
        decoder, done = codecs.getincrementaldecoder(encoding)(), 0
        with path.open("rb") as handle:
            lines = 1
            while True:
                chunk = handle.read(1 << 20)
                kept = len(decoder.getstate()[0])
                try:
                    text = decoder.decode(chunk, final=not chunk)
                except UnicodeDecodeError as error:
                    fault = _Fault(done - kept + error.start, lines, 0, 0)
                    raise _wrong(path, encoding, fault) from error
                if not chunk:
                    return
                yield text
                done += len(chunk)
                lines += text.count("\n")

    return _write(work, decoded)


def _write(work: Workspace, decoded: Callable[[], Iterator[str]]) -> Path:
    copy = work.scratch / f"{new_name()}.txt"
    with copy.open("wb") as out:
        for text in decoded():
            out.write(text.encode())
    return copy
