"""``powercx keys``: care for the keys that seal personal data."""

from __future__ import annotations

from collections.abc import Mapping

import click

from powercx.apps.core.bootstrap import start
from powercx.base.home import home_from
from powercx.base.messages import say
from powercx.cli import output


@click.group("keys")
def command() -> None:
    """个人信息的密钥 · The keys that seal personal data."""


@command.command("rotate")
@click.option("--json", "as_json", is_flag=True, help="JSON")
@click.pass_obj
def rotate(environ: Mapping[str, str], /, *, as_json: bool) -> None:
    """换新密钥并重新加密 · Make a new key and seal everything under it; safe to interrupt."""
    home = home_from(environ)
    home.check()
    vault = start(home, environ)
    count = vault.rotate_keys(
        lambda done, total: output.progress(say("cli.rows"), done / max(total, 1))
    )
    output.done()
    if as_json:
        output.as_json({"records": count})
    else:
        click.echo(say("keys.rotated", count=f"{count:,}"))
