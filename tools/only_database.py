"""pytest plugin (``-p tools.only_database``): keep the tests that touch the operational database.

Told by the fixtures a test asks for, directly or through others, or by pytest-django's mark.
"""

from __future__ import annotations

import pytest

FIXTURES = {"environ", "db", "transactional_db", "server"}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    kept = [item for item in items if _touches_database(item)]
    config.hook.pytest_deselected(items=[item for item in items if not _touches_database(item)])
    items[:] = kept


def _touches_database(item: pytest.Item) -> bool:
    asked = set(getattr(item, "fixturenames", ()))
    return bool(asked & FIXTURES) or item.get_closest_marker("django_db") is not None
