"""Rows into a table, loaded at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone
from ninja import Query

from powercx.analytics.lake.schema import LakeTable
from powercx.analytics.sources.report import FileReport
from powercx.analytics.sources.service import LoadOptions, load, scratch_file
from powercx.api import models
from powercx.api.answers import answer
from powercx.api.calling import Caller, call
from powercx.api.calls.tables import TableName, table_named
from powercx.api.problems import Invalid, Malformed, TooLarge, WrongMedia
from powercx.apps.core.enums import Permission
from powercx.apps.core.service import OperationalVault, note_load
from powercx.base.errors import UserError
from powercx.base.identifiers import nearest, suggestion
from powercx.base.messages import say

JSON, LINES = "application/json", "application/x-ndjson"
MOST_ROWS = 100_000
_KEYS = ("rows", "source")
Source = Annotated[str | None, Query(max_length=200, description="api.param_source")]
DryRun = Annotated[bool, Query(description="api.param_dry_run")]
_ROWS: dict[str, Any] = {"type": "array", "items": {"type": "object"}, "maxItems": MOST_ROWS}
_BODY: dict[str, Any] = {
    "required": True,
    "description": "api.body_rows",
    "content": {
        JSON: {
            "schema": {
                "type": "object",
                "properties": {"rows": _ROWS, "source": {"type": ["string", "null"]}},
                "required": ["rows"],
                "additionalProperties": False,
            }
        },
        LINES: {"schema": {"type": "string"}},
    },
}


@call(
    "POST",
    "/facts/{table}",
    needs=Permission.DATA_LOAD,
    example="/facts/org_unit?dry_run=1",
    body='{"rows": [{"org_id": "S0101", "name": "城东供电所",'
    ' "parent_id": "B01", "level": "station"}], "source": "hr"}',
    answers=models.Report,
    extra={"requestBody": _BODY},
)
def load_rows(
    request: Caller, table: TableName, source: Source = None, *, dry_run: DryRun = False
) -> HttpResponse:
    target = table_named(table)
    lines, named = _lines(request)
    now = timezone.now()
    with scratch_file(settings.HOME, f"api-{now:%Y%m%dT%H%M%S}.jsonl", lines) as file:
        options = LoadOptions(fact=table, source=source or named, dry_run=dry_run)
        vault = OperationalVault(settings.HOME)
        [report] = load(settings.HOME, vault, [str(file)], options=options, at=now)
    if report.refused is not None:
        raise _of_the_body(report.refused, file)
    if not dry_run:
        note_load(report=report, actor=request.actor, at=now)
    return answer(_told(report, target, dry_run=dry_run))


def _of_the_body(refused: UserError, file: Path) -> Invalid:
    """Why the rows were refused, told of them and not of the file they were written to."""
    params = {
        name: value.replace(str(file), file.name) if isinstance(value, str) else value
        for name, value in refused.params.items()
    }
    return Invalid(refused.code, **params)


def _lines(request: Caller) -> tuple[bytes, str | None]:
    """The rows as JSON Lines, and the source that the body names."""
    match request.content_type:
        case "application/json":
            rows, source = _rows(request.body)
            lines = [json.dumps(row, ensure_ascii=False).encode() for row in rows]
        case "application/x-ndjson":
            lines, source = request.body.split(b"\n"), None
        case other:
            raise WrongMedia("api.wrong_media", media=other or "—", known=f"{JSON}, {LINES}")
    count = sum(bool(line.strip()) for line in lines)
    if not count:
        raise Invalid("api.no_rows")
    if count > MOST_ROWS:
        raise TooLarge("api.too_many_rows", count=count, most=MOST_ROWS)
    return b"\n".join(lines) + b"\n", source


def _rows(body: bytes) -> tuple[list[Any], str | None]:
    try:
        found = json.loads(body.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise Malformed("api.not_utf8") from error
    except json.JSONDecodeError as error:
        reason = {"line": error.lineno, "column": error.colno, "reason": error.msg}
        raise Malformed("api.bad_json", **reason) from error
    if not isinstance(found, dict) or not isinstance(found.get("rows"), list):
        raise Invalid("api.body_without_rows")
    for key in found:
        if key not in _KEYS:
            raise Invalid("api.unknown_key", key=key, nearest=suggestion(key, _KEYS))
    source = found.get("source")
    if source is not None and not isinstance(source, str):
        raise Invalid("api.source_no_text")
    return found["rows"], source


def _told(report: FileReport, table: LakeTable, *, dry_run: bool) -> dict[str, Any]:
    """The load report of the command line, and what is wrong with each row set aside."""
    columns = [column.name for column in table.columns]
    named = {fault.line for fault in report.faults}
    return {
        **report.to_json(),
        "path": Path(report.path).name,
        "quarantine": Path(report.quarantine).name if report.quarantine else None,
        "load": None if dry_run else report.load_id,
        "ignored": [{"key": key, "nearest": nearest(key, columns)} for key in report.ignored],
        "faults": [
            {
                "line": fault.line,
                "column": fault.column,
                "value": fault.value,
                "reason": fault.reason,
                "detail": say(f"reason.{fault.reason}"),
            }
            for fault in report.faults
        ],
        "faults_left_out": report.quarantined - len(named),
    }
