"""A DuckDB of one's own for one job: bounded memory, spills beside the lake, gone at the end."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from powercx.analytics.engine.locks import in_use

MEMORY_VARIABLE = "POWERCX_MEMORY"
_BATCH = 122_880

EngineError = duckdb.Error
"""What a statement raises when the engine cannot run it (a broken file, a full disk)."""

OutOfRoom = (duckdb.OutOfMemoryException, duckdb.IOException)
"""What a statement raises that memory, disk or a file failed."""
Interrupted = duckdb.InterruptException
"""What a statement raises that was stopped."""


class Workspace:
    """One DuckDB connection with a scratch folder.

    Statements are SQL text in DuckDB's dialect; values go in as parameters, never into the text.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, scratch: Path) -> None:
        self.connection = connection
        self.scratch = scratch

    @contextmanager
    def beside(self) -> Iterator[Workspace]:
        """Another session of the same engine: its views and temporary tables are its own.

        Statements of the two run at once and share memory; tables that are not temporary are seen
        by both.
        """
        connection = self.connection.cursor()
        try:
            yield Workspace(_session(connection), self.scratch)
        finally:
            connection.close()

    def interrupt(self) -> None:
        """Stop the statement that runs, from another thread."""
        self.connection.interrupt()

    @contextmanager
    def task(self) -> Iterator[Workspace]:
        """The same engine for one of several jobs in turn; what a job makes goes at its end.

        Macros stay. Opening an engine takes longer than loading a small file.
        """
        scratch = Path(tempfile.mkdtemp(prefix="task-", dir=self.scratch))
        try:
            yield Workspace(self.connection, scratch)
        finally:
            with suppress(EngineError):  # one that broke is closed, and everything with it
                self._clear()
            shutil.rmtree(scratch, ignore_errors=True)

    def _clear(self) -> None:
        """Drop all views and tables, registered data with them."""
        made = self.rows(
            "SELECT 'VIEW', database_name, schema_name, view_name FROM duckdb_views() "
            "WHERE NOT internal UNION ALL SELECT 'TABLE', database_name, schema_name, table_name "
            "FROM duckdb_tables() WHERE NOT internal"
        )
        for kind, *name in made:
            self.run(f'DROP {kind} "{name[0]}"."{name[1]}"."{name[2]}"')

    def run(self, sql: str, values: Sequence[object] | Mapping[str, object] = ()) -> None:
        """Run a statement whose answer nobody needs."""
        self.connection.execute(sql, values or None)

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """All rows of a small answer."""
        return self.connection.execute(sql, values or None).fetchall()

    def value(self, sql: str, values: Sequence[object] = ()) -> Any:  # noqa: ANN401 - a cell of any type
        """The first cell of the first row; None when there is no row."""
        row = self.connection.execute(sql, values or None).fetchone()
        return None if row is None else row[0]

    def batches(self, sql: str, values: Sequence[object] = ()) -> Iterator[pa.RecordBatch]:
        """A large answer, a batch at a time."""
        yield from self.connection.execute(sql, values or None).to_arrow_reader(_BATCH)

    def arrow(self, sql: str, values: Sequence[object] = ()) -> pa.Table:
        """The answer as an Arrow table; for answers that fit in memory."""
        return self.connection.execute(sql, values or None).to_arrow_table()

    def records(self, sql: str, values: Sequence[object] = ()) -> list[dict[str, Any]]:
        """A small answer as dictionaries by column."""
        found: list[dict[str, Any]] = self.arrow(sql, values).to_pylist()
        return found

    def register(self, name: str, data: pa.Table | pa.RecordBatchReader) -> None:
        """Let statements read ``data`` under ``name``."""
        self.connection.register(name, data)

    def columns(self, sql: str) -> list[tuple[str, str]]:
        """Names and types of the columns a query gives, without running it."""
        described = self.connection.execute(f"DESCRIBE {sql}").fetchall()
        return [(str(row[0]), str(row[1])) for row in described]


def _session(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    connection.execute("SET TimeZone = 'UTC'")
    return connection


def literal(value: object) -> str:
    """``value`` as an SQL string; for statements that take no parameters, such as views."""
    return "'" + str(value).replace("'", "''") + "'"


def default_memory() -> str:
    """Half of the machine's memory and at most 4 GiB, so that a refresh leaves room for others."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return os.environ.get(MEMORY_VARIABLE) or f"{min(total // 2, 4 * 1024**3) // 1024**2}MB"


@contextmanager
def workspace(folder: Path, *, memory: str | None = None) -> Iterator[Workspace]:
    """Open a workspace whose scratch files stand in ``folder`` and go when it closes."""
    folder.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix="work-", dir=folder))
    connection = duckdb.connect(
        config={
            "memory_limit": memory or default_memory(),
            "temp_directory": str(scratch / "spill"),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
    )
    try:
        # What sweeps up after processes that died leaves this folder alone.
        with in_use(scratch):
            yield Workspace(_session(connection), scratch)
    finally:
        connection.close()
        shutil.rmtree(scratch, ignore_errors=True)
