"""Everything a refresh has published, as rows that can be compared."""

from __future__ import annotations

from typing import Any

from powercx.analytics.engine.workspace import workspace
from powercx.analytics.results.contracts import result_store
from powercx.base.home import Home


def published(home: Home) -> list[tuple[Any, ...]]:
    """Every row of measure parts and customer days, in one order."""
    found: list[tuple[Any, ...]] = []
    with workspace(home.staging) as work:
        for name in ("measure_part", "customer_day"):
            files = [file.path for file in result_store(home.lake, name).files()]
            if not files:
                continue
            rows = work.rows(f"select * from read_parquet({files!r}, hive_partitioning=true)")
            found += [(name, *row) for row in rows]
    return sorted(found, key=repr)
