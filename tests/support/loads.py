"""Loading small texts into a home, and looking at what the lake then holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from powercx.analytics.engine.workspace import workspace
from powercx.analytics.lake import places
from powercx.analytics.lake.catalogue import TABLES
from powercx.analytics.sources.lakefiles import file_rows
from powercx.analytics.sources.report import FileReport
from powercx.analytics.sources.service import LoadOptions, load
from powercx.analytics.sources.vault import DELETED, RECORD_KEY, LoadHeader
from powercx.base.home import Home

NOW = datetime(2026, 1, 1, tzinfo=UTC)
Rows = list[dict[str, Any]]


class MemoryVault:
    """A vault that forgets when the process ends."""

    def __init__(self) -> None:
        self.records: dict[str, dict[str, Any]] = {}
        self.states: dict[str, str] = {}
        self.reports: dict[str, Mapping[str, object]] = {}
        self._headers: dict[str, LoadHeader] = {}
        self._staged: dict[str, Rows] = {}

    def begin(self, header: LoadHeader) -> None:
        self._headers[header.load_id] = header
        self.states[header.load_id] = "started"

    def stage(self, *, load_id: str, table: str, rows: Iterable[pa.RecordBatch]) -> int:
        del table
        self._staged[load_id] = [row for batch in rows for row in batch.to_pylist()]
        return len(self._staged[load_id])

    def finish(self, *, load_id: str, report: Mapping[str, object], finished_at: datetime) -> None:
        del finished_at
        for row in self._staged.pop(load_id, []):
            key = row.pop(RECORD_KEY)
            if row.pop(DELETED):
                self.records.pop(key, None)
            else:
                self.records[key] = row
        self.states[load_id], self.reports[load_id] = "done", report

    def discard(
        self, load_id: str, *, reason: str, refused: bool = False, at: datetime | None = None
    ) -> None:
        del reason, at
        self._staged.pop(load_id, None)
        self.states[load_id] = "refused" if refused else "discarded"

    def unfinished(self) -> list[LoadHeader]:
        return [self._headers[name] for name, state in self.states.items() if state == "started"]

    def digest_key(self) -> bytes:
        return b"k" * 32


@dataclass
class Loader:
    """Writes files into ``folder`` and loads them into ``home``."""

    home: Home
    folder: Path
    vault: MemoryVault = field(default_factory=MemoryVault)
    said: list[str] = field(default_factory=list)

    def __call__(
        self, name: str, content: str | bytes, *, mapping: str | None = None, **options: Any
    ) -> FileReport:
        """Load one file of this content and return its report."""
        self.write(name, content)
        if mapping is not None:
            options["mapping"] = self.write("mapping.yaml", mapping)
        [report] = self.load(self.folder / name, **options)
        return report

    def load(self, *paths: Path, **options: Any) -> list[FileReport]:
        return load(
            self.home,
            self.vault,
            [str(path) for path in paths],
            options=LoadOptions(**options),
            at=NOW,
            progress=self.said.append,
        )

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def rows(self, table: str, *columns: str) -> Rows:
        """What the lake holds of ``table`` now, in the order of its key."""
        return stored(self.home, table, *columns)


def stored(home: Home, table: str, *columns: str) -> Rows:
    """The current rows of a table, ordered by key; without ``columns`` all but ``load_id``."""
    files = places.store(home.lake, TABLES[table]).files()
    if not files:
        return []
    wanted = ", ".join(f'"{name}"' for name in columns) or "* EXCLUDE (load_id)"
    key = ", ".join(f'"{name}"' for name in ("source", *TABLES[table].key))
    with workspace(home.staging) as work:
        return work.arrow(f"FROM {file_rows(files)} SELECT {wanted} ORDER BY {key}").to_pylist()


def counts(report: FileReport) -> tuple[int, int, int, int, int]:
    """Read, loaded, duplicate, superseded, quarantined."""
    return (
        report.read,
        report.loaded,
        report.duplicate,
        report.superseded,
        report.quarantined,
    )
