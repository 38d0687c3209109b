"""``powercx measures``: list, show and explain."""

from __future__ import annotations

from collections.abc import Sequence

import click

from powercx.analytics.definitions.measures import Measure
from powercx.analytics.measures.explain import target_of
from powercx.analytics.measures.figures import Figure
from powercx.analytics.measures.service import Answer, Session, measure_files, open_session
from powercx.base import units
from powercx.base.home import home_from
from powercx.base.messages import say
from powercx.cli import output
from powercx.cli.explanation import name_of, print_explanation


@click.group("measures")
def command() -> None:
    """指标：清单、查看、解释 · Measures: list, show, explain."""


@command.command("list")
@click.option("--kind", type=click.Choice(["interaction", "perception", "behaviour", "outcome"]))
@click.option("--json", "as_json", is_flag=True, help="JSON")
@click.pass_context
def list_measures(ctx: click.Context, *, kind: str | None, as_json: bool) -> None:
    """列出全部指标 · List all measures."""
    files = measure_files(home_from(output.environ_of(ctx)))
    found = [f for f in files.values() if kind in {None, f.measure.kind}]
    found.sort(key=lambda f: (f.measure.kind, f.measure.key))
    if as_json:
        output.as_json(
            {
                "measures": [
                    {
                        **f.measure.model_dump(mode="json", exclude_none=True),
                        "version": f.version,
                        "own": f.own,
                    }
                    for f in found
                ]
            }
        )
        return
    rows = [
        [f.measure.kind, f.measure.key, name_of(f.measure), f.measure.unit, f.measure.better]
        for f in found
    ]
    head = [say(f"cli.{word}") for word in ("kind", "measure", "name", "unit", "better")]
    output.table(head, rows)


@command.command("show")
@click.argument("key")
@click.option("--org", help="ID[,ID] · 供电单位编号")
@click.option("--period", help="2025-03 | 2025Q1 | 2025 | A..B [,…]")
@click.option("--by", help="org | month | class | channel | …")
@click.option("--json", "as_json", is_flag=True, help="JSON")
@click.pass_context
def show_measure(
    ctx: click.Context,
    *,
    key: str,
    org: str | None,
    period: str | None,
    by: str | None,
    as_json: bool,
) -> None:
    """查看一个指标 · Show one measure."""
    with open_session(home_from(output.environ_of(ctx))) as session:
        answer = session.show(key, orgs=_parts(org), periods=_parts(period), by=by)
        if as_json:
            output.as_json(answer.to_json())
        else:
            print_answer(session, answer)
            _tell_behind(session)


@command.command("explain")
@click.argument("key")
@click.option("--org", help="ID · 供电单位编号")
@click.option("--period", help="2025-03 | 2025Q1 | 2025 | A..B")
@click.option("--rows", default=5, show_default=True, type=click.IntRange(0, 200))
@click.option("--json", "as_json", is_flag=True, help="JSON")
@click.pass_context
def explain_measure(
    ctx: click.Context, *, key: str, org: str | None, period: str | None, rows: int, as_json: bool
) -> None:
    """解释一个数是怎么来的 · Explain how a figure came about."""
    with open_session(home_from(output.environ_of(ctx))) as session:
        found = session.explain(key, org=org, period=period, rows=rows)
        if as_json:
            output.as_json(found.to_json())
        else:
            print_answer(session, Answer(found.measure, [found.figure]))
            print_explanation(found)
            _tell_behind(session)


def _tell_behind(session: Session) -> None:
    """Say on stderr that more has been loaded than the figures know of."""
    if session.behind:
        click.echo(say("cli.behind", tables=", ".join(session.behind)), err=True)


def _parts(text: str | None) -> list[str] | None:
    return [part.strip() for part in text.split(",") if part.strip()] if text else None


def print_answer(session: Session, answer: Answer) -> None:
    """One measure as a table, with its unit, direction and targets."""
    measure = answer.measure
    better = say(f"cli.{measure.better}")
    word = units.unit_word(measure.unit)
    click.echo(f"{name_of(measure)} · {measure.key}{f' · {word}' if word else ''} · {better}")
    rows = [figure_row(session, measure, figure) for figure in answer.rows]
    words = ("org", "period", "segment", "value", "interval", "target", "n", "note")
    _table([say(f"cli.{word}") for word in words], rows)


def figure_row(session: Session, measure: Measure, figure: Figure) -> list[str]:
    """The cells of one figure: organisation, period, segment, value, interval, target, n, note."""
    name = session.tree.names.get(figure.org, say("cli.unassigned"))
    interval = ""
    if figure.low is not None:
        low, high = (units.number(v, measure.unit) for v in (figure.low, figure.high))
        interval = f"{low} – {high}"
    target = target_of(measure, figure)
    codes = ([figure.reason] if figure.reason else []) + list(figure.notes)
    return [
        f"{name} {figure.org}",
        figure.period.label,
        figure.segment or "",
        units.number(figure.value, measure.unit) if figure.value is not None else "",
        interval,
        "" if target is None else units.number(target, measure.unit),
        f"{figure.n:,}",
        "; ".join(say(code) for code in codes),
    ]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Leave out columns that are empty in every row."""
    kept = [i for i in range(len(head)) if any(row[i] for row in rows)]
    numbers = (3, 4, 5, 6)
    output.table(
        [head[i] for i in kept],
        [[row[i] for i in kept] for row in rows],
        right=[at for at, i in enumerate(kept) if i in numbers],
    )
