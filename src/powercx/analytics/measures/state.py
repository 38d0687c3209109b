"""What is new in the lake since a refresh."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from powercx.analytics.lake.catalogue import TABLES
from powercx.analytics.lake.schema import Kind
from powercx.analytics.measures.gather import Lake
from powercx.base.days import Days


def table_versions(lake: Lake) -> dict[str, int]:
    """The version seen of every lake table that exists.

    References are looked at last: rows that are loaded meanwhile then find what they name, and a
    reference that nothing names yet does no harm.
    """
    names = sorted(TABLES, key=lambda name: TABLES[name].kind is Kind.REFERENCE)
    found = {name: lake.snapshot(name) for name in (*names, "text_label")}
    return {name: seen.version for name, seen in found.items() if seen is not None}


def rules_digest(parts: Mapping[str, Any]) -> str:
    """A digest of everything besides data and measures that figures depend on."""
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def touched(lake: Lake, table: str, since: int) -> dict[str, Days] | None:
    """The days, per date column, of rows that commits after version ``since`` changed.

    None when a commit does not say, so that everything has to be looked at.
    """
    seen = lake.snapshot(table)
    news = seen.commits(most=seen.version - since) if seen and seen.version > since else []
    found: dict[str, Days] = {}
    for commit in news:
        if "touched" not in commit:
            if str(commit.get("operation", "")).upper().startswith("CREATE"):
                continue
            return None
        for column, spans in json.loads(commit["touched"]).items():
            found[column] = found.get(column, Days()) | Days.from_text(spans)
    return found
