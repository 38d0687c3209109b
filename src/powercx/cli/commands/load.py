"""``powercx load``: files, folders and database tables into the lake."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from powercx.analytics.sources.report import FileReport, report_json
from powercx.analytics.sources.service import LoadOptions, load
from powercx.analytics.sources.templates import write_template
from powercx.apps.core.bootstrap import start
from powercx.base.errors import UserError
from powercx.base.home import home_from
from powercx.base.messages import say

_COUNTS = ("read", "loaded", "duplicate", "superseded", "quarantined")
_Command = TypeVar("_Command", bound=Callable[..., Any])


def _options(command: _Command) -> _Command:
    given = (
        click.argument("paths", nargs=-1, metavar="PATH..."),
        click.option("--fact", help="表名 · table, when neither name nor columns tell it"),
        click.option(
            "--mapping", type=click.Path(path_type=Path), help="映射文件 · mapping (YAML)"
        ),
        click.option("--source", help="来源系统 · source system of the rows"),
        click.option("--dry-run", is_flag=True, help="只检查 · read and check, write nothing"),
        click.option("--strict", is_flag=True, help="有隔离行时退出码为 1 · exit 1 on quarantine"),
        click.option("--template", metavar="FACT", help="生成模板 · write an XLSX template"),
        click.option(
            "--output",
            type=click.Path(path_type=Path),
            help="模板文件 .xlsx，或一行的 JSON Schema .json · file, or JSON Schema of a row",
        ),
        click.option("--json", "as_json", is_flag=True, help="JSON on stdout"),
    )
    for option in reversed(given):
        command = option(command)
    return command


@click.command()
@_options
@click.pass_obj
def command(environ: Mapping[str, str], /, paths: tuple[str, ...], **given: Any) -> None:
    """载入数据 · Load files, folders or database tables into the lake."""
    if given["template"] is not None:
        _template(given["template"], given["output"], as_json=given["as_json"])
        return
    if not paths:
        raise click.UsageError(say("load.nothing_given"))
    home = home_from(environ)
    vault = start(home, environ)
    options = LoadOptions(given["fact"], given["mapping"], given["source"], given["dry_run"])
    reports = load(
        home,
        vault,
        paths,
        options=options,
        at=datetime.now(UTC),
        progress=lambda line: click.echo(line, err=True),
        waiting=lambda table: click.echo(say("load.waiting", table=table), err=True),
    )
    if given["as_json"]:
        click.echo(json.dumps(report_json(reports), ensure_ascii=False))
    else:
        click.echo(_table(reports))
    _explain(reports)
    _fail(reports, strict=given["strict"])


def _fail(reports: Sequence[FileReport], *, strict: bool) -> None:
    """:raises UserError: a file was refused, or rows were set aside and that is not allowed."""
    refused = sum(report.refused is not None for report in reports)
    if refused:
        raise UserError("load.some_refused", count=refused, files=len(reports))
    quarantined = sum(report.quarantined for report in reports)
    if strict and quarantined:
        raise UserError("load.strict", count=quarantined)


def _template(fact: str, output: Path | None, *, as_json: bool) -> None:
    path = output or Path(f"{fact}.xlsx")
    write_template(fact, path)
    click.echo(json.dumps({"template": str(path)}) if as_json else str(path))


def _explain(reports: Sequence[FileReport]) -> None:
    """Everything the table has no room for, on stderr."""
    for report in reports:
        for note in report.notes:
            click.echo(note, err=True)
        if report.refused is not None:
            click.echo(f"✗ {report.refused}", err=True)
        if report.quarantined:
            reasons = ", ".join(f"{reason} {n}" for reason, n in report.reasons.items())
            click.echo(
                say(
                    "load.quarantined",
                    path=report.path,
                    count=report.quarantined,
                    reasons=reasons,
                    file=report.quarantine or "—",
                ),
                err=True,
            )
            for reason, n in report.reasons.items():
                click.echo(f"  {reason} {n}: {say(f'reason.{reason}')}", err=True)
        if report.orphans:
            orphans = ", ".join(f"{table} {n}" for table, n in report.orphans.items())
            click.echo(say("load.orphans", path=report.path, orphans=orphans), err=True)


def _table(reports: Sequence[FileReport]) -> str:
    """The reports as text: names left, counts right, Chinese characters two cells wide."""
    heads = [say(f"load.heading_{name}") for name in ("file", "fact", *_COUNTS, "span", "seconds")]
    rows = [heads, *(_row(report) for report in reports)]
    widths = [max(_width(row[at]) for row in rows) for at in range(len(heads))]
    return "\n".join(_line(row, widths) for row in rows)


def _row(report: FileReport) -> list[str]:
    span = f"{report.first}..{report.last}" if report.first else ""
    if report.refused is not None:
        span = say("load.refused")
    counts = [f"{getattr(report, name):,}" for name in _COUNTS]
    name = Path(report.path).name
    return [name, report.fact or "—", *counts, span, f"{report.seconds:.1f}"]


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    names = 2
    cells = []
    for at, (text, width) in enumerate(zip(row, widths, strict=True)):
        gap = " " * (width - _width(text))
        cells.append(text + gap if at < names else gap + text)
    return "  ".join(cells).rstrip()


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
