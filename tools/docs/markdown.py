"""Small pieces of Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

MADE = "<!-- Made by `make docs`; changes belong into the source it names. -->"


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table; empty cells stay empty, bars and line ends in a cell are kept from breaking it."""
    lines = [_row(head), _row(["---"] * len(head))]
    lines += [_row(row) for row in rows]
    return "\n".join(lines)


def code(text: object) -> str:
    return f"`{text}`" if text not in (None, "") else ""


def heading(level: int, anchor: str, text: str) -> str:
    """A heading with an anchor of its own, the same in every renderer."""
    return f'<a id="{anchor}"></a>\n\n{"#" * level} {text}'


def document(title: str, *blocks: str) -> str:
    return "\n\n".join([f"# {title}", MADE, *(block for block in blocks if block)]) + "\n"


def _row(cells: Iterable[object]) -> str:
    return "| " + " | ".join(_cell(cell) for cell in cells) + " |"


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    return " ".join(text.split()).replace("|", "\\|")
