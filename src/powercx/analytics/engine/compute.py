"""Where statements run: DuckDB in this process, or Spark when one machine is not enough.

Both read the same files under the same names and hand their answers to the same workspace.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Protocol

import pyarrow as pa

from powercx.analytics.engine.workspace import Workspace
from powercx.base.errors import UserError

DIALECT = "duckdb"
_SPARK = re.compile(r"local-spark|spark://\S+")


class Compute(Protocol):
    """An engine: names Parquet files, runs statements, hands answers over."""

    @property
    def dialect(self) -> str:
        """The SQL dialect, as Ibis calls it, of ``define`` and ``store``."""

    def beside(self, work: Workspace) -> Compute | None:
        """The engine for a second session, which sees what is kept (``define``) here.

        None when a second one is of no use.
        """

    def view(
        self,
        name: str,
        files: Sequence[str],
        schema: pa.Schema,
        *,
        where: str | None = None,
        empty: Collection[str] = (),
    ) -> None:
        """Call the rows of Parquet files ``name``, only those that meet the condition ``where``.

        No files give an empty table of ``schema``. The condition is in DuckDB's dialect. The text
        columns ``empty`` are known to hold nothing and need not be read.
        """

    def memory(self, name: str, table: pa.Table) -> None:
        """Call a small table ``name``."""

    def define(
        self, name: str, sql: str, *, columns: Sequence[str] = (), keep: bool = False
    ) -> None:
        """Call a query ``name``; ``keep`` works it out once, for many statements.

        ``columns`` are those of its columns that are of use; none named: all.
        """

    def forget(self, name: str) -> None:
        """Free what is called ``name``."""

    def answer(self, name: str, sql: str) -> None:
        """Run a statement in DuckDB's dialect and keep its rows as ``name`` in the workspace."""

    def store(self, name: str, sql: str) -> None:
        """Run a query in the engine's dialect and keep its rows as ``name`` in the workspace."""

    def close(self) -> None:
        """Free what the engine holds."""


class DuckCompute:
    """The embedded engine: statements run in the workspace itself."""

    dialect = DIALECT

    def __init__(self, work: Workspace) -> None:
        self._work = work
        self._tables: set[str] = set()

    def view(
        self,
        name: str,
        files: Sequence[str],
        schema: pa.Schema,
        *,
        where: str | None = None,
        empty: Collection[str] = (),
    ) -> None:
        if not files:
            self.memory(name, schema.empty_table())
            return
        self.forget(name)
        condition = f" where {where}" if where else ""
        nothing = ", ".join(f'cast(null as varchar) as "{column}"' for column in empty)
        columns = f"* replace ({nothing})" if nothing else "*"
        self._work.run(
            f'create or replace temp view "{name}" as select {columns} from '
            f"read_parquet({list(files)!r}, hive_partitioning=false){condition}"
        )

    def memory(self, name: str, table: pa.Table) -> None:
        self.forget(name)
        self._work.register("incoming", table)
        self._work.run(f'create or replace temp table "{name}" as select * from incoming')
        self._tables.add(name)

    def define(
        self, name: str, sql: str, *, columns: Sequence[str] = (), keep: bool = False
    ) -> None:
        self.forget(name)
        kind = "table" if keep else "temp view"
        listed = ", ".join(f'"{column}"' for column in columns)
        query = f"select {listed} from ({sql}) as found" if columns else sql
        self._work.run(f'create or replace {kind} "{name}" as {query}')
        if keep:
            self._tables.add(name)

    def beside(self, work: Workspace) -> DuckCompute:
        """One session alone leaves cores idle while it plans, or writes the end of a file."""
        return DuckCompute(work)

    def answer(self, name: str, sql: str) -> None:
        self._work.run(f'create or replace temp table "{name}" as {sql}')

    def store(self, name: str, sql: str) -> None:
        self.answer(name, sql)

    def close(self) -> None:
        """Nothing is held beyond the workspace."""

    def forget(self, name: str) -> None:
        """A name is a table or a view, and DuckDB lets neither replace the other."""
        kind = "table" if name in self._tables else "view"
        self._work.run(f'drop {kind} if exists "{name}"')
        self._tables.discard(name)


def compute(url: str | None, work: Workspace) -> Compute:
    """The engine that ``url`` names: None or ``duckdb``, ``local-spark``, ``spark://host:port``.

    :raises UserError: ``engine.unknown``, or ``engine.no_spark`` when the extra is not installed.
    """
    if url in {None, "", "duckdb"}:
        return DuckCompute(work)
    if not _SPARK.fullmatch(str(url)):
        raise UserError("engine.unknown", url=url)
    from powercx.analytics.engine.spark import SparkCompute  # noqa: PLC0415 - needs the extra

    return SparkCompute(str(url), work)
