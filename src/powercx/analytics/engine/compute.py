"""Where Ibis expressions run: DuckDB in this process, or Spark when one machine is not enough.

Both give their answers to the same workspace, from which they are published.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from powercx.analytics.engine.workspace import Workspace
from powercx.base.errors import UserError

DIALECT = "duckdb"
_SPARK = re.compile(r"local-spark|spark://\S+")


class Compute(Protocol):
    """An engine: reads Parquet files, runs expressions, hands answers over."""

    @property
    def name(self) -> str:
        """How the engine is called in reports."""

    def scan(self, files: Sequence[str], schema: pa.Schema) -> ir.Table:
        """The rows of Parquet files; an empty table of ``schema`` when there are none."""

    def memory(self, table: pa.Table) -> ir.Table:
        """A small table as an expression."""

    def define(self, name: str, expression: ir.Table, *, keep: bool = False) -> None:
        """Let statements call the expression ``name``; ``keep`` works it out once, for many."""

    def answer(self, name: str, sql: str) -> None:
        """Run a statement in DuckDB's dialect and keep its rows as ``name`` in the workspace."""

    def store(self, name: str, expression: ir.Table) -> None:
        """Run the expression and keep its rows as table ``name`` of the workspace."""

    def close(self) -> None:
        """Free what the engine holds."""


class DuckCompute:
    """The embedded engine: expressions run in the workspace itself."""

    name = "duckdb"

    def __init__(self, work: Workspace) -> None:
        self._work = work
        self._backend = ibis.duckdb.from_connection(work.connection)

    def scan(self, files: Sequence[str], schema: pa.Schema) -> ir.Table:
        if not files:
            return self.memory(schema.empty_table())
        return self._backend.read_parquet(list(files), hive_partitioning=False)

    def memory(self, table: pa.Table) -> ir.Table:
        name = ibis.util.gen_name("memory")
        return self._backend.create_table(name, table, temp=True)

    def define(self, name: str, expression: ir.Table, *, keep: bool = False) -> None:
        sql = ibis.to_sql(expression, dialect=DIALECT)
        kind = "TABLE" if keep else "VIEW"
        self._work.run(f'CREATE OR REPLACE TEMP {kind} "{name}" AS {sql}')

    def answer(self, name: str, sql: str) -> None:
        self._work.run(f'CREATE OR REPLACE TEMP TABLE "{name}" AS {sql}')

    def store(self, name: str, expression: ir.Table) -> None:
        sql = ibis.to_sql(expression, dialect=DIALECT)
        self._work.run(f'CREATE OR REPLACE TEMP TABLE "{name}" AS {sql}')

    def close(self) -> None:
        """Nothing is held beyond the workspace."""


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
