"""Measures: definitions into additive parts, parts into figures with intervals and reasons."""

from __future__ import annotations
