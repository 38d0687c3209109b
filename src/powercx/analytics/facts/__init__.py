"""Derived facts: what an expression over one row cannot say, as pure functions of tables."""

from __future__ import annotations
