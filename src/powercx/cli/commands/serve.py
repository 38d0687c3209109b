"""``powercx serve``: the pages and the API, a worker process a core."""

from __future__ import annotations

import importlib
import os
import signal
from collections.abc import Callable, Mapping
from contextlib import nullcontext

import click

from powercx.apps.core.bootstrap import start
from powercx.base.home import VARIABLE, home_from
from powercx.base.messages import say
from powercx.cli import output
from powercx.cli.beside import beside

_PATIENCE_S = 10
"""How long a request may still take once the server has been told to stop."""


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="地址 · address to listen on")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option(
    "--workers", type=click.IntRange(1, 64), help="进程数，默认每核一个 · processes, one a core"
)
@click.option(
    "--with-worker",
    is_flag=True,
    help="同时执行后台任务 · do tasks and keep schedules as well",
)
@click.option("--json", "as_json", is_flag=True, help="JSON")
@click.pass_obj
def command(
    environ: Mapping[str, str],
    /,
    *,
    host: str,
    port: int,
    workers: int | None,
    with_worker: bool,
    as_json: bool,
) -> None:
    """启动网页与接口 · Serve the pages and the API."""
    home = home_from(environ)
    start(home, environ)
    count = workers or os.cpu_count() or 1
    address = f"http://{host}:{port}/"
    if as_json:
        output.as_json({"address": address, "workers": count, "worker": with_worker})
    else:
        click.echo(say("cli.serving", address=address), err=True)
    serve(environ, host=host, port=port, workers=count, with_worker=with_worker)


def serve(
    environ: Mapping[str, str], *, host: str, port: int, workers: int, with_worker: bool
) -> None:
    """Serve the home that ``environ`` names until interrupted; ``with_worker`` does tasks too."""
    from granian.constants import Interfaces  # noqa: PLC0415 - only a server needs it
    from granian.log import LogLevels  # noqa: PLC0415
    from granian.server import Server  # noqa: PLC0415

    # Workers are processes of their own and find the home by its variable.
    os.environ.update(environ)
    os.environ[VARIABLE] = str(home_from(environ).path)
    server = Server(
        "powercx.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=4,
        workers_kill_timeout=_PATIENCE_S,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
    )
    with beside() if with_worker else nullcontext():
        server.serve(target_loader=_application, wrap_loader=False)


def _application() -> Callable[..., object]:
    """What a worker runs. Ctrl+C reaches the whole group: the server alone passes it on.

    A worker that is told twice to stop does not stop at all.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    return importlib.import_module("powercx.wsgi").application  # type: ignore[no-any-return]
