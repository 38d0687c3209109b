"""``powercx doctor``: whether the installation is in order, and what to do where it is not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime

import click

from powercx.base.home import home_from
from powercx.base.messages import say
from powercx.cli import output
from powercx.cli.main import FAILED
from powercx.jobs.doctor.service import Finding, State, examine, title_of

_MARKS = {State.OK: "✓", State.WARN: "!", State.FAIL: "✗"}


@click.command("doctor")
@click.option(
    "--fix",
    is_flag=True,
    help="修好可以放心自动修的 · mend what is safe: rights, folders, loads left half-done",
)
@click.option("--json", "as_json", is_flag=True, help="JSON")
@click.pass_context
def command(ctx: click.Context, *, fix: bool, as_json: bool) -> None:
    """检查安装是否正常 · Check the installation and say what to do."""
    environ: Mapping[str, str] = output.environ_of(ctx)
    found = examine(
        home_from(environ),
        environ=environ,
        at=datetime.now(UTC),
        fix=fix,
        heard=None if as_json else _tell,
    )
    counts = Counter(finding.state for finding in found.values())
    if as_json:
        output.as_json(_json(found, counts))
    else:
        totals = {state.value: counts[state] for state in State}
        click.echo(say("doctor.summary", **totals))
    if counts[State.FAIL]:
        ctx.exit(FAILED)


def _tell(key: str, finding: Finding) -> None:
    output.line(f"{_MARKS[finding.state]} {title_of(key)}: {finding.found}")
    if finding.fixed:
        output.line(say("doctor.mended", what=finding.fixed), 2)
    if finding.remedy:
        output.line(f"→ {finding.remedy}", 2)


def _json(found: Mapping[str, Finding], counts: Mapping[State, int]) -> dict[str, object]:
    checks = [
        {
            "check": key,
            "state": finding.state.value,
            "found": finding.found,
            "remedy": finding.remedy or None,
            "fixed": finding.fixed or None,
        }
        for key, finding in found.items()
    ]
    return {"checks": checks, **{state.value: counts[state] for state in State}}
