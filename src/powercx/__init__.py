"""Customer experience management for electricity suppliers.

``powercx.open(path)`` opens a home in a notebook; see ``powercx.notebook``.
"""

from __future__ import annotations

from typing import Any

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:  # noqa: ANN401 - PEP 562
    """Load the notebook's door only when it is used: a command should not wait for it."""
    if name == "open":
        from powercx.notebook import open_city  # noqa: PLC0415

        return open_city
    raise AttributeError(name)
