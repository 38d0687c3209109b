"""``powercx demo``: a simulated city, loaded, computed, its measures shown and served."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import click

from powercx.analytics.measures.service import Session, open_session
from powercx.base import units
from powercx.base.home import VARIABLE, Home
from powercx.base.messages import say
from powercx.cli import output
from powercx.cli.explanation import name_of
from powercx.cli.ports import free_port
from powercx.jobs.demo import PASSWORD, DemoCity, DemoReport, run_demo

_KINDS = ("interaction", "perception", "behaviour", "outcome")


@click.command("demo")
@click.option(
    "--dir", "folder", default="powercx-demo", show_default=True, type=click.Path(path_type=Path)
)
@click.option("--customers", default=20_000, show_default=True, type=int)
@click.option("--months", default=12, show_default=True, type=int)
@click.option("--seed", default=1, show_default=True, type=int)
@click.option("--no-serve", is_flag=True, help="算完即止 · end when all is computed")
@click.option(
    "--port",
    default=8000,
    show_default=True,
    type=click.IntRange(1, 65535),
    help="端口，被占用时取下一个 · or the next free one",
)
@click.option("--json", "as_json", is_flag=True, help="JSON")
@click.pass_obj
def command(
    environ: Mapping[str, str],
    /,
    *,
    folder: Path,
    customers: int,
    months: int,
    seed: int,
    no_serve: bool,
    port: int,
    as_json: bool,
) -> None:
    """模拟一座城市，载入、计算并打开网页 · A simulated city, loaded, computed and served."""
    city = DemoCity(customers, months, seed)
    report = run_demo(
        folder.absolute(), city, environ=environ, at=datetime.now(UTC), tell=output.progress
    )
    output.done()
    free = None if no_serve else free_port(port)
    address = f"http://localhost:{free}/" if free else None
    with open_session(report.home) as session:
        if as_json:
            output.as_json(_json(report, session, address))
        else:
            _print(report, session)
            _print_accounts(report)
    if free is not None:
        if "SSH_CONNECTION" in environ and not as_json:
            click.echo(f"\n{say('demo.tunnel', port=free)}")
        _serve(report.home, environ, free)


def _serve(home: Home, environ: Mapping[str, str], port: int) -> None:
    """Become ``powercx serve``: a server must not fork from a process that has computed."""
    sys.stdout.flush()
    words = ["serve", "--port", str(port), "--with-worker"]
    here = {**os.environ, **environ, VARIABLE: str(home.path)}
    os.execve(sys.executable, [sys.executable, "-m", "powercx", *words], here)  # noqa: S606 - ourselves


def _print_accounts(report: DemoReport) -> None:
    click.echo(f"\n{say('demo.accounts', password=PASSWORD)}")
    head = [say(f"demo.{word}") for word in ("username", "name", "role", "unit")]
    rows = [
        [each.username, each.name, say(f"role.{each.role.value}"), each.org or say("demo.company")]
        for each in report.accounts
    ]
    output.table(head, rows)


def _json(report: DemoReport, session: Session, address: str | None) -> dict[str, object]:
    answers = [session.show(key, by="org").to_json() for key in _keys(session)]
    return {
        "home": str(report.home.path),
        "exports": str(report.exports),
        "truth": str(report.truth),
        "seconds": report.seconds,
        "loads": [each.to_json() for each in report.loads],
        "refresh": report.refresh.to_json(),
        "measures": answers,
        "accounts": [
            {"username": each.username, "name": each.name, "role": each.role, "org": each.org}
            for each in report.accounts
        ],
        "password": PASSWORD,
        "address": address,
    }


def _keys(session: Session) -> list[str]:
    """Measures in the order of the four kinds of clause 8.8."""
    files = session.catalogue.measures.values()
    return [
        file.measure.key
        for kind in _KINDS
        for file in sorted(files, key=lambda f: f.measure.key)
        if file.measure.kind == kind
    ]


def _print(report: DemoReport, session: Session) -> None:
    read = sum(each.read for each in report.loads)
    loaded = sum(each.loaded for each in report.loads)
    aside = sum(each.quarantined for each in report.loads)
    click.echo(
        say("demo.done", read=f"{read:,}", loaded=f"{loaded:,}", aside=f"{aside:,}")
        + "  "
        + ", ".join(f"{say(f'demo.{k}')} {v:.1f} s" for k, v in report.seconds.items())
    )
    period = session.last_month().label
    root = session.tree.roots[0]
    units_shown = [root, *(u for u in session.tree.children(root) if u in session.tree.names)]
    for kind in _KINDS:
        click.echo(f"\n{say(f'demo.kind_{kind}')} · {period}")
        head = [say("cli.measure"), "", *(session.tree.names[u] for u in units_shown)]
        rows = [
            _row(session, key, units_shown) for key in _keys(session) if _kind(session, key) == kind
        ]
        output.table(head, rows, right=tuple(range(2, len(head))))
    click.echo()
    where = {"home": report.home.path, "exports": report.exports, "truth": report.truth}
    click.echo(say("demo.where", powercx=_called(), **where))


def _called() -> str:
    """How to call powercx from here: by its name alone only where the shell finds it."""
    if shutil.which("powercx"):
        return "powercx"
    called = Path(sys.argv[0])
    return str(called) if called.name == "powercx" else f"{sys.executable} -m powercx"


def _kind(session: Session, key: str) -> str:
    return session.catalogue.measures[key].measure.kind


def _row(session: Session, key: str, shown: list[str]) -> list[str]:
    answer = session.show(key, orgs=shown)
    measure = answer.measure
    values = {f.org: f.value for f in answer.rows if f.segment is None}
    word = units.unit_word(measure.unit)
    name = f"{name_of(measure)} ({word})" if word else name_of(measure)
    cells = [units.number(values.get(u), measure.unit) for u in shown]
    return [key, name, *cells]
