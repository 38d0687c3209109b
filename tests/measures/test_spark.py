"""Spark gives what DuckDB gives: every published part of every measure, to 12 digits."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from measures.random_city import RandomCity
from support.figures import NOW
from support.lake import FactWriter, write_labels
from support.published import published

from powercx.analytics.definitions.catalogue import Catalogue
from powercx.analytics.definitions.measures import FactMeasure
from powercx.analytics.engine.compute import compute
from powercx.analytics.engine.workspace import workspace
from powercx.analytics.lake.catalogue import TABLES
from powercx.analytics.measures.service import refresh
from powercx.base.errors import UserError
from powercx.base.home import Home


@pytest.mark.pyspark
@pytest.mark.filterwarnings("ignore::ResourceWarning")  # the sockets of the JVM outlive the session
def test_every_measure_is_the_same_on_spark(random_city: RandomCity, home: Home) -> None:
    writer = FactWriter(home)
    for name, rows in random_city.tables.items():
        writer.write(TABLES[name], rows)
    write_labels(home, random_city.labels)
    refresh(home, at=NOW)
    on_duckdb = published(home)

    refresh(home, at=NOW, full=True, engine="local-spark")

    counted = {
        f.measure.key for f in Catalogue().measures.values() if isinstance(f.measure, FactMeasure)
    }
    assert _to_12_digits(published(home)) == _to_12_digits(on_duckdb)
    assert {row[1] for row in on_duckdb} == counted


def _to_12_digits(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Sums of doubles may differ in their last digits by the order in which they are added."""
    return [tuple(f"{v:.11e}" if isinstance(v, Decimal) else v for v in row) for row in rows]


def test_an_unknown_engine_is_named(home: Home) -> None:
    with workspace(home.staging) as work, pytest.raises(UserError) as error:
        compute("sparkle://here", work)

    assert (error.value.code, error.value.params["url"]) == ("engine.unknown", "sparkle://here")
