"""What each table of the lake holds, told from its log and the little that stands beside it."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from powercx.analytics.engine.delta import Snapshot
from powercx.analytics.engine.workspace import Workspace, workspace
from powercx.analytics.lake import places
from powercx.analytics.lake.catalogue import TABLES
from powercx.analytics.lake.schema import LakeTable
from powercx.analytics.sources.lakefiles import file_rows
from powercx.analytics.sources.orphans import orphan_store
from powercx.analytics.sources.readers.sheet import identifier
from powercx.base.home import Home


@dataclass(frozen=True, slots=True)
class Holding:
    """One table: ``version`` is None before the first load.

    ``sources`` are the systems that loads named; a load whose rows say it themselves names none.
    ``orphans`` counts the ids, by referenced table, that rows name and the lake still lacks.
    """

    table: LakeTable
    version: int | None = None
    rows: int = 0
    first: date | None = None
    last: date | None = None
    sources: tuple[str, ...] = ()
    loaded_at: datetime | None = None
    load_id: str | None = None
    orphans: dict[str, int] = field(default_factory=dict)

    @property
    def orphan_count(self) -> int:
        return sum(self.orphans.values())


_lock = threading.Lock()
_known: dict[Path, tuple[dict[str, int], dict[str, Holding]]] = {}


def holdings(home: Home) -> dict[str, Holding]:
    """Every table of the dictionary by name; looked up anew only when a load has come since."""
    seen = {name: places.store(home.lake, table).snapshot() for name, table in TABLES.items()}
    versions = {name: snapshot.version for name, snapshot in seen.items() if snapshot}
    with _lock:
        held = _known.get(home.path)
        if held is None or held[0] != versions:
            orphans = _orphans(home, seen)
            found = {
                name: _holding(table, seen[name], orphans.get(name, {}))
                for name, table in TABLES.items()
            }
            held = _known[home.path] = versions, found
        return held[1]


def _holding(table: LakeTable, seen: Snapshot | None, orphans: dict[str, int]) -> Holding:
    if seen is None:
        return Holding(table)
    day = table.date_column
    lows = [_day(file.low[day]) for file in seen.files if day and day in file.low]
    highs = [_day(file.high[day]) for file in seen.files if day and day in file.high]
    loads = [commit for commit in seen.commits() if "load_id" in commit]
    newest = loads[0] if loads else None
    return Holding(
        table,
        version=seen.version,
        rows=sum(file.rows for file in seen.files),
        first=min(lows, default=None),
        last=max(highs, default=None),
        sources=tuple(sorted({str(c["source"]) for c in loads if c.get("source")})),
        loaded_at=_instant(newest) if newest else None,
        load_id=str(newest["load_id"]) if newest else None,
        orphans=orphans,
    )


def _day(value: object) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value)[:10])


def _instant(commit: dict[str, Any]) -> datetime:
    return datetime.fromtimestamp(int(commit["timestamp"]) / 1000, UTC)


def _orphans(home: Home, seen: dict[str, Snapshot | None]) -> dict[str, dict[str, int]]:
    """Of all orphans ever seen those that are some still, by table and referenced table."""
    files = orphan_store(home.lake).files()
    if not files:
        return {}
    found: dict[str, dict[str, int]] = {}
    with workspace(home.staging) as work:
        work.run(f"CREATE TEMP VIEW px_once AS FROM {file_rows(files)}")
        pairs = work.rows('FROM px_once SELECT DISTINCT "table", ref_table ORDER BY ALL')
        for table, referenced in pairs:
            left = _still_missing(work, table, referenced, seen.get(referenced))
            if left:
                found.setdefault(table, {})[referenced] = left
    return found


def _still_missing(work: Workspace, table: str, referenced: str, held: Snapshot | None) -> int:
    files: Sequence[Any] = held.files if held else ()
    key = identifier(TABLES[referenced].key[0])
    known = f" ANTI JOIN (FROM {file_rows(files)} SELECT {key} AS id) k USING (id)" if files else ""
    return int(
        work.value(
            f'FROM (FROM px_once SELECT DISTINCT id WHERE "table" = ? AND ref_table = ?) o{known} '
            "SELECT count(*)",
            [table, referenced],
        )
    )
