"""One door to every kind of file and database."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from powercx.analytics.engine.workspace import Workspace
from powercx.analytics.sources.readers.addresses import address_of
from powercx.analytics.sources.readers.kinds import BY_SCHEME, BY_SUFFIX, is_address
from powercx.analytics.sources.readers.sheet import RawSheet, ReadOptions
from powercx.base.errors import UserError


def open_sources(
    work: Workspace, location: str, *, options: ReadOptions
) -> tuple[list[RawSheet], list[str]]:
    """The sheets at ``location``, and a note on each one that was found and skipped.

    :raises UserError: nothing of it can be read; the text says why and what to do.
    """
    shown = address_of(location).shown if is_address(location) else location
    try:
        if is_address(location):
            return _open_database(work, location)
        return _open_file(work, Path(location), options)
    except OSError as error:
        raise _explained(error, shown, work.scratch) from error


def _open_database(work: Workspace, location: str) -> tuple[list[RawSheet], list[str]]:
    scheme = location.partition("://")[0]
    if scheme not in BY_SCHEME:
        raise UserError("read.unknown_scheme", scheme=scheme, known=" ".join(BY_SCHEME))
    return BY_SCHEME[scheme](work, location)


def _open_file(
    work: Workspace, path: Path, options: ReadOptions
) -> tuple[list[RawSheet], list[str]]:
    _check_name(path)
    reader = BY_SUFFIX.get(path.suffix.lower())
    if reader is None:
        known = " ".join(BY_SUFFIX)
        raise UserError("read.unknown_kind", file=path, kind=path.suffix or "—", kinds=known)
    with path.open("rb") as handle:  # tells a missing or forbidden file from an unreadable one
        if not handle.read(1):
            raise UserError("read.empty", file=path)
    return reader(work, path, options)


def _check_name(path: Path) -> None:
    """Neither the engine nor a report can hold a name that is no text."""
    try:
        str(path).encode()
    except UnicodeEncodeError as error:
        readable = os.fsencode(path).decode("gb18030", "replace")
        raise UserError("read.bad_name", file=readable) from error


def _explained(error: OSError, location: str, folder: Path) -> Exception:
    """The error as a user can mend it; the error itself when it is none of theirs."""
    match error.errno:
        case errno.ENOENT:
            return UserError("read.missing", file=location)
        case errno.EACCES | errno.EPERM:
            return UserError("read.forbidden", file=location)
        case errno.ENOSPC | errno.EDQUOT:
            return UserError("read.disk_full", file=location, folder=folder)
        case errno.EISDIR:
            return UserError("read.unknown_kind", file=location, kind="/", kinds="")
        case _:
            return error
