from __future__ import annotations

import pytest

from powercx.analytics.simulate.service import simulate


@pytest.fixture(scope="session")
def city(tmp_path_factory):
    """The exports of January to March of a small city."""
    target = tmp_path_factory.mktemp("walk") / "city"
    simulate(target=target, customers=300, months=3, seed=7)
    return target
