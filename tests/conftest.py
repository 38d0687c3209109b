from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import hypothesis
import postgres
import pytest
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from pytest_django import DjangoDbBlocker

from powercx.apps.core.bootstrap import start, use_database
from powercx.apps.core.databases import database_settings
from powercx.apps.core.service import OperationalVault
from powercx.base.home import Home, home_from

pytest_plugins = ["support.site", "support.planted"]
# Tests do not time: a machine that does other work at the same moment is no fault of the code.
hypothesis.settings.register_profile("powercx", deadline=None)
hypothesis.settings.load_profile("powercx")
postgres.start_when_asked(os.environ)
# pytest-django read the settings before this file: tests that use its ``db`` get the same server.
use_database(database_settings(home_from(os.environ), os.environ))


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A fresh home, as ``powercx init`` makes it, its database not yet opened."""
    made = Home(tmp_path / "home")
    made.create()
    return made


@pytest.fixture
def environ(home: Home, django_db_blocker: DjangoDbBlocker) -> Iterator[dict[str, str]]:
    """The variables of a process in ``home``, with an operational database of its own.

    Commits are real: nothing is rolled back, so that other processes see them.
    """
    with ExitStack() as after:
        variables = {"POWERCX_HOME": str(home.path)}
        if server := os.environ.get(postgres.VARIABLE):
            own = after.enter_context(postgres.fresh_database(server))
            variables[postgres.VARIABLE] = own
        after.enter_context(django_db_blocker.unblock())
        after.callback(_use_again, connections.settings, connections["default"])
        yield variables


@pytest.fixture
def vault(home: Home, environ: dict[str, str]) -> OperationalVault:
    """The operational half of ``home``, opened."""
    return start(home, environ)


def _use_again(settings: dict[str, dict[str, Any]], used: BaseDatabaseWrapper) -> None:
    connections["default"].close()
    connections.settings = settings
    connections["default"] = used
