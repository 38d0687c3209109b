from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest


@pytest.fixture
def content() -> bytes:
    table = pa.table(
        {
            " id ": pa.array([b"1", b"2"], pa.binary()),
            "kwh": pa.array([Decimal("1.50"), None], pa.decimal128(12, 2)),
            "on": pa.array([date(2025, 3, 1), None]),
            "at": pa.array([datetime(2025, 3, 1, tzinfo=UTC), None], pa.timestamp("us", "UTC")),
        }
    )
    out = pa.BufferOutputStream()
    pq.write_table(table, out)
    return out.getvalue().to_pybytes()


def test_types_are_kept(read, work, content):
    found = read(content, "bill.parquet")

    assert found.columns == ["id", "kwh", "on", "at"]
    assert found.rows == [
        ("1", Decimal("1.50"), date(2025, 3, 1), datetime(2025, 3, 1, tzinfo=UTC), 1),
        ("2", None, None, None, 2),
    ]
    assert [kind for _, kind in work.columns(f"FROM {found.sheet.relation}")] == [
        "VARCHAR",
        "DECIMAL(12,2)",
        "DATE",
        "TIMESTAMP WITH TIME ZONE",
    ]
    assert not found.sheet.text


@pytest.mark.parametrize("keep", [0.5, 0.99])
def test_cut_file_is_refused(refused, content, keep):
    error = refused(content[: int(len(content) * keep)], "bill.parquet")

    assert (error.code, error.params["kind"]) == ("read.corrupt", "Parquet")


def test_text_called_parquet_is_refused(refused):
    assert refused("id,kwh\n1,2\n", "bill.parquet").code == "read.corrupt"


def test_damage_behind_a_whole_footer_is_refused(refused, content):
    damaged = b"PAR1" + b"\xff" * 60 + content[64:]

    assert refused(damaged, "bill.parquet").code == "read.corrupt"
