"""Derived facts as SQL text: made once, since making it costs more than running it on a day."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from powercx.analytics.facts import references
from powercx.analytics.facts.calendar import working_calendar
from powercx.analytics.facts.inputs import Inputs
from powercx.analytics.facts.registry import DERIVED
from powercx.analytics.lake import places
from powercx.analytics.lake.catalogue import TABLES
from powercx.analytics.lake.schema import PARTITION
from powercx.analytics.results.contracts import SCHEMAS

KNOWN = pa.schema(
    [
        ("name", pa.string()),
        ("until", pa.date32()),
        ("ends_at", pa.timestamp("us", tz="UTC")),
    ]
)
CALENDAR, KNOWN_NAME = "working_calendar", "known_days"


@dataclass(frozen=True, slots=True)
class Rules:
    """What derived facts depend on besides data; hashable."""

    limits: tuple[tuple[str, tuple[tuple[str, float], ...]], ...]
    online: tuple[str, ...]
    assisted: tuple[str, ...]

    @classmethod
    def of(
        cls,
        limits: Mapping[str, Mapping[str, float]],
        online: tuple[str, ...],
        assisted: tuple[str, ...],
    ) -> Rules:
        """Rules from mappings."""
        items = tuple((k, tuple(sorted(v.items()))) for k, v in sorted(limits.items()))
        return cls(items, online, assisted)


@dataclass(frozen=True, slots=True)
class Compiled:
    """A query and the columns it gives."""

    sql: str
    columns: tuple[str, ...]


def stored_schema(table: str) -> pa.Schema:
    """The columns in the files of a lake or published table: all but the partition."""
    if table in TABLES:
        schema = places.schema(TABLES[table])
        return pa.schema([f for f in schema if f.name != PARTITION])
    return SCHEMAS[table]


def table(name: str) -> ir.Table:
    """A table by the name that an engine knows it under."""
    return ibis.table(ibis.Schema.from_pyarrow(stored_schema(name)), name=name)


def inputs(rules: Rules) -> Inputs:
    """Inputs that name tables; the engine gives them rows."""
    return Inputs(
        source=table,
        customers=table("customer_version"),
        usage_points=table("usage_point_version"),
        orgs=table("org_version"),
        calendar=ibis.table(ibis.Schema.from_pyarrow(working_calendar().schema), name=CALENDAR),
        known=ibis.table(ibis.Schema.from_pyarrow(KNOWN), name=KNOWN_NAME),
        limits={item: dict(values) for item, values in rules.limits},
        online=rules.online,
        assisted=rules.assisted,
    )


@lru_cache(maxsize=256)
def fact_rows(name: str, rules: Rules, dialect: str) -> Compiled:
    """The rows of a derived fact."""
    return _compile(DERIVED[name].build(inputs(rules)), dialect)


@lru_cache(maxsize=32)
def fact_spans(name: str, rules: Rules, dialect: str) -> Compiled:
    """First and last days of a derived fact whose rows stretch over days."""
    spans = DERIVED[name].spans
    if spans is None:
        raise LookupError(name)
    return _compile(spans(inputs(rules)), dialect)


@lru_cache(maxsize=32)
def version_rows(name: str, key: str, columns: tuple[str, ...], dialect: str) -> Compiled:
    """The versions of a reference table."""
    return _compile(references.versions(table(name), key, columns), dialect)


@lru_cache(maxsize=8)
def stock_rows(name: str, dialect: str) -> Compiled:
    """The daily changes of a group of populations."""
    customers, orgs = table("customer_version"), table("org_version")
    make: dict[str, Callable[[], ir.Table]] = {
        "customers": lambda: references.customer_stocks(customers, orgs),
        "usage_points": lambda: references.point_stocks(
            table("usage_point_version"), customers, orgs
        ),
        "subscribers": lambda: references.subscriber_stocks(table("subscription"), customers, orgs),
    }
    return _compile(make[name](), dialect)


def _compile(expression: ir.Table, dialect: str) -> Compiled:
    return Compiled(str(ibis.to_sql(expression, dialect=dialect)), tuple(expression.columns))
