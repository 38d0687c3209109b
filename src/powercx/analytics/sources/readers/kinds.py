"""The reader of each kind of file, by its extension, and of each kind of database, by its scheme.

A new kind is one module with a ``read`` and one line here.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from powercx.analytics.engine.workspace import Workspace
from powercx.analytics.sources.readers import databases, delimited, jsonlines, parquet, workbook
from powercx.analytics.sources.readers.sheet import RawSheet, ReadOptions

Sheets = tuple[list[RawSheet], list[str]]

BY_SUFFIX: dict[str, Callable[[Workspace, Path, ReadOptions], Sheets]] = {
    ".csv": delimited.read,
    ".tsv": delimited.read,
    ".txt": delimited.read,
    ".xlsx": workbook.read,
    ".xlsm": workbook.read,
    ".xls": workbook.read,  # tells the old format from a workbook that is only misnamed
    ".jsonl": jsonlines.read,
    ".ndjson": jsonlines.read,
    ".json": jsonlines.read,
    ".parquet": parquet.read,
}
BY_SCHEME: dict[str, Callable[[Workspace, str], Sheets]] = {
    "sqlite": databases.read_sqlite,
    "duckdb": databases.read_duckdb,
    "postgresql": databases.read_postgresql,
    "postgres": databases.read_postgresql,
}


def is_address(location: str) -> bool:
    """Whether ``location`` is an address, known or not, and no path."""
    return "://" in location
