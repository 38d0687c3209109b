"""kill -9 at every step and at random, then the load again: the table of an undisturbed load."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pytest_django import DjangoDbBlocker
from support import killer
from support.loads import stored

from powercx.analytics.lake import places
from powercx.analytics.lake.catalogue import TABLES
from powercx.analytics.sources.service import LoadOptions, load
from powercx.apps.core.bootstrap import start
from powercx.apps.core.service import OperationalVault
from powercx.base.home import Home

AT = datetime(2026, 3, 1, tzinfo=UTC)
HEAD = "customer_id,name,org_id,tariff,deleted"
FIRST = f"{HEAD}\nC1,Wang,S1,flat,\nC2,Li,S1,flat,\nC3,Zhao,S1,flat,\n"
SECOND = f"{HEAD}\nC1,Wang Wu,S1,tou,\nC2,,,,1\nC3,Zhao,S1,flat,\nC4,Sun,S2,tou,\nC9,,,,1\n"


def put(home: Home, vault: OperationalVault, *paths: Path) -> list[tuple[int, ...]]:
    reports = load(home, vault, [str(path) for path in paths], options=LoadOptions(), at=AT)
    return [(r.read, r.loaded, r.duplicate, r.superseded, r.quarantined) for r in reports]


def state(home: Home, vault: OperationalVault) -> dict[str, Any]:
    """Everything a later load or a reader can see."""
    names = {row["customer_id"] for row in stored(home, "customer")}
    past = places.history(home.lake, TABLES["customer"]).files()
    return {
        "rows": stored(home, "customer"),
        "names": {name: vault.reveal("customer", name)["name"] for name in sorted(names)},
        "past": sum(file.rows for file in past) > 0,
        "open": vault.unfinished(),
        "scratch": list(home.staging.iterdir()),
    }


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    first, second = tmp_path / "customer-1.csv", tmp_path / "customer-2.csv"
    first.write_text(FIRST, "utf-8")
    second.write_text(SECOND, "utf-8")
    return first, second


def test_a_killed_load_run_again_gives_the_same_table(
    home: Home, files: tuple[Path, Path], django_db_blocker: DjangoDbBlocker
):
    first, second = files
    how = ["step", "0.05", "0.15", "0.25", "0.4"]
    command = [sys.executable, killer.__file__, str(home.path), str(second), *how]
    with django_db_blocker.unblock():
        vault = start(home, {})
        put(home, vault, first)
        answer = subprocess.run(command, capture_output=True, text=True, check=True, env=_environ())
        copies = [Home(Path(line)) for line in answer.stdout.split()]
        put(home, vault, second)
        undisturbed = state(home, vault)

        for copy in copies:
            vault = start(copy, {})
            put(copy, vault, second)

            assert state(copy, vault) == undisturbed, copy.path.name
            assert put(copy, vault, first, second) == [(3, 0, 3, 0, 0), (5, 0, 5, 0, 0)]

    assert len(copies) > 20
    assert [row["customer_id"] for row in undisturbed["rows"]] == ["C1", "C3", "C4"]


def _environ() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    return {**kept, "PYTHONPATH": os.pathsep.join(sys.path)}
