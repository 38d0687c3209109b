"""``powercx audit``: is the chain, or a file exported from it, as it was recorded?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import click

from powercx.apps.core.bootstrap import start
from powercx.apps.core.chain import Span, verify
from powercx.base.errors import UserError
from powercx.base.home import home_from
from powercx.base.messages import say
from powercx.cli import output


@click.group("audit")
def command() -> None:
    """审计日志 · The audit chain."""


@command.command("verify")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--after", help="文件应接在这个封印之后 · the seal that the file must follow")
@click.option("--json", "as_json", is_flag=True, help="JSON")
@click.pass_obj
def verify_chain(
    environ: Mapping[str, str], /, *, file: Path | None, after: str | None, as_json: bool
) -> None:
    """校验导出的文件或数据库里的日志 · Verify an exported FILE, or the home's own chain."""
    if file is None and after is not None:
        raise click.UsageError("--after: FILE")
    span = _of_file(file, after) if file else _of_home(environ)
    if as_json:
        output.as_json({**asdict(span), "entries": span.entries})
    else:
        click.echo(say("audit.verified", first=span.first, last=span.last))
        click.echo(say("audit.seals", before=span.before, hash=span.hash))


def _of_file(file: Path, after: str | None) -> Span:
    try:
        with file.open("rb") as lines:
            return verify(lines, after=after)
    except OSError as error:
        raise UserError("audit.no_file", file=file, reason=error.strerror or error) from error


def _of_home(environ: Mapping[str, str]) -> Span:
    start(home_from(environ), environ)
    from powercx.apps.core.queries import audit  # noqa: PLC0415 - once the home is open

    audit.check()
    return audit.span_of(audit.AuditWish())
