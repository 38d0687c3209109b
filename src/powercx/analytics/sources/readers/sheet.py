"""What every reader gives: rows under the heads of their file, and the lines that are no rows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Literal

from powercx.analytics.engine.workspace import Workspace, literal
from powercx.base.errors import UserError

LINE = "__line"
"""Name of the column that ``RawSheet.numbered`` adds; no file may use it as a head."""

MAX_REJECTS = 1_000_000
"""A file with more lines that are no rows is refused: something about it is wrong as a whole."""
SHOWN = 1_000
"""Bytes kept of a line that is too long."""

ReasonCode = Literal["columns", "quoting", "too_long", "encoding", "json"]

_views = count(1)
_PATTERN = re.compile(r"[*?\[\]{}]")


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What a mapping says about a file that cannot, or must not, be guessed.

    ``head_row`` counts from 1: the line of a text file, the row of a sheet, that holds the heads.
    """

    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    head_row: int | None = None


@dataclass(frozen=True, slots=True)
class Reject:
    r"""A line that is no row: ``columns``, ``quoting``, ``too_long``, ``encoding`` or ``json``.

    ``line`` is where it starts in the file, from 1. ``raw`` is its text; of a line that is too
    long only the beginning, and bytes without a meaning are written as ``\xff``.
    """

    line: int
    reason: ReasonCode
    raw: str


@dataclass(slots=True)
class RawSheet:
    """The rows of one file, sheet or table.

    ``name`` is the path, ``path#sheet``, or the address without its password. ``relation`` is the
    name of a view in the workspace, with ``columns`` as heads: stripped, unique whatever their
    case. With ``text`` every column is VARCHAR and an empty cell NULL; without, each column has the
    type it was stored with. A column that holds lists or objects is JSON either way. Rows whose
    cells are all empty are left out.
    """

    name: str
    relation: str
    columns: list[str]
    text: bool
    rejects: list[Reject]
    numbering: Callable[[], str] = field(repr=False)

    def numbered(self) -> str:
        """The same rows with a BIGINT column ``__line``: the name of a view, made when asked for.

        The line of a text file on which the row starts, the row of a sheet, else the row's number;
        all count from 1, heads and blank lines included.
        """
        return self.numbering()


def mostly_broken(name: str, line: int) -> UserError:
    """More than ``MAX_REJECTS`` lines of ``name`` are no rows; ``line`` is the first."""
    return UserError("read.mostly_broken", file=name, most=MAX_REJECTS, line=line)


def identifier(name: str) -> str:
    """``name`` as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def flat(name: str, kind: str) -> str:
    """A column of the type ``kind`` as SQL; lists and objects as JSON, as any source writes them.

    >>> flat("to", "STRUCT(city VARCHAR)")
    'to_json("to")'
    """
    own = identifier(name)
    return f"to_json({own})" if is_nested(kind) else own


def is_nested(kind: str) -> bool:
    """Whether values of the engine's type ``kind`` are lists or objects."""
    return kind.endswith("]") or kind.startswith(("STRUCT(", "MAP(", "UNION("))


def plain_path(work: Workspace, path: Path) -> str:
    """``path`` as an SQL string the engine reads as one file.

    A name like ``bill[1].csv`` would be taken for a pattern, so it is read through a link.
    """
    if not _PATTERN.search(str(path)):
        return literal(path)
    link = work.scratch / f"{new_name()}{path.suffix}"
    link.symlink_to(path.absolute())
    return literal(link)


def new_name() -> str:
    """A name for a view that no other in this process has."""
    return f"source_{next(_views)}"


def view(work: Workspace, sql: str) -> str:
    """Make a view of ``sql`` and return its name."""
    name = new_name()
    work.run(f"CREATE TEMP VIEW {name} AS {sql}")
    return name


def check_heads(name: str, line: int, heads: Sequence[str]) -> list[str]:
    """The heads without the spaces around them.

    ``name`` and ``line`` say where they stand, for the messages. Heads that differ in case only
    count as the same: a mapping could not tell them apart.

    :raises UserError: ``read.blank_heads``, ``read.duplicate_heads`` or ``read.reserved_head``.
    """
    stripped = [head.strip() for head in heads]
    blank = [str(at) for at, head in enumerate(stripped, 1) if not head]
    if blank:
        raise UserError("read.blank_heads", file=name, line=line, positions=", ".join(blank))
    folded = [head.casefold() for head in stripped]
    times = Counter(folded)
    twice = [head for head, low in zip(stripped, folded, strict=True) if times[low] > 1]
    if twice:
        unique = ", ".join(dict.fromkeys(twice))
        raise UserError("read.duplicate_heads", file=name, line=line, columns=unique)
    if LINE in folded:
        raise UserError("read.reserved_head", file=name, line=line, column=LINE)
    return stripped
