"""What tables there are and what a row of each is."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpResponse
from ninja import Path

from powercx.analytics.lake.catalogue import TABLES
from powercx.analytics.lake.schema import LakeTable
from powercx.analytics.sources.payloads import row_schema
from powercx.api import models
from powercx.api.answers import answer
from powercx.api.calling import Caller, call
from powercx.api.problems import Unknown
from powercx.apps.core.enums import Permission
from powercx.base.identifiers import suggestion

TableName = Annotated[str, Path(description="api.param_table_name")]


@call("GET", "/tables", needs=Permission.DATA, answers=models.Tables)
def tables(request: Caller) -> HttpResponse:
    del request
    return answer({"tables": [_told(TABLES[name]) for name in sorted(TABLES)]})


@call(
    "GET",
    "/tables/{table}/schema",
    needs=Permission.DATA,
    example="/tables/service_order/schema",
    answers=dict,
)
def table_schema(request: Caller, table: TableName) -> HttpResponse:
    del request
    return answer(row_schema(table_named(table)))


def table_named(name: str) -> LakeTable:
    """:raises Unknown: no such table; the text names the nearest."""
    if name not in TABLES:
        raise Unknown("api.no_such_table", table=name, nearest=suggestion(name, TABLES))
    return TABLES[name]


def _told(table: LakeTable) -> dict[str, object]:
    return {
        "table": table.name,
        "name": {"zh": table.zh, "en": table.en},
        "kind": table.kind.value,
        "grain": table.grain,
        "key": list(table.key),
    }
