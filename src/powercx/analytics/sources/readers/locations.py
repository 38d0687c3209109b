"""Which files and addresses a load was given."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from powercx.analytics.sources.readers.kinds import BY_SUFFIX, is_address
from powercx.base.errors import UserError


def expand(paths: Sequence[str]) -> list[str]:
    """The files of every folder, sorted and with those below; files and addresses as they are.

    Of a folder only files of a known kind are taken (``left_out`` names the others); hidden files
    and the lock files of office programs (``~$...``) never are.

    :raises UserError: ``read.missing``, ``read.forbidden``, ``read.nothing``.
    """
    found: list[str] = []
    for path in paths:
        if is_address(path):
            found.append(path)
        elif (folder := _existing(path)).is_dir():
            found.extend(_readable(folder))
        else:
            found.append(path)
    return list(dict.fromkeys(found))


def left_out(paths: Sequence[str]) -> list[str]:
    """The files of the folders among ``paths`` that ``expand`` leaves out for their kind."""
    folders = [Path(path) for path in paths if not is_address(path) and Path(path).is_dir()]
    return [str(file) for folder in folders for file in _files(folder) if not _known(file)]


def _existing(path: str) -> Path:
    found = Path(path)
    try:
        found.stat()
    except FileNotFoundError as error:
        raise UserError("read.missing", file=path) from error
    except PermissionError as error:
        raise UserError("read.forbidden", file=path) from error
    return found


def _readable(folder: Path) -> list[str]:
    files = [str(file) for file in _files(folder) if _known(file)]
    if not files:
        raise UserError("read.nothing", file=folder, kinds=" ".join(BY_SUFFIX))
    return files


def _known(file: Path) -> bool:
    return file.suffix.lower() in BY_SUFFIX


def _files(folder: Path) -> Iterator[Path]:
    for at, folders, names in os.walk(folder, onerror=_refuse):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if not name.startswith((".", "~$")):
                yield Path(at) / name


def _refuse(error: OSError) -> None:
    raise UserError("read.forbidden", file=error.filename) from error
