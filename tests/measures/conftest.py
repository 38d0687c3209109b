from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import pytest
from measures.random_city import RandomCity
from support.figures import NOW, Asker
from support.lake import FactWriter, write_labels

from powercx.analytics.lake.catalogue import TABLES
from powercx.analytics.lake.schema import LakeTable
from powercx.analytics.measures import service
from powercx.base.home import Home

World = Callable[[Mapping[LakeTable, str]], Asker]


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """``world({TABLE: TEXT, ...})`` makes a home that holds these rows, and asks it for figures.

    A module asks many questions of one world, for a refresh takes seconds.
    """

    def make(tables: Mapping[LakeTable, str]) -> Asker:
        home = Home(tmp_path_factory.mktemp("world") / "home")
        home.create()
        writer = FactWriter(home)
        for table, text in tables.items():
            writer(table, text)
        return Asker(home)

    return make


@pytest.fixture(scope="session")
def random_city() -> RandomCity:
    return RandomCity()


@pytest.fixture(scope="session")
def session(
    random_city: RandomCity, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[service.Session]:
    """Questions about the random city, loaded and refreshed in one go."""
    home = Home(tmp_path_factory.mktemp("city") / "home")
    home.create()
    writer = FactWriter(home)
    for name, rows in random_city.tables.items():
        writer.write(TABLES[name], rows)
    write_labels(home, random_city.labels)
    service.refresh(home, at=NOW)
    with service.open_session(home) as opened:
        yield opened


@pytest.fixture
def facts(home: Home, measure: Asker) -> Callable[[LakeTable, str], None]:
    """``facts(TABLE, TEXT)`` puts rows into the lake of a home of the test's own."""
    writer = FactWriter(home)

    def write(table: LakeTable, text: str) -> None:
        writer(table, text)
        measure.stale = True

    return write


@pytest.fixture
def measure(home: Home) -> Asker:
    """``measure(KEY, org=..., period=...)`` gives figures of what ``facts`` wrote."""
    return Asker(home)
