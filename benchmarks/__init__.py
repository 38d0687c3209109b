"""How fast and how large: ours beside a peer and a limit, in one run."""

from __future__ import annotations
