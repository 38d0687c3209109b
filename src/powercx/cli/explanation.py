"""An explanation on the terminal: each part indented beneath the figure it belongs to."""

from __future__ import annotations

from collections.abc import Sequence

import click

from powercx.analytics.definitions.measures import Measure
from powercx.analytics.measures.explanation import Explanation, Members, Record, Rows
from powercx.base import units
from powercx.base.messages import language, say
from powercx.cli import output

_STEP = 4
Line = tuple[str, str]


def print_explanation(found: Explanation, *, indent: int = 0) -> None:
    """Definition, rows, data and a sample, then the populations and parts the same way."""
    click.echo()
    if found.part is not None:
        output.line(_headline(found), indent)
    # A share of a stock counts its population, which is shown below.
    rows = Rows() if any(one.rows is found.rows for one in found.populations) else found.rows
    _lines([*_definition(found), *_rows(rows), *_made(found)], indent)
    _sample(rows, indent)
    for one in found.populations:
        _print_population(one, indent + _STEP)
    for part in found.parts:
        print_explanation(part, indent=indent + _STEP)


def name_of(measure: Measure) -> str:
    """The measure's name in the reader's language."""
    return _text(measure.name.zh, measure.name.en)


def _headline(found: Explanation) -> str:
    """``▸ name · key = value``, and what it gives to the whole."""
    figure, part = found.figure, found.part
    value = "–" if figure.value is None else units.number(figure.value, found.measure.unit)
    segment = f" {figure.segment}" if figure.segment else ""
    text = f"▸ {name_of(found.measure)} · {found.measure.key}{segment} · {figure.period.label}"
    if part is None or part.share is None:
        return f"{text} = {value}"
    share = part.share
    score, given = ("–" if n is None else f"{n:.4g}" for n in (share.score, share.contribution))
    shared = say("explain.share", weight=f"{share.weight:.4f}", score=score, given=given)
    return f"{text} = {value}  {shared}"


def _definition(found: Explanation) -> list[Line]:
    measure, figure = found.measure, found.figure
    codes = [figure.reason] if figure.reason else []
    notes = [*codes, *figure.notes, *found.notes]
    lines = [
        ("form", found.form),
        ("filter", getattr(measure, "filter", None) or ""),
        *(_origin(found) if found.part is None or found.part.of != measure.key else []),
        ("terms", ", ".join(f"{k} = {_number(v)}" for k, v in figure.terms.items())),
    ]
    if found.part is None:
        why = "" if measure.why is None else _text(measure.why.zh, measure.why.en)
        return [("why", why), *lines]
    parts = [("numerator", _number(figure.numerator)), ("denominator", _number(figure.denominator))]
    noted = ("note", "; ".join(_note(code) for code in notes))
    return [*lines, *(parts if figure.numerator is not None else []), noted]


def _origin(found: Explanation) -> list[Line]:
    return [
        ("clause", found.measure.clause),
        ("source", found.measure.source),
        ("definition", f"{found.version}  {found.file}"),
        ("rules", "; ".join(_rule(rule) for rule in found.rules)),
    ]


def _made(found: Explanation) -> list[Line]:
    shares = found.figure.shares.items()
    given = ((k, s.contribution) for k, s in shares if s.contribution is not None)
    lines = [("shares", ", ".join(f"{k} {n:.4g}" for k, n in given))]
    if found.part is None:
        lines.append(("note", "; ".join(_note(code) for code in found.notes)))
    return lines


def _rows(rows: Rows) -> list[Line]:
    """Lines of what explanations and populations share."""
    return [
        ("counted", "" if rows.counted is None else f"{rows.counted:,}"),
        ("left_out", ", ".join(f"{_reason(k)} {n:,}" for k, n in rows.left_out.items())),
        ("data", ", ".join(f"{k} v{v}" for k, v in rows.versions.items())),
        ("loads", ", ".join(rows.loads)),
    ]


def _print_population(one: Members, indent: int) -> None:
    click.echo()
    words = {"role": say(f"cli.{one.role}"), "at": say(f"explain.at_{one.at}")}
    value = _number(one.value)
    output.line(say("explain.population", name=one.name, value=value, **words), indent)
    _lines(_rows(one.rows), indent)
    _sample(one.rows, indent)


def _lines(lines: Sequence[Line], indent: int) -> None:
    shown = [(say(f"cli.{word}"), text) for word, text in lines if text]
    output.pairs(shown, indent=indent)


def _sample(rows: Rows, indent: int) -> None:
    if not rows.sample:
        return
    output.line(f"{say('cli.sample')}:", indent)
    head = list(rows.sample[0])
    output.table(head, [[_cell(row, name) for name in head] for row in rows.sample], indent=indent)


def _reason(code: str) -> str:
    kind, _, column = code.partition(":")
    return say(f"left_out.{kind}", column=column)


def _note(code: str) -> str:
    kind, _, year = code.partition(":")
    return say(kind, year=year)


def _rule(rule: Record) -> str:
    return f"{rule['item']}: {rule['values']} {rule['unit']} ({rule['form']}, {rule['ruleset']})"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:,.10g}"


def _text(zh: str, en: str) -> str:
    return zh if language() == "zh" else en


def _cell(row: Record, name: str) -> str:
    value = row[name]
    if name == "why" and value is not None:
        return _reason(str(value))
    return "" if value is None else str(value)
