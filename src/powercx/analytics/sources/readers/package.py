"""The ZIP archive that a workbook is: safe to unpack, and what lies where."""

from __future__ import annotations

import posixpath
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from xml.parsers import expat

from powercx.base.errors import UserError

MAX_TOTAL = 4 * 1024**3
"""Bytes that a workbook may hold unpacked."""
MAX_RATIO = 200
"""How far a workbook of more than ``RATIO_FROM`` bytes may unpack."""
RATIO_FROM = 100 * 1024**2

_CHUNK = 1024 * 1024
_OLD_OFFICE = b"\xd0\xcf\x11\xe0"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_BOOK = "xl/workbook.xml"
_LINKS = "xl/_rels/workbook.xml.rels"

# What the archive's library raises for damaged bytes.
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    LookupError,
    ValueError,
    NotImplementedError,
    RuntimeError,
)

Attributes = dict[str, str]


class Damaged(Exception):
    """The archive or a part of it is not what it should be."""


@dataclass(frozen=True, slots=True)
class Package:
    """An archive whose directory promises no more than the limits.

    ``parts`` gives the member that holds a worksheet, by the sheet's name. ``recalculates``: the
    writer asks for a new calculation on opening, so a stored 0 may stand for any value.
    """

    archive: zipfile.ZipFile
    parts: dict[str, str]
    recalculates: bool

    def chunks(self, member: str) -> Generator[bytes, None, None]:
        """The member unpacked, a chunk at a time; to be closed unless read to its end.

        More bytes than the directory promises are never read; a member that lies about its size
        or is damaged shows when its last chunk is checked.

        :raises Damaged: so.
        """
        try:
            with self.archive.open(member) as handle:
                yield from iter(lambda: handle.read(_CHUNK), b"")
        except _BROKEN as error:
            raise Damaged(member) from error

    def check_rest(self) -> None:
        """Unpack the members that no one else reads here, so that no reader meets a false one.

        :raises Damaged: a member is damaged or lies about its size.
        """
        sheets = set(self.parts.values())
        for name in self.archive.namelist():
            if name.endswith((".xml", ".rels")) and name not in sheets:
                for _ in self.chunks(name):
                    pass


@contextmanager
def opened(path: Path) -> Iterator[Package]:
    """The workbook's archive.

    :raises UserError: ``read.encrypted``, ``read.old_excel``, ``read.zip_bomb`` or, also for
        ``Damaged`` within the block, ``read.corrupt``.
    """
    _check_kind(path)
    try:
        with _archive(path) as archive:
            _check_size(path, archive)
            yield _package(archive)
    except Damaged as error:
        raise UserError("read.corrupt", file=path, kind="XLSX") from error


def parse(
    chunks: Generator[bytes, None, None],
    *,
    start: Callable[[str, Attributes], None],
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> None:
    """Walk through XML; names come without their prefix. Document types are refused.

    :raises Damaged: it is not well-formed.
    """
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.StartElementHandler = lambda name, given: start(_local(name), given)
    if end is not None:
        parser.EndElementHandler = lambda name: end(_local(name))
    parser.CharacterDataHandler = text
    try:
        with closing(chunks):
            for chunk in chunks:
                parser.Parse(chunk, False)  # noqa: FBT003 - expat names no arguments
        parser.Parse(b"", True)  # noqa: FBT003
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise Damaged(str(error)) from error


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _refuse_doctype(*_: object) -> None:
    raise Damaged("document type")


def _archive(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except _BROKEN as error:
        raise Damaged(str(path)) from error


def _check_kind(path: Path) -> None:
    with path.open("rb") as handle:
        if handle.read(4) != _OLD_OFFICE:
            return
        tail = b""
        while chunk := handle.read(_CHUNK):
            if _ENCRYPTED in tail + chunk:
                raise UserError("read.encrypted", file=path)
            tail = chunk[-len(_ENCRYPTED) :]
    raise UserError("read.old_excel", file=path)


def _check_size(path: Path, archive: zipfile.ZipFile) -> None:
    total = sum(info.file_size for info in archive.infolist())
    ratio = total / path.stat().st_size
    if total > MAX_TOTAL or (total > RATIO_FROM and ratio > MAX_RATIO):
        megabytes = total // 1024**2
        raise UserError("read.zip_bomb", file=path, megabytes=megabytes, ratio=round(ratio))


def _package(archive: zipfile.ZipFile) -> Package:
    names = archive.namelist()
    if max(Counter(names).values(), default=0) > 1:
        raise Damaged("two members of one name")
    links: dict[str, str] = {}
    sheets: dict[str, str] = {}
    calculation: Attributes = {}

    def link(name: str, given: Attributes) -> None:
        if name == "Relationship":
            links[given.get("Id", "")] = posixpath.normpath(
                posixpath.join("/xl", given.get("Target", ""))
            ).lstrip("/")

    def book(name: str, given: Attributes) -> None:
        if name == "sheet":
            identity = next((v for k, v in given.items() if k.endswith(":id")), "")
            sheets[given.get("name", "")] = identity
        elif name == "calcPr":
            calculation.update(given)

    whole = Package(archive, {}, recalculates=False)
    parse(whole.chunks(_LINKS), start=link)
    parse(whole.chunks(_BOOK), start=book)
    spelt = {name.lower(): name for name in names}
    parts = {
        name: spelt[links[identity].lower()]
        for name, identity in sheets.items()
        if links.get(identity, "").lower() in spelt
    }
    again = calculation.get("fullCalcOnLoad") in {"1", "true"}
    return Package(archive, parts, recalculates=again)
