"""The reader of each kind of file, by its extension, and of each kind of database, by its scheme.

A new kind is one module with a ``read`` and one line here.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from powercx.analytics.engine.workspace import Workspace
from powercx.analytics.sources.readers import delimited, parquet
from powercx.analytics.sources.readers.sheet import RawSheet, ReadOptions

Sheets = tuple[list[RawSheet], list[str]]

BY_SUFFIX: dict[str, Callable[[Workspace, Path, ReadOptions], Sheets]] = {
    ".csv": delimited.read,
    ".tsv": delimited.read,
    ".txt": delimited.read,
    ".parquet": parquet.read,
}
BY_SCHEME: dict[str, Callable[[Workspace, str], Sheets]] = {}


def is_address(location: str) -> bool:
    """Whether ``location`` is the address of a database and no path."""
    scheme, mark, _ = location.partition("://")
    return bool(mark) and scheme in BY_SCHEME
