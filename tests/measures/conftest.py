from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from support.figures import Asker
from support.lake import FactWriter

from powercx.base.home import Home


@pytest.fixture
def facts(home: Home, measure: Asker) -> Callable[..., None]:
    """``facts(TABLE, TEXT)`` puts rows into the lake."""
    writer = FactWriter(home)

    def write(*args: Any) -> None:
        writer(*args)
        measure.stale = True

    return write


@pytest.fixture
def measure(home: Home) -> Asker:
    """``measure(KEY, org=..., period=...)`` gives figures of what ``facts`` wrote."""
    return Asker(home)
