"""The upkeep of the lake as a whole: what was loaded, and what was published."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from powercx.analytics.results.clearing import clear_published
from powercx.analytics.sources.tidying import Tidied, tidy
from powercx.base.home import Home


def tidy_lake(home: Home, *, at: datetime, waiting: Callable[[str], None]) -> list[Tidied]:
    """Merge small files and remove those that nothing needs; ``waiting`` hears of a busy table."""
    found = tidy(home, at=at, waiting=waiting)
    published = clear_published(home, waiting=waiting)
    return [*found, *(Tidied(name, 0, 0, gone) for name, gone in published.items() if gone)]
