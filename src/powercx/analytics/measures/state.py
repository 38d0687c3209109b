"""What is new in the lake since a refresh."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from powercx.analytics.lake import places
from powercx.analytics.lake.catalogue import TABLES
from powercx.analytics.results.contracts import result_store
from powercx.base.days import Days


def table_versions(lake: Path) -> dict[str, int]:
    """The current version of every lake table that exists."""
    found = {name: places.store(lake, table).version() for name, table in TABLES.items()}
    found["text_label"] = result_store(lake, "text_label").version()
    return {name: version for name, version in found.items() if version is not None}


def rules_digest(parts: Mapping[str, Any]) -> str:
    """A digest of everything besides data and measures that figures depend on."""
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def touched(lake: Path, table: str, since: int) -> dict[str, Days] | None:
    """The days, per date column, of rows that commits after version ``since`` changed.

    None when a commit does not say, so that everything has to be looked at.
    """
    stored = places.store(lake, TABLES[table]) if table in TABLES else result_store(lake, table)
    found: dict[str, Days] = {}
    for commit in stored.commits():
        if int(commit.get("version", -1)) <= since:
            break
        if "touched" not in commit:
            if str(commit.get("operation", "")).upper().startswith("CREATE"):
                continue
            return None
        for column, spans in json.loads(commit["touched"]).items():
            found[column] = found.get(column, Days()) | Days.from_text(spans)
    return found
