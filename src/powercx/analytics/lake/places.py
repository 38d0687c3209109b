"""Where each table of the lake stands."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from powercx.analytics.engine.delta import DeltaStore
from powercx.analytics.lake.schema import PARTITION, Kind, LakeTable, Type

_ARROW: dict[Type, pa.DataType] = {
    Type.ID: pa.string(),
    Type.CODE: pa.string(),
    Type.TEXT: pa.string(),
    Type.PERIOD: pa.string(),
    Type.INTEGER: pa.int64(),
    Type.NUMBER: pa.float64(),
    Type.ENERGY: pa.decimal128(12, 3),
    Type.MONEY: pa.decimal128(14, 2),
    Type.BOOLEAN: pa.bool_(),
    Type.DATE: pa.date32(),
    Type.MONTH: pa.date32(),
    Type.TIME: pa.timestamp("us", tz="UTC"),
}
PERSONAL_DIGEST = "personal_digest"


def store(lake: Path, table: LakeTable) -> DeltaStore:
    """The Delta table of ``table`` under the folder ``lake``."""
    if table.kind is Kind.REFERENCE:
        return DeltaStore(lake / "reference" / table.name)
    return DeltaStore(lake / "facts" / table.name, partition=PARTITION)


def every(lake: Path) -> list[DeltaStore]:
    """Every Delta table beneath ``lake``, loaded and published ones alike, in order."""
    return [DeltaStore(log.parent) for log in sorted(lake.glob("*/*/_delta_log"))]


def history(lake: Path, table: LakeTable) -> DeltaStore:
    """Content hashes of rows that were replaced or retracted, so that they stay known."""
    return DeltaStore(lake / "history" / table.name)


def key_index(lake: Path, table: LakeTable) -> Path:
    """The folder of hashes of keys, a file beside each big data file; can be made again."""
    return lake / "index" / table.name


def schema(table: LakeTable) -> pa.Schema:
    """Arrow schema of the stored rows: own columns, local days, system columns, partition.

    Instants are UTC. A table with personal columns carries a keyed digest of them, so that a
    change of a telephone number is seen without the number being there.
    """
    fields = [pa.field(c.name, _ARROW[c.type]) for c in table.stored]
    fields += [pa.field(derived.name, pa.date32()) for derived in table.local_dates]
    fields.append(pa.field("load_id", pa.string()))
    if table.personal:
        fields.append(pa.field(PERSONAL_DIGEST, pa.string()))
    if table.kind is Kind.FACT:
        fields.append(pa.field(PARTITION, pa.string()))
    return pa.schema(fields)
