from __future__ import annotations

import pytest
from support.api import Api
from support.site import Site


@pytest.fixture
def api(site: Site) -> Api:
    """The API over the city that is only read."""
    return Api(site)


@pytest.fixture
def own_api(own_site: Site) -> Api:
    """The API over a city of the test's own."""
    return Api(own_site)
