"""``powercx refresh``: from what has been loaded to published measures."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from powercx.analytics.measures.refresh import RefreshReport, refresh
from powercx.base.home import home_from
from powercx.base.messages import say
from powercx.cli import output


@click.command("refresh")
@click.option("--full", is_flag=True, help="全部重算 · compute everything anew")
@click.option("--engine", metavar="URL", help="duckdb | local-spark | spark://host:port")
@click.option("--json", "as_json", is_flag=True, help="JSON")
@click.pass_context
def command(ctx: click.Context, *, full: bool, engine: str | None, as_json: bool) -> None:
    """把已加载的数据算成指标 · Bring the published measures up to date."""
    home = home_from(output.environ_of(ctx))
    now = datetime.now(UTC)
    report = refresh(home, at=now, full=full, engine=engine, progress=output.progress)
    output.done()
    if as_json:
        output.as_json(report.to_json())
    else:
        _print(report)


def _print(report: RefreshReport) -> None:
    rows = [[s.name, f"{s.rows:,}", f"{s.seconds:.2f}"] for s in report.steps]
    if rows:
        head = [say("cli.step"), say("cli.rows"), say("cli.seconds")]
        output.table(head, rows, right=(1, 2))
    mode = say(f"cli.mode_{report.mode}")
    days = say("cli.days", first=report.first, last=report.last) if report.first else ""
    if report.mode == "incremental" and not report.steps:
        days = say("cli.nothing_new")
    click.echo(say("cli.refreshed", mode=mode, days=days, seconds=f"{report.seconds:.2f}"))
