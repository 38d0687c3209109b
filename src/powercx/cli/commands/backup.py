"""``powercx backup``: the whole home in one file, while it is in use."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from powercx.base.home import home_from
from powercx.base.messages import say
from powercx.cli import output
from powercx.jobs.copies.backup import Backup, back_up

_MB = 1024**2


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--with-keys", is_flag=True, help="连同密钥 · the keys too, in the same file")
@click.option("--json", "as_json", is_flag=True, help="JSON")
@click.pass_context
def command(ctx: click.Context, /, *, file: Path, with_keys: bool, as_json: bool) -> None:
    """备份整个工作目录（.tar 或 .tar.zst） · The whole home into FILE, while it is in use."""
    if not file.name.endswith((".tar", ".tar.zst")):
        raise click.UsageError(say("backup.name"))
    environ = output.environ_of(ctx)
    done = back_up(
        home_from(environ),
        file.absolute(),
        environ=environ,
        at=datetime.now(UTC),
        with_keys=with_keys,
        tell=output.progress,
    )
    output.done()
    if as_json:
        output.as_json(_json(done))
        return
    held = done.manifest
    click.echo(
        say(
            "backup.done",
            file=done.file,
            size=f"{done.size / _MB:,.1f}",
            files=f"{len(held.files):,}",
            rows=f"{sum(held.tables.values()):,}",
            records=f"{sum(held.records.values()):,}",
            seconds=f"{done.seconds:.1f}",
        )
    )
    click.echo(say("backup.keys_inside" if held.keys else "backup.keys_apart"))


def _json(done: Backup) -> dict[str, object]:
    held = done.manifest
    return {
        "file": str(done.file),
        "bytes": done.size,
        "files": len(held.files),
        "tables": dict(held.tables),
        "database": held.database,
        "records": dict(held.records),
        "audit": {"seq": held.audit[0], "hash": held.audit[1]},
        "keys": held.keys,
        "seconds": done.seconds,
    }
