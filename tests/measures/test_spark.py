"""Spark gives what DuckDB gives: every published part of every measure, to 1e-9."""

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

NEAR = Decimal("1e-9")


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
        f.measure.part for f in Catalogue().measures.values() if isinstance(f.measure, FactMeasure)
    }
    apart = [pair for pair in zip(published(home), on_duckdb, strict=True) if not _same(*pair)]
    assert apart == []
    assert {row[1] for row in on_duckdb} == counted


def _same(one: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
    """Equal but for the last digits of sums of doubles, which depend on the order of adding."""
    return all(
        abs(a - b) <= NEAR * max(1, abs(b)) if isinstance(a, Decimal) else a == b
        for a, b in zip(one, other, strict=True)
    )


def test_an_unknown_engine_is_named(home: Home) -> None:
    with workspace(home.staging) as work, pytest.raises(UserError) as error:
        compute("sparkle://here", work)

    assert (error.value.code, error.value.params["url"]) == ("engine.unknown", "sparkle://here")
