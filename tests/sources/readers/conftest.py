from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from powercx.analytics.engine.workspace import Workspace, workspace
from powercx.analytics.sources.readers import RawSheet, ReadOptions, Reject, open_sources
from powercx.base.errors import UserError

_NOBODY = 65534


@dataclass(frozen=True)
class Found:
    """A sheet's columns and rows; each row ends with its line."""

    columns: list[str]
    rows: list[tuple[Any, ...]]
    rejects: list[Reject]
    notes: list[str]
    sheet: RawSheet


Read = Callable[..., Found]
Refused = Callable[..., UserError]


@pytest.fixture
def work(tmp_path: Path) -> Iterator[Workspace]:
    with workspace(tmp_path / "work") as opened:
        yield opened


@pytest.fixture
def look(work: Workspace) -> Callable[[RawSheet, list[str]], Found]:
    """All of a sheet, once it is sure that its rows are the same with and without lines."""

    def look(sheet: RawSheet, notes: list[str]) -> Found:
        names = ", ".join(f'"{column}"' for column in sheet.columns)
        rows = work.rows(f"SELECT {names}, __line FROM {sheet.numbered()} ORDER BY __line")
        bare = work.rows(f"SELECT * FROM {sheet.relation}")
        assert sorted(map(repr, bare)) == sorted(repr(row[:-1]) for row in rows)
        return Found(sheet.columns, rows, sheet.rejects, notes, sheet)

    return look


@pytest.fixture
def read(work: Workspace, tmp_path: Path, look: Callable[[RawSheet, list[str]], Found]) -> Read:
    """Write ``content`` to a file and read it back as one sheet."""

    def read(content: str | bytes | None, name: str = "t.csv", **options: Any) -> Found:
        path = tmp_path / name
        if content is not None:
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        (sheet,), notes = open_sources(work, str(path), options=ReadOptions(**options))
        return look(sheet, notes)

    return read


@pytest.fixture
def refused(read: Read) -> Refused:
    """The error that reading gives."""

    def refused(content: str | bytes | None, name: str = "t.csv", **options: Any) -> UserError:
        with pytest.raises(UserError) as caught:
            read(content, name, **options)
        return caught.value

    return refused


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user may enter, unlike those of pytest."""
    folder = Path(tempfile.mkdtemp(prefix="powercx-read-"))
    folder.chmod(0o755)
    yield folder
    for path in folder.rglob("*"):
        path.chmod(0o700)
    shutil.rmtree(folder)


@contextmanager
def without_privileges() -> Iterator[None]:
    """Be nobody for a while when run as root, whom no permission stops."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(_NOBODY)
    try:
        yield
    finally:
        os.seteuid(before)


@pytest.fixture
def unprivileged() -> Callable[[], Any]:
    return without_privileges
