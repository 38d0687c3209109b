"""Committed files of a lake table as a relation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from powercx.analytics.engine.delta import DeltaStore, LakeFile
from powercx.analytics.engine.workspace import literal

FILE, POSITION = "px_file", "px_position"


def file_rows(
    files: Sequence[LakeFile], *, placed: bool = False, only: Sequence[int] | None = None
) -> str:
    """SQL relation of all rows of ``files``; ``placed`` adds the place of each row.

    ``px_file`` counts from 1 in the order of ``files``, ``px_position`` is the row's number in it.
    ``only`` are the numbers of the files to read, at least one; None reads all.
    """
    numbers = list(range(1, len(files) + 1)) if only is None else list(only)
    paths = ", ".join(literal(files[number - 1].path) for number in numbers)
    scan = f"read_parquet([{paths}], hive_partitioning = false)"
    if not placed:
        return scan
    number = "file_index + 1" if only is None else f"{numbers}[CAST(file_index AS BIGINT) + 1]"
    place = f"CAST({number} AS BIGINT) AS {FILE}, file_row_number AS {POSITION}"
    return f"(FROM {scan} SELECT *, {place})"


@contextmanager
def undone(store: DeltaStore) -> Iterator[None]:
    """Remove the files that the block wrote into the table's folder when it fails."""
    before = set(store.folder.rglob("*.parquet"))
    try:
        yield
    except BaseException:
        for file in set(store.folder.rglob("*.parquet")) - before:
            file.unlink(missing_ok=True)
        raise
