"""Readers: any file or database table that may hold facts, as relations of a workspace."""

from __future__ import annotations

from powercx.analytics.sources.readers.locations import expand, left_out
from powercx.analytics.sources.readers.opening import open_sources
from powercx.analytics.sources.readers.sheet import RawSheet, ReadOptions, Reject

__all__ = ["RawSheet", "ReadOptions", "Reject", "expand", "left_out", "open_sources"]
