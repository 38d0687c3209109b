"""Tables and JSON on the terminal."""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

import click


def as_json(data: object) -> None:
    """One JSON document on stdout; numbers at full precision, dates as ISO text."""
    click.echo(json.dumps(data, ensure_ascii=False, default=str, indent=2))


def table(
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    right: Sequence[int] = (),
    indent: int = 0,
) -> None:
    """A plain table; columns numbered in ``right`` are set flush right, as numbers are."""
    lines = [list(head), *[list(row) for row in rows]]
    widths = [max(_width(line[i]) for line in lines) for i in range(len(head))]
    for number, texts in enumerate(lines):
        cells = [_pad(cell, widths[i], right=i in right) for i, cell in enumerate(texts)]
        line("  ".join(cells).rstrip(), indent)
        if number == 0:
            line("  ".join("─" * width for width in widths), indent)


def pairs(rows: Sequence[tuple[str, str]], *, indent: int = 0) -> None:
    """What is said of one thing: names, and beside them the texts."""
    width = max((_width(name) for name, _ in rows), default=0)
    for name, text in rows:
        line(f"{_pad(name, width, right=False)}  {text}", indent)


def line(text: str, indent: int = 0) -> None:
    """One line, ``indent`` places in."""
    click.echo(" " * indent + text)


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _pad(text: str, width: int, *, right: bool) -> str:
    space = " " * (width - _width(text))
    return space + text if right else text + space


def progress(what: str, share: float) -> None:
    """A line on stderr that is rewritten in place; silent when stderr is no terminal."""
    if sys.stderr.isatty():
        click.echo(f"\r\033[K{what}  {share:.0%}", err=True, nl=False)


def done() -> None:
    """End the line of ``progress``."""
    if sys.stderr.isatty():
        click.echo("\r\033[K", err=True, nl=False)


def environ_of(ctx: click.Context) -> Mapping[str, str]:
    """The environment the command line was called with."""
    found: Any = ctx.find_root().obj
    return dict(found)
