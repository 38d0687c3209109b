"""``powercx restore``: a home back from its backup, or a trial of it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from powercx.base.home import Home, home_from
from powercx.base.messages import say
from powercx.cli import output
from powercx.cli.main import FAILED
from powercx.jobs.copies.restore import Restored, restore, try_out


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--home",
    "folder",
    type=click.Path(path_type=Path),
    help="恢复到哪里，默认 POWERCX_HOME · where to; POWERCX_HOME when not given",
)
@click.option(
    "--keys",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="另存的密钥文件 keyring.json · the key file that was kept apart",
)
@click.option("--replace", is_flag=True, help="原有目录改名让位 · move what is there aside")
@click.option(
    "--check", is_flag=True, help="只演练：恢复到临时目录，打开，核对 · only try: open and compare"
)
@click.option("--json", "as_json", is_flag=True, help="JSON")
@click.pass_context
def command(
    ctx: click.Context,
    /,
    *,
    file: Path,
    folder: Path | None,
    keys: Path | None,
    replace: bool,
    check: bool,
    as_json: bool,
) -> None:
    """从备份恢复 · Bring a home back from its backup, or try whether it can be."""
    environ = output.environ_of(ctx)
    home = Home(folder.absolute()) if folder else home_from(environ)
    now, tell = datetime.now(UTC), output.progress
    if check:
        found = try_out(file, at=now, keys=keys, tell=tell)
    else:
        found = restore(file, home, environ=environ, at=now, keys=keys, replace=replace, tell=tell)
    output.done()
    if as_json:
        output.as_json(_json(found))
    else:
        _print(found)
    if not all(each.same for each in found.compared):
        ctx.exit(FAILED)


def _print(found: Restored) -> None:
    for each in found.compared:
        if not each.same:
            found_text = "—" if each.found is None else each.found
            click.echo(say("restore.differs", what=each.what, wanted=each.wanted, found=found_text))
    if found.home is None:
        _print_trial(found)
    else:
        seconds = f"{found.seconds:.1f}"
        click.echo(say("restore.done", home=found.home.path, seconds=seconds))
        if found.moved:
            click.echo(say("restore.moved", folder=found.moved))
        if not found.keys:
            click.echo(say("restore.keys_wanted", folder=found.home.keys))


def _print_trial(found: Restored) -> None:
    for line in found.opened:
        output.line(f"✓ {line}")
    for line in found.left:
        output.line(f"! {line}")
    same = sum(each.same for each in found.compared)
    click.echo(
        say(
            "restore.tried",
            made_at=found.manifest.made_at,
            same=same,
            all=len(found.compared),
            seconds=f"{found.seconds:.1f}",
        )
    )


def _json(found: Restored) -> dict[str, object]:
    return {
        "home": str(found.home.path) if found.home else None,
        "moved": str(found.moved) if found.moved else None,
        "made_at": found.manifest.made_at,
        "files": len(found.manifest.files),
        "keys": found.keys,
        "compared": [
            {"what": each.what, "wanted": each.wanted, "found": each.found, "same": each.same}
            for each in found.compared
        ],
        "opened": found.opened,
        "left": found.left,
        "seconds": found.seconds,
    }
