"""``powercx tidy``: the nightly upkeep of the lake."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from powercx.base.home import home_from
from powercx.base.messages import say
from powercx.cli import output
from powercx.jobs.tidying import tidy_lake


@click.command("tidy")
@click.option("--json", "as_json", is_flag=True, help="JSON")
@click.pass_context
def command(ctx: click.Context, *, as_json: bool) -> None:
    """合并小文件、清除过期文件 · Merge small files, remove files that nothing needs."""
    home = home_from(output.environ_of(ctx))

    def waiting(table: str) -> None:
        click.echo(say("load.waiting", table=table), err=True)

    found = tidy_lake(home, at=datetime.now(UTC), waiting=waiting)
    if as_json:
        output.as_json({"facts": [fact.to_json() for fact in found]})
        return
    busy = [fact for fact in found if fact.months or fact.removed]
    for fact in busy:
        click.echo(say("cli.tidied", **fact.to_json()))
    if not busy:
        click.echo(say("cli.nothing_to_tidy"))
