"""The operational database as it is at one moment, copied while others go on writing."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Protocol

from django.db import connection, transaction

from powercx.base.errors import UserError

SQLITE, POSTGRESQL = "database.sqlite3", "database.pgdump"
"""Names of a copy, by the database that it is of."""
Progress = Callable[[float], None]
_PAGES = 8192
_END = "SELECT seq, hash FROM core_audithead WHERE id = 1"
_EMPTY = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"


class Pinned(Protocol):
    """A database held at one moment."""

    name: str

    def copy(self, folder: Path, progress: Progress) -> Path:
        """Write the copy into ``folder`` under ``name``."""

    def counts(self) -> dict[str, int]:
        """Rows by table at that moment."""

    def end(self) -> tuple[int, str]:
        """Number and hash of the last audit entry at that moment."""


@contextmanager
def pinned() -> Iterator[Pinned]:
    """Hold the database of this process as it is now, until the block ends; nobody waits for it.

    :raises UserError: it is a PostgreSQL database, and ``pg_dump`` is not installed.
    """
    if connection.vendor == "sqlite":
        with closing(_opened(Path(connection.settings_dict["NAME"]))) as source:
            # The first read begins the transaction's view; in WAL mode writers go on beside it.
            source.execute("BEGIN")
            source.execute("SELECT count(*) FROM sqlite_master").fetchone()
            yield _Sqlite(source)
        return
    tool_of("pg_dump", "--format=custom --file=database.pgdump")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        yield _Postgresql(str(cursor.fetchone()[0]))


class _Sqlite:
    name = SQLITE

    def __init__(self, source: sqlite3.Connection) -> None:
        self._source = source

    def copy(self, folder: Path, progress: Progress) -> Path:
        target = folder / SQLITE
        target.touch(mode=0o600)
        with closing(_opened(target)) as into:
            self._source.backup(
                into,
                pages=_PAGES,
                progress=lambda _, left, total: progress(1 - left / max(total, 1)),
            )
            # One file without a journal beside it; opened as a database it gets its own again.
            into.execute("PRAGMA journal_mode = DELETE")
        return target

    def counts(self) -> dict[str, int]:
        return sqlite_counts(self._source)

    def end(self) -> tuple[int, str]:
        return sqlite_end(self._source)


class _Postgresql:
    name = POSTGRESQL

    def __init__(self, snapshot: str) -> None:
        self._snapshot = snapshot

    def copy(self, folder: Path, progress: Progress) -> Path:
        target = folder / POSTGRESQL
        _run(
            "pg_dump",
            ["--format=custom", "--no-owner", f"--snapshot={self._snapshot}", f"--file={target}"],
        )
        target.chmod(0o600)
        progress(1)
        return target

    def counts(self) -> dict[str, int]:
        with connection.cursor() as cursor:
            names = sorted(connection.introspection.table_names(cursor))
            return {name: _first(cursor, f'SELECT count(*) FROM "{name}"') for name in names}  # noqa: S608 - names of tables that are there

    def end(self) -> tuple[int, str]:
        with connection.cursor() as cursor:
            cursor.execute(_END)
            row = cursor.fetchone()
        return (int(row[0]), str(row[1])) if row else (0, "")


def counts_of(file: Path) -> tuple[dict[str, int], tuple[int, str]]:
    """Rows by table, and the last audit entry, of a copy of an SQLite database.

    :raises UserError: the copy is damaged.
    """
    with closing(_opened(file)) as source:
        try:
            [whole] = source.execute("PRAGMA quick_check(1)").fetchone()
            if whole != "ok":
                raise UserError("restore.database_damaged", reason=whole)
            return sqlite_counts(source), sqlite_end(source)
        except sqlite3.DatabaseError as error:
            raise UserError("restore.database_damaged", reason=error) from error


def sqlite_counts(source: sqlite3.Connection) -> dict[str, int]:
    named = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    names = [name for (name,) in source.execute(f"{named} ORDER BY name")]
    return {
        name: int(source.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0])  # noqa: S608 - as above
        for name in names
    }


def sqlite_end(source: sqlite3.Connection) -> tuple[int, str]:
    row = source.execute(_END).fetchone()
    return (int(row[0]), str(row[1])) if row else (0, "")


def fill_postgresql(file: Path) -> None:
    """Bring a copy into the empty PostgreSQL database of this process, all or nothing.

    :raises UserError: it is not empty, or ``pg_restore`` is missing or refuses.
    """
    with connection.cursor() as cursor:
        if _first(cursor, _EMPTY):
            raise UserError("restore.database_not_empty", name=connection.settings_dict["NAME"])
    connection.close()
    _run("pg_restore", ["--no-owner", "--single-transaction", "--exit-on-error"], str(file))


def tool_of(name: str, arguments: str) -> str:
    """Where a program of PostgreSQL is.

    :raises UserError: it is not installed; says what to run where it is.
    """
    found = shutil.which(name)
    if found is None:
        database = connection.settings_dict["NAME"]
        raise UserError("backup.no_tool", tool=name, command=f"{name} {arguments} {database}")
    return found


def _run(name: str, arguments: list[str], *files: str) -> None:
    given = connection.settings_dict
    target = ["--dbname", str(given["NAME"])]
    told = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD"}
    variables = {key: str(given[value]) for key, value in told.items() if given.get(value)}
    done = subprocess.run(  # noqa: S603 - found by its name, arguments of our own
        [tool_of(name, " ".join(arguments)), *arguments, *target, *files],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        reason = done.stderr.strip() or str(done.returncode)
        raise UserError("backup.tool_failed", tool=name, reason=reason)


def _opened(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(file, timeout=60, isolation_level=None)


def _first(cursor: Any, statement: str) -> int:  # noqa: ANN401 - a cursor of whichever database
    cursor.execute(statement)
    return int(cursor.fetchone()[0])
