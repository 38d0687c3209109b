"""The only place that knows DuckDB, Spark and Delta."""

from __future__ import annotations
