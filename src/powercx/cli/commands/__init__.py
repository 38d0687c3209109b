"""One module a command; each has a ``command``."""

from __future__ import annotations
