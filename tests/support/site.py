"""A utility's installation for the tests of pages: a small city, and people of every role."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings
from support.loads import MemoryVault

from powercx.analytics.measures.service import refresh
from powercx.analytics.results.tree import OrgTree
from powercx.analytics.simulate.service import simulate
from powercx.analytics.sources.service import LoadOptions, load
from powercx.apps.core import lake
from powercx.apps.core.domain import people
from powercx.apps.core.domain.audit import SYSTEM
from powercx.apps.core.enums import Role
from powercx.apps.core.models import Person
from powercx.apps.core.rules import Grant
from powercx.apps.core.vault.keyring import create_ring
from powercx.base.home import Home

AT = datetime(2026, 2, 1, 8, tzinfo=UTC)
PASSWORD = "correct-horse-battery"  # noqa: S105 - of people who exist in tests only
CUSTOMERS, MONTHS, SEED = 600, 4, 11


@dataclass
class Site:
    """The pages over one city, its database fresh for the test."""

    home: Home

    @property
    def tree(self) -> OrgTree:
        return lake.tree(self.home)

    @property
    def company(self) -> str:
        return self.tree.roots[0]

    @property
    def bureaus(self) -> list[str]:
        """The units beneath the company, in order."""
        return [unit for unit in self.tree.children(self.company) if unit in self.tree.names]

    def person(self, role: Role, org: str = "", username: str = "") -> Person:
        """Someone with one role, made at the first call."""
        name = username or f"{role.value}.{org.lower() or 'all'}"
        held = Person.objects.filter(username=name).first()
        return held or people.create_person(
            particulars=people.Particulars(name, f"{role.value} {org}".strip()),
            grants=[Grant(role, org)],
            password=PASSWORD,
            actor=SYSTEM,
            at=AT,
            must_change=False,
        )

    def client(self, role: Role, org: str = "", *, language: str = "zh") -> Client:
        """A browser in which someone with this role is signed in."""
        client = Client(headers={"Accept-Language": language})
        client.force_login(self.person(role, org), "powercx.apps.core.signin.LockingBackend")
        return client


@pytest.fixture(scope="session")
def city_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home whose lake holds a small city, refreshed. Tests only read it."""
    folder = tmp_path_factory.mktemp("site")
    simulate(target=folder / "city", customers=CUSTOMERS, months=MONTHS, seed=SEED)
    home = Home(folder / "home")
    home.create()
    create_ring(home)
    exports = [str(folder / "city" / "exports")]
    load(home, MemoryVault(), exports, options=LoadOptions(), at=AT)
    refresh(home, at=AT)
    return home


@pytest.fixture
def site(db: None, settings: Settings, city_home: Home) -> Site:
    """The city, for tests that change nothing in its lake."""
    settings.HOME = city_home
    return Site(city_home)


@pytest.fixture
def own_site(db: None, settings: Settings, city_home: Home, tmp_path: Path) -> Site:
    """A city of the test's own, into which it may load."""
    # Files of the lake are never written twice, so that links do as well as copies.
    shutil.copytree(city_home.path, tmp_path / "own", copy_function=os.link)
    for written in ("config.yaml", "keys/keyring.json"):
        file = tmp_path / "own" / written
        content = file.read_bytes()
        file.unlink()
        file.write_bytes(content)
        file.chmod(0o600)
    shutil.rmtree(tmp_path / "own" / "cache", ignore_errors=True)
    settings.HOME = Home(tmp_path / "own")
    return Site(settings.HOME)


@pytest.fixture
def empty_site(db: None, settings: Settings, home: Home) -> Site:
    """An installation into which nothing has been loaded."""
    create_ring(home)
    settings.HOME = home
    return Site(home)
