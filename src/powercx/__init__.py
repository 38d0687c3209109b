"""Customer experience management for electricity suppliers."""

from __future__ import annotations

__version__ = "0.1.0"
