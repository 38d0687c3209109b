"""``powercx worker``: does tasks and keeps schedules, behind the pages."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from datetime import UTC, datetime
from types import FrameType

import click

from powercx.apps.core.bootstrap import start
from powercx.base.home import home_from
from powercx.base.messages import say
from powercx.cli import output


@click.command("worker")
@click.option(
    "--once", is_flag=True, help="做完到期的任务就退出 · end when nothing is due any more"
)
@click.option("--beside", type=int, hidden=True, help="ends with this process, its parent")
@click.option("--json", "as_json", is_flag=True, help="JSON")
@click.pass_obj
def command(
    environ: Mapping[str, str], /, *, once: bool, beside: int | None, as_json: bool
) -> None:
    """执行后台任务和计划 · Do tasks and keep schedules until stopped."""
    home = home_from(environ)
    start(home, environ)
    # Models can be imported only now.
    from powercx.jobs.worker import Worker  # noqa: PLC0415

    worker = Worker(home, lambda: datetime.now(UTC))

    def end(number: int, frame: FrameType | None) -> None:
        del frame
        worker.stop()
        # Whoever asks twice does not want to wait.
        signal.signal(number, signal.SIG_DFL)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    if once:
        worker.until_idle()
    else:
        click.echo(say("cli.working"), err=True)
        worker.until_stopped(lambda: beside is None or os.getppid() == beside)
    if as_json:
        output.as_json(worker.worked.to_json())
    else:
        click.echo(say("cli.worked", **worker.worked.to_json()))
