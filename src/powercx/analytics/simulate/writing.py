"""Writes tables as a source system would export them: Chinese headers and labels, its own format.

Rows are streamed: every block appends to open files, so memory does not grow with the city.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import xlsxwriter

from powercx.analytics.lake.catalogue import TABLES
from powercx.analytics.lake.schema import Type
from powercx.analytics.simulate.arrays import NEVER, Coded, Column, Columns, Rng
from powercx.analytics.simulate.strengths import Strengths, code_labels

_MADE = datetime(2025, 1, 1)  # noqa: DTZ001  # xlsxwriter takes naive times
_CODECS = {"utf8": "utf-8", "bom": "utf-8-sig", "gb18030": "gb18030"}


@dataclass(frozen=True)
class Export:
    """How one table is exported: format, encoding, and which columns its dirt may hit."""

    format: str
    encoding: str = "utf8"
    dates: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    negatives: tuple[str, ...] = ()
    duplicates: bool = True


EXPORTS: dict[str, Export] = {
    "org_unit": Export("csv", duplicates=False),
    "provider": Export("csv", "bom", duplicates=False),
    "customer": Export("csv", "gb18030", dates=("opened_on",), codes=("usage_category",)),
    "usage_point": Export("csv", "gb18030", dates=("opened_on",)),
    "channel_identity": Export("csv", "bom"),
    "usage_daily": Export("parquet"),
    "interruption": Export("csv", dates=("started_at",)),
    "voltage_month": Export("xlsx", duplicates=False),
    "bill": Export(
        "csv", "gb18030", dates=("issued_on",), codes=("error_kind",), negatives=("kwh",)
    ),
    "contact": Export("csv", "bom", dates=("at",), codes=("channel",), negatives=("wait_s",)),
    "service_order": Export("csv", "gb18030", dates=("accepted_at",), codes=("type_l1", "status")),
    "order_event": Export("csv", dates=("at",)),
    "feedback": Export("jsonl"),
    "survey_answer": Export("csv", "bom", codes=("item_kind",)),
    "survey_invitation": Export("csv", "bom"),
    "asset": Export("csv", dates=("from",), codes=("kind",)),
    "external_profile": Export("csv"),
    "visit": Export("csv", "gb18030"),
    "digital_event": Export("parquet"),
    "subscription": Export("csv", dates=("started_on",)),
    "external_rating": Export("xlsx", duplicates=False),
    "benchmark": Export("csv", "bom", duplicates=False),
}


@dataclass
class Exports:
    """The open export files of one run; closed by leaving the ``with`` block."""

    folder: Path
    start: np.datetime64
    strengths: Strengths
    rng: Rng
    rows: Counter[str] = field(default_factory=Counter)
    _open: dict[str, Any] = field(default_factory=dict)

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for sink in self._open.values():
            sink.close()

    def add(self, table: str, columns: Columns, *, part: str = "", clean: bool = False) -> None:
        """Append rows to ``<table>[-<part>].<format>``; ``clean`` rows get no dirt."""
        export = EXPORTS[table]
        made = self._table(table, columns)
        if not clean:
            made = self._soil(made, table, export)
        name = "-".join(filter(None, (table, part))) + "." + export.format
        self.rows[name] += made.num_rows
        self.sink(name, made.schema, export).write(made)

    def sink(self, name: str, schema: pa.Schema, export: Export) -> Any:  # noqa: ANN401  # one of four kinds
        """The open file of that name; opened when first asked for."""
        if name not in self._open:
            path = self.folder / name
            maker = {"csv": CsvSink, "jsonl": JsonSink, "parquet": ParquetSink, "xlsx": XlsxSink}[
                export.format
            ]
            self._open[name] = maker(path, schema, export.encoding)
        return self._open[name]

    def _table(self, table: str, columns: Columns) -> pa.Table:
        schema = TABLES[table]
        arrays = [self._arrow(column, schema.column(name).type) for name, column in columns.items()]
        return pa.table(arrays, names=[schema.column(name).zh for name in columns])

    def _arrow(self, column: Column, kind: Type) -> pa.Array:
        if isinstance(column, Coded):
            return _labels(column)
        if kind is Type.BOOLEAN:
            return pc.if_else(pa.array(column), "是", "否")
        if isinstance(column, pa.Array):
            return column
        if kind in (Type.DATE, Type.TIME):
            return self._moments(column, "D" if kind is Type.DATE else "s")
        return pa.array(column)

    def _moments(self, offsets: Any, unit: str) -> pa.Array:  # noqa: ANN401  # numpy array of int64
        missing = offsets == NEVER
        start = self.start.astype(f"datetime64[{unit}]").astype(np.int64)
        values = np.where(missing, 0, offsets) + start
        return pa.array(values.astype(f"datetime64[{unit}]"), mask=missing)

    def _soil(self, made: pa.Table, table: str, export: Export) -> pa.Table:
        """Write some rows twice and spoil a few."""
        count = made.num_rows
        number = self.strengths.number
        doubled = self.rng.random(count) < number("dirt.duplicate") * export.duplicates
        spoilt = np.flatnonzero(~doubled & (self.rng.random(count) < number("dirt.bad")))
        names = [(c, "impossible") for c in export.dates] + [(c, "unknown") for c in export.codes]
        names += [(c, "negative") for c in export.negatives]
        for turn, (name, how) in enumerate(names):
            rows = spoilt[turn :: len(names)]
            if len(rows):
                made = _spoil(made, TABLES[table].column(name).zh, rows, how)
        again = made.filter(pa.array(doubled))
        return pa.concat_tables([made, again]) if again.num_rows else made


def _labels(column: Coded) -> pa.Array:
    words = list(column.words)
    if column.codes:
        labels = code_labels(column.codes)
        words = [labels[word] for word in words]
    index = np.asarray(column.index)
    return pa.array(words, pa.string()).take(pa.array(np.maximum(index, 0), mask=index < 0))


def _spoil(made: pa.Table, head: str, rows: Any, how: str) -> pa.Table:  # noqa: ANN401  # row numbers
    place = made.schema.get_field_index(head)
    chosen = np.zeros(made.num_rows, bool)
    chosen[rows] = True
    whole = made.column(place).cast(pa.string())
    bad = {
        "impossible": pa.scalar("2025-02-30"),
        "unknown": pa.scalar("未知类型"),
        "negative": pc.binary_join_element_wise("-9", whole, ""),
    }[how]
    return made.set_column(place, head, pc.if_else(pa.array(chosen), bad, whole))


class CsvSink:
    """CSV with quoted texts, in the encoding asked for; dates and numbers bare."""

    def __init__(self, path: Path, schema: pa.Schema, encoding: str) -> None:
        self._encoding = encoding
        self._file: IO[bytes] = path.open("wb")
        head = ",".join(schema.names) + "\r\n"
        self._file.write(head.encode(_CODECS[encoding]))

    def write(self, made: pa.Table) -> None:
        buffer = pa.BufferOutputStream()
        options = pa_csv.WriteOptions(include_header=False, eol="\r\n", batch_size=16_384)
        pa_csv.write_csv(made, buffer, options)
        content = buffer.getvalue()
        if self._encoding == "gb18030":
            self._file.write(content.to_pybytes().decode("utf-8").encode("gb18030"))
        else:
            self._file.write(content)

    def close(self) -> None:
        self._file.close()


class ParquetSink:
    """Parquet with one row group a block; decimals stored as integers."""

    def __init__(self, path: Path, schema: pa.Schema, encoding: str) -> None:
        del encoding
        self._writer = pq.ParquetWriter(
            path,
            schema,
            compression="zstd",
            store_schema=False,
            store_decimal_as_integer=True,
            write_statistics=True,
        )

    def write(self, made: pa.Table) -> None:
        if made.num_rows:
            self._writer.write_table(made, row_group_size=made.num_rows)

    def close(self) -> None:
        self._writer.close()


class JsonSink:
    """JSON Lines; a null is left out."""

    def __init__(self, path: Path, schema: pa.Schema, encoding: str) -> None:
        del schema
        self._file = path.open("w", encoding=_CODECS[encoding])

    def write(self, made: pa.Table) -> None:
        for row in made.to_pylist():
            known = {name: value for name, value in row.items() if value is not None}
            self._file.write(json.dumps(known, ensure_ascii=False, default=str) + "\n")

    def close(self) -> None:
        self._file.close()


class XlsxSink:
    """One sheet of a workbook, written row by row; for tables that do not grow with the city."""

    def __init__(self, path: Path, schema: pa.Schema, encoding: str) -> None:
        del encoding
        self._book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
        # a fixed date, so that a seed gives the same bytes
        self._book.set_properties({"created": _MADE})
        self._sheet = self._book.add_worksheet(TABLES[path.stem].zh)
        self._sheet.write_row(0, 0, schema.names)
        self._next = 1

    def write(self, made: pa.Table) -> None:
        for row in made.to_pylist():
            self._sheet.write_row(self._next, 0, list(row.values()))
            self._next += 1

    def close(self) -> None:
        self._book.close()
