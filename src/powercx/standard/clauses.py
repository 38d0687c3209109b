"""The guideline's clauses 4 to 11 and their list items, so that everything can say whom it serves.

The guideline says 宜 ("should") throughout: each row is advice. Whoever assesses conformity may
find a row not adopted, with a reason, but never "non-conforming".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

from powercx.base.errors import UserError
from powercx.base.identifiers import suggestion
from powercx.base.messages import language

FILE = Path(__file__).with_name("clauses.yaml")
CHAPTERS = ("4", "5", "6", "7", "8", "9", "10", "11")
# The C loader reads the file in a tenth of the time; wheels of PyYAML have it, some builds do not.
_Loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Text(BaseModel):
    """One text in both languages."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)

    def __str__(self) -> str:
        return self.zh if language() == "zh" else self.en


class Clause(BaseModel):
    """A clause (it has a heading) or an item of one of its lists; ``summary`` is in our words.

    ``note`` tells a defect of the guideline's text and how it is read here.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    number: str = Field(pattern=r"^\d+(\.\d+)*(\.[a-z])?$")
    kind: Literal["clause", "item"]
    parent: str | None
    title: Text
    summary: Text
    note: Text | None = None

    @property
    def chapter(self) -> str:
        """The number's first part, "4" to "11"."""
        return self.number.split(".")[0]


def load(path: Path = FILE) -> Mapping[str, Clause]:
    """Read and check the rows of ``path``; the answer keeps the order of the text.

    :raises ValueError: a row is malformed, a number comes twice, or a parent is missing, stands
        later, is an item, or does not begin the number of its child.
    """
    rows = yaml.load(path.read_text("utf-8"), Loader=_Loader)  # noqa: S506 - a safe loader
    found: dict[str, Clause] = {}
    for row in rows:
        read = Clause.model_validate(row)
        _check(read, found)
        found[read.number] = read
    return MappingProxyType(found)


def _check(row: Clause, before: Mapping[str, Clause]) -> None:
    if row.number in before:
        raise ValueError(f"{row.number} comes twice")
    if row.parent is None:
        if row.number not in CHAPTERS:
            raise ValueError(f"{row.number} has no parent and is no chapter")
        return
    parent = before.get(row.parent)
    if parent is None or parent.kind == "item" or not row.number.startswith(f"{row.parent}."):
        raise ValueError(f"{row.number} cannot stand under {row.parent}")


CLAUSES: Mapping[str, Clause] = load()


def clause(number: str) -> Clause:
    """Return the row of ``number``, for example "8.8" or "7.4.d".

    :raises UserError: ``standard.unknown_clause`` with the nearest numbers.
    >>> clause("7.4.d").parent
    '7.4'
    """
    if number not in CLAUSES:
        raise UserError(
            "standard.unknown_clause", number=number, nearest=suggestion(number, CLAUSES)
        )
    return CLAUSES[number]


def beneath(number: str) -> Iterable[Clause]:
    """Yield the rows under ``number``, at any depth, in the order of the text.

    >>> [row.number for row in beneath("11.1")]
    ['11.1.a', '11.1.b', '11.1.c', '11.1.d', '11.1.e']
    """
    within = f"{clause(number).number}."
    return (row for row in CLAUSES.values() if row.number.startswith(within))
