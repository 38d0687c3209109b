"""``powercx init``: makes a home and asks nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path

import click
import yaml

from powercx.apps.core.bootstrap import start
from powercx.base.errors import UserError
from powercx.base.home import Home, home_from
from powercx.base.messages import say

_SHIPPED = Path(__file__).parents[2] / "catalog"
RULESETS = "rulesets"


@click.command()
@click.option("--ruleset", help="规则集 · rule set: national, csg, sgcc_2022, or one of your own")
@click.option("--json", "as_json", is_flag=True, help="JSON on stdout")
@click.pass_obj
def command(environ: Mapping[str, str], ruleset: str | None, *, as_json: bool) -> None:
    """建立工作目录 · Make a home: folders, database, keys; what is there stays."""
    home = home_from(environ)
    if ruleset is not None:
        _check_ruleset(home, ruleset)
    home.create()
    if ruleset is not None and home.config().ruleset != ruleset:
        settings = asdict(replace(home.config(), ruleset=ruleset))
        home.config_file.write_text(yaml.safe_dump(settings, allow_unicode=True), "utf-8")
    start(home, environ)
    # Models can be imported only once the home is open.
    from powercx.apps.core.models import Person  # noqa: PLC0415

    people = Person.objects.count()
    if as_json:
        found = {"home": str(home.path), "ruleset": home.config().ruleset, "people": people}
        click.echo(json.dumps(found))
        return
    click.echo(say("init.done", path=home.path))
    if not people:
        click.echo(say("people.first"))


def _check_ruleset(home: Home, name: str) -> None:
    """:raises UserError: no rule set of this name is shipped, and the home has none of its own."""
    folders = (_SHIPPED / RULESETS, home.catalog / RULESETS)
    known = {file.stem for folder in folders for file in folder.glob("*.yaml")}
    if name not in known:
        raise UserError("init.unknown_ruleset", name=name, known=", ".join(sorted(known)) or "—")
