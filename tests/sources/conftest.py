from __future__ import annotations

from pathlib import Path

import pytest
from support.loads import Loader

from powercx.base.home import Home


@pytest.fixture
def put(home: Home, tmp_path: Path) -> Loader:
    """Loads a small text: ``put("bill.csv", "...")``."""
    folder = tmp_path / "files"
    folder.mkdir()
    return Loader(home, folder)
