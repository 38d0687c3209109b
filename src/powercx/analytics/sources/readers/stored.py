"""Rows that come once, from a database or a workbook, kept in the workspace to be read again."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from powercx.analytics.engine.workspace import Workspace
from powercx.analytics.sources.readers.sheet import new_name


def keep(work: Workspace, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> Path:
    """Write the batches to a Parquet file in the workspace, one at a time.

    :raises pa.ArrowInvalid: a text is no UTF-8.
    """
    path = work.scratch / f"{new_name()}.parquet"
    # Python's own file tells a full disk by its number, which Arrow's would hide in a text.
    with path.open("wb") as out, pq.ParquetWriter(out, schema, compression="lz4") as writer:
        for batch in batches:
            batch.validate(full=True)
            writer.write_batch(batch)
    return path
