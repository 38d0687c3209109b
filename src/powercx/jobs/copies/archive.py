"""The file a backup is: a tar whose first member lists all others with their SHA-256.

Compressed with Zstandard where its name ends in ``.zst``.
"""

from __future__ import annotations

import hashlib
import json
import os
import tarfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import Any

import pyarrow as pa

from powercx.base.errors import UserError
from powercx.base.messages import say

FORMAT = 1
MANIFEST, SEAL = "manifest.json", "manifest.json.sha256"
PARTS = ("config.yaml", "catalog", "lake", "quarantine", "uploads", "files", "keys")
DATABASES = ("database.sqlite3", "database.pgdump")
_CHUNK = 1 << 20
_BROKEN = (tarfile.TarError, OSError, EOFError, pa.ArrowException)
_MOST_MANIFEST = 256 * 1024**2
Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a backup."""

    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What a backup holds, and what was counted in it when it was made.

    ``tables`` are the rows of the lake by table, ``records`` those of the database, ``audit`` the
    last entry of the audit chain, ``key`` the current key of the home, ``keys`` whether the key
    ring is in the archive.
    """

    powercx: str
    made_at: str
    tables: Mapping[str, int]
    records: Mapping[str, int]
    audit: tuple[int, str]
    key: str
    keys: bool
    files: Mapping[str, Entry]
    format: int = FORMAT

    @property
    def database(self) -> str:
        """The name of the copy of the database."""
        return next(name for name in DATABASES if name in self.files)

    @property
    def size(self) -> int:
        return sum(entry.size for entry in self.files.values())

    def to_bytes(self) -> bytes:
        return json.dumps(asdict(self), indent=1).encode()


def entries(folder: Path, progress: Progress) -> dict[str, Entry]:
    """Every file beneath ``folder`` with its digest."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    found = {}
    for number, path in enumerate(paths):
        digest = hashlib.sha256()
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
        name = path.relative_to(folder).as_posix()
        found[name] = Entry(path.stat().st_size, digest.hexdigest())
        progress((number + 1) / len(paths))
    return found


def write(target: Path, folder: Path, manifest: Manifest, progress: Progress) -> None:
    """Write the files of the manifest, which lie in ``folder``, into a new archive."""
    told = manifest.to_bytes()
    with _writing(target) as tar:
        _put(tar, MANIFEST, told)
        _put(tar, SEAL, hashlib.sha256(told).hexdigest().encode())
        written = 0
        for name, entry in manifest.files.items():
            with (folder / name).open("rb") as file:
                tar.addfile(_member(name, entry.size), file)
            written += entry.size
            progress(written / max(manifest.size, 1))


def read_manifest(source: Path) -> Manifest:
    """What a backup says it holds.

    :raises UserError: it is none, or its list is damaged.
    """
    with _reading(source) as tar:
        return _manifest(tar, source)


def unpack(source: Path, folder: Path, progress: Progress) -> Manifest:
    """Write every file of a backup beneath the empty ``folder``, each of them verified.

    :raises UserError: files are missing, damaged, unlisted or lead elsewhere: all are named.
    """
    faults: dict[str, str] = {}
    with _reading(source) as tar:
        manifest = _manifest(tar, source)
        left = dict(manifest.files)
        for name in [name for name in left if not _is_safe(name)]:
            faults[name] = say("restore.fault_unsafe")
            del left[name]
        try:
            while member := tar.next():
                _take(tar, member, left, folder, faults)
                progress(1 - sum(entry.size for entry in left.values()) / max(manifest.size, 1))
        except _BROKEN as error:
            faults["…"] = say("restore.fault_ends", reason=error)
    faults |= {name: say("restore.fault_missing") for name in left if name not in faults}
    if faults:
        listed = "\n".join(f"  {name}: {what}" for name, what in faults.items())
        raise UserError("restore.damaged", file=source, count=len(faults), faults=listed)
    return manifest


def _take(
    tar: tarfile.TarFile,
    member: tarfile.TarInfo,
    left: dict[str, Entry],
    folder: Path,
    faults: dict[str, str],
) -> None:
    """Write one member where it belongs, if it is what the manifest says."""
    entry = left.get(member.name)
    content = tar.extractfile(member) if member.isreg() else None
    if entry is None or content is None:
        known = "fault_kind" if entry else "fault_unlisted"
        faults.setdefault(member.name, say(f"restore.{known}"))
        return
    target = folder / member.name
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        while size <= entry.size and (chunk := content.read(_CHUNK)):
            size += len(chunk)
            digest.update(chunk)
            file.write(chunk)
    del left[member.name]
    if (size, digest.hexdigest()) != (entry.size, entry.sha256):
        faults[member.name] = say("restore.fault_changed")


def _is_safe(name: str) -> bool:
    path = PurePosixPath(name)
    known = path.parts and (path.parts[0] in PARTS or name in DATABASES)
    return bool(known) and not path.is_absolute() and ".." not in path.parts and "\\" not in name


def _manifest(tar: tarfile.TarFile, source: Path) -> Manifest:
    try:
        told, seal = _next(tar, MANIFEST), _next(tar, SEAL)
    except _BROKEN as error:
        raise UserError("restore.no_backup", file=source) from error
    if hashlib.sha256(told).hexdigest().encode() != seal:
        raise UserError("restore.list_damaged", file=source)
    found = json.loads(told)
    if found["format"] != FORMAT:
        raise UserError("restore.other_format", file=source, made_by=found["powercx"])
    files = {name: Entry(**entry) for name, entry in found.pop("files").items()}
    audit = tuple(found.pop("audit"))
    return Manifest(**found, audit=(int(audit[0]), str(audit[1])), files=files)


def _next(tar: tarfile.TarFile, name: str) -> bytes:
    member = tar.next()
    content = tar.extractfile(member) if member is not None and member.name == name else None
    if member is None or content is None or member.size > _MOST_MANIFEST:
        raise tarfile.ReadError(name)
    return content.read()


def _put(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    tar.addfile(_member(name, len(content)), BytesIO(content))


def _member(name: str, size: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o600
    return member


@contextmanager
def _writing(target: Path) -> Iterator[tarfile.TarFile]:
    """A new archive; it has its name only once it is whole and on the disk."""
    part = target.with_name(f"{target.name}.part")
    part.unlink(missing_ok=True)
    os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        with _stream(part, target) as stream, tarfile.open(fileobj=stream, mode="w|") as tar:
            yield tar
        written = os.open(part, os.O_RDONLY)
        os.fsync(written)
        os.close(written)
        part.rename(target)
    finally:
        part.unlink(missing_ok=True)


def _stream(part: Path, target: Path) -> Any:  # noqa: ANN401 - a file of Python's or of Arrow's
    if target.suffix != ".zst":
        return part.open("wb")
    return pa.CompressedOutputStream(pa.OSFile(str(part), "wb"), "zstd")


@contextmanager
def _reading(source: Path) -> Iterator[tarfile.TarFile]:
    """:raises UserError: the file cannot be read, or is no archive."""
    try:
        with source.open("rb") as file:
            magic = file.read(4)
            file.seek(0)
            packed = magic == b"\x28\xb5\x2f\xfd"
            stream: Any = pa.CompressedInputStream(file, "zstd") if packed else file
            with tarfile.open(fileobj=stream, mode="r|") as tar:
                yield tar
    except tarfile.TarError as error:
        raise UserError("restore.no_backup", file=source) from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise UserError("restore.unreadable", file=source, reason=reason) from error
