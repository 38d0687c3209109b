"""Parquet files."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from powercx.analytics.engine.workspace import EngineError, Workspace
from powercx.analytics.sources.readers.sheet import (
    LINE,
    RawSheet,
    ReadOptions,
    check_heads,
    flat,
    identifier,
    plain_path,
    view,
)
from powercx.base.errors import UserError


def read(work: Workspace, path: Path, options: ReadOptions) -> tuple[list[RawSheet], list[str]]:
    """The file as one sheet with its stored types.

    :raises UserError: ``read.corrupt``: it is cut short, damaged, or no Parquet.
    """
    del options  # nothing of a Parquet file is guessed
    return [stored_sheet(work, str(path), path, text=False)], []


def stored_sheet(work: Workspace, name: str, path: Path, *, text: bool) -> RawSheet:
    """A Parquet file as the sheet ``name``; its rows are numbered from 1.

    All of it is read once here, so that damage shows before a row is used.

    :raises UserError: ``read.corrupt``, or what ``check_heads`` raises.
    """
    scan = f"read_parquet({plain_path(work, path)}, binary_as_string = true"
    scan += ", hive_partitioning = false, file_row_number = "
    try:
        stored = dict(work.columns(f"SELECT * FROM {scan} false)"))
        work.run(f"SELECT max(hash(t)) FROM {scan} false) t")
    except EngineError as error:
        raise UserError("read.corrupt", file=name, kind="Parquet") from error
    columns = check_heads(name, 1, list(stored))
    named = ", ".join(
        f"{flat(old, kind)} AS {identifier(new)}"
        for (old, kind), new in zip(stored.items(), columns, strict=True)
    )

    def numbered() -> str:
        return view(work, f"SELECT {named}, file_row_number + 1 AS {LINE} FROM {scan} true)")

    relation = view(work, f"SELECT {named} FROM {scan} false)")
    return RawSheet(name, relation, columns, text=text, rejects=[], numbering=cache(numbered))
