"""Every call of the API, one module a noun."""

from __future__ import annotations

import importlib
import pkgutil


def read_all() -> None:
    """Import every module of calls, so that each is registered."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
