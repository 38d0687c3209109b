"""Files of published tables that nothing needs any more."""

from __future__ import annotations

from collections.abc import Callable

from powercx.analytics.engine.locks import writer_lock
from powercx.analytics.results.contracts import SCHEMAS, result_store
from powercx.base.home import Home


def clear_published(home: Home, *, waiting: Callable[[str], None]) -> dict[str, int]:
    """Remove what no version of the last seven days has; how many files by table.

    ``waiting`` hears of a refresh that is under way.
    """
    stores = {name: result_store(home.lake, name) for name in SCHEMAS}
    with writer_lock(home.locks, "refresh", waiting=waiting):
        return {name: store.remove_unneeded() for name, store in stores.items() if store.exists()}
