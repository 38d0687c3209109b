from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest

from powercx.analytics.lake.catalogue import TABLES
from powercx.analytics.simulate.service import SimulationReport, simulate
from powercx.analytics.simulate.writing import EXPORTS

ENCODINGS = {"utf8": "utf-8", "bom": "utf-8-sig", "gb18030": "gb18030"}
Rows = list[dict[str, Any]]


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> SimulationReport:
    """A small city over the first quarter of 2025."""
    target = tmp_path_factory.mktemp("city") / "out"
    return simulate(target=target, customers=1000, months=3, seed=7)


@pytest.fixture
def rows(city: SimulationReport) -> Callable[[str], Rows]:
    """Rows of a table by canonical column name, duplicates taken out, values as text."""

    def read(table: str) -> Rows:
        folder = city.target / "exports"
        files = sorted(p for p in folder.glob(f"{table}*") if _table(p) == table)
        names = {column.zh: column.name for column in TABLES[table].columns}
        found = {
            tuple(row.items()): row
            for path in files
            for row in _read(path, EXPORTS[table].encoding)
        }
        return [{names[k]: v for k, v in row.items()} for row in found.values()]

    return read


def _table(path: Path) -> str:
    return path.name.split(".")[0].split("-")[0]


def _read(path: Path, encoding: str) -> Rows:
    if path.suffix == ".parquet":
        return _as_text(pq.read_table(path))
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    text = path.read_bytes().decode(ENCODINGS[encoding])
    head = [name.strip('"') for name in text.splitlines()[0].split(",")]
    options = pa_csv.ConvertOptions(
        column_types=dict.fromkeys(head, pa.string()),
        null_values=[""],
        strings_can_be_null=True,
        quoted_strings_can_be_null=True,
    )
    table = pa_csv.read_csv(io.BytesIO(text.encode()), convert_options=options)
    return list(table.to_pylist())


def _as_text(table: pa.Table) -> Rows:
    return [
        {name: None if value is None else str(value) for name, value in row.items()}
        for row in table.to_pylist()
    ]
