"""Real data sets beside the repository, and a home to load one into."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from support.loads import MemoryVault

from powercx.analytics.engine.workspace import workspace
from powercx.analytics.lake import places
from powercx.analytics.lake.catalogue import TABLES
from powercx.analytics.measures import service
from powercx.analytics.measures.figures import Figure
from powercx.analytics.sources.lakefiles import file_rows
from powercx.analytics.sources.report import FileReport
from powercx.analytics.sources.service import LoadOptions, load
from powercx.base.home import Home

DATA = Path(__file__).parents[3] / "shared" / "data"
MAPPINGS = Path(__file__).parent / "mappings"
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def needs(name: str) -> list[pytest.MarkDecorator]:
    """Marks of a module that reads the data set ``name``."""
    folder = DATA / name
    return [
        pytest.mark.real,
        pytest.mark.skipif(
            not folder.exists(), reason=f"NOT TESTED on real data: {folder} is absent"
        ),
    ]


def figures(name: str) -> dict[str, Any]:
    """The figures printed by others, or worked out independently, for a data set."""
    return json.loads((DATA / name / "figures.json").read_text("utf-8"))


@dataclass
class RealHome:
    """A home whose days begin in ``zone``; refreshed when first asked after a load."""

    folder: Path
    zone: str
    home: Home = field(init=False)
    vault: MemoryVault = field(default_factory=MemoryVault)
    stale: bool = True

    def __post_init__(self) -> None:
        self.home = Home(self.folder / "home")
        self.home.create()
        self.home.config_file.write_text(f"time_zone: {self.zone}\n", "utf-8")

    def load(self, path: Path, mapping: str | None = None, *, fact: str | None = None) -> Any:
        """Load one file by the mapping of that name; its report, which adds up."""
        file = MAPPINGS / f"{mapping}.yaml" if mapping else None
        options = LoadOptions(mapping=file, fact=fact)
        [report] = load(self.home, self.vault, [str(path)], options=options, at=NOW)
        if report.refused is not None:
            raise report.refused
        report.check()
        self.stale = True
        return report

    def text(self, name: str, content: str) -> FileReport:
        """Load a small CSV text whose name tells its table."""
        path = self.folder / name
        path.write_text(content, "utf-8")
        return self.load(path)

    def prepared(self, name: str, query: str) -> Path:
        """The rows of a query over the raw files, as a Parquet file: what a mapping cannot do."""
        path = self.folder / name
        with workspace(self.home.staging) as work:
            work.run(f"COPY ({query}) TO '{path}' (FORMAT parquet)")
        return path

    def rows(self, table: str, query: str) -> list[tuple[Any, ...]]:
        """``FROM`` the rows the lake holds of ``table``: the rest of a query, as tuples."""
        files = places.store(self.home.lake, TABLES[table]).files()
        with workspace(self.home.staging) as work:
            work.run(f"SET TimeZone = '{self.zone}'")
            return work.rows(f"FROM {file_rows(files)} {query}")

    def raw(self, query: str) -> list[tuple[Any, ...]]:
        """A query over the raw files, for figures nobody printed."""
        with workspace(self.home.staging) as work:
            work.run(f"SET TimeZone = '{self.zone}'")
            return work.rows(query)

    def figure(self, key: str, period: str, org: str | None = None) -> Figure:
        """One figure of a measure."""
        [found] = self.figures(key, period, org=org)
        return found

    def figures(
        self, key: str, period: str, *, org: str | None = None, by: str | None = None
    ) -> list[Figure]:
        """Figures of a measure for the root (or ``org``), broken down ``by``."""
        if self.stale:
            service.refresh(self.home, at=NOW)
            self.stale = False
        orgs = [org] if org else None
        return service.show(self.home, key, orgs=orgs, periods=[period], by=by).rows


def numerators(found: list[Figure]) -> Mapping[str | None, float | None]:
    """Numerators by segment."""
    return {figure.segment: figure.numerator for figure in found}


def counted(report: FileReport) -> dict[str, int]:
    """What became of the rows, zeros left out."""
    names = ("read", "loaded", "duplicate", "superseded", "quarantined")
    return {name: getattr(report, name) for name in names if getattr(report, name)}


def same_but_masked(raw: str, kept: str) -> bool:
    """Whether ``kept`` is ``raw``, but for what stands in it as [kind of personal data]."""
    parts = [re.escape(part) for part in re.split(r"\[\w+\]", kept)]
    return re.fullmatch(".{1,60}?".join(parts), raw, re.DOTALL) is not None
