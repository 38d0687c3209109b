"""The repository's own tools: set-up, checks, test runs, generated docs."""

from __future__ import annotations
