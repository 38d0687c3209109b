"""Which table a file holds, and which of its heads is which column, told by their names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import PurePath

from powercx.analytics.lake.catalogue import TABLES
from powercx.analytics.lake.schema import LakeTable
from powercx.base.errors import UserError

_UNITS = re.compile(r"\(.*?\)|\[.*?\]|【.*?】")
_NOISE = re.compile(r"[\s_\-.:*#/]+")
_LETTER = re.compile(r"[^\W\d_]")
_CLEAR = 2


@dataclass(frozen=True, slots=True)
class Match:
    """Heads of a file beside the columns of a table.

    ``columns``: canonical column -> head. ``twice``: canonical column -> the heads that all claim
    it. ``missing``: required columns without a head. ``ignored``: heads that are no column.
    """

    columns: dict[str, str]
    twice: dict[str, list[str]] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)


def fold_head(head: str) -> str:
    """A head without case, width, spaces, underscores and units in brackets.

    >>> fold_head("用电量（kWh）"), fold_head("Customer_ID ")
    ('用电量', 'customerid')
    """
    plain = unicodedata.normalize("NFKC", head).casefold()
    return _NOISE.sub("", _UNITS.sub("", plain)) or _NOISE.sub("", plain)


@cache
def words_of(table: str) -> dict[str, str]:
    """Canonical column by every folded word for it; names before labels before synonyms."""
    columns = TABLES[table].columns
    found: dict[str, str] = {}
    for column in columns:
        found.setdefault(fold_head(column.name), column.name)
    for column in columns:
        found.setdefault(fold_head(column.zh), column.name)
    for column in columns:
        for synonym in column.synonyms:
            found.setdefault(fold_head(synonym), column.name)
    for column in columns:
        found.setdefault(fold_head(column.en.split(",")[0]), column.name)
    return found


def match_heads(table: LakeTable, heads: Sequence[str], *, given: Collection[str] = ()) -> Match:
    """Find the columns of ``table`` among ``heads``, but not those that are ``given`` otherwise."""
    words = words_of(table.name)
    claims: dict[str, list[str]] = {}
    ignored: list[str] = []
    for head in heads:
        column = words.get(fold_head(head))
        if column is None or column in given:
            ignored.append(head)
        else:
            claims.setdefault(column, []).append(head)
    columns = {column: found[0] for column, found in claims.items()}
    missing = [
        c.name
        for c in table.columns
        if c.required and c.name not in columns and c.name not in given
    ]
    twice = {column: found for column, found in claims.items() if len(found) > 1}
    return Match(columns, twice, missing, ignored)


def table_by_name(name: str) -> LakeTable | None:
    """The table that a file's or sheet's name begins with: ``bill-2025-03``, ``日用电量2025年``."""
    stem = unicodedata.normalize("NFKC", name).casefold().strip()
    best: tuple[int, LakeTable] | None = None
    for table in TABLES.values():
        for alias in (table.name, table.zh, *table.aliases):
            if _begins(stem, alias.casefold()) and (best is None or len(alias) > best[0]):
                best = (len(alias), table)
    return None if best is None else best[1]


def table_by_location(location: str) -> LakeTable | None:
    """As ``table_by_name``, from a path or an address (``...#table`` or ``.../table``)."""
    name = PurePath(location.rsplit("#", 1)[-1]).name
    return table_by_name(name.rsplit(".", 1)[0] if "." in name else name)


def table_by_heads(name: str, heads: Sequence[str]) -> LakeTable:
    """The table whose columns the heads fit best.

    :raises UserError: ``load.unknown_fact`` when none fits, ``load.unclear_fact`` when two do.
    """
    fits = sorted(_fits(heads), key=lambda fit: fit[0], reverse=True)
    if not fits:
        raise UserError("load.unknown_fact", file=name, tables=", ".join(TABLES))
    if len(fits) > 1 and fits[0][0] == fits[1][0]:
        found = ", ".join(table.name for score, table in fits if score == fits[0][0])
        raise UserError("load.unclear_fact", file=name, tables=found)
    return fits[0][1]


def recognisable(table: LakeTable, heads: Sequence[str]) -> bool:
    """Whether a sheet's head is one of ``table`` at all, be it with faults."""
    found = match_heads(table, heads)
    return len(found.columns) >= min(_CLEAR, len(heads))


def _fits(heads: Sequence[str]) -> Iterator[tuple[tuple[int, int], LakeTable]]:
    for table in TABLES.values():
        found = match_heads(table, heads)
        enough = len(found.columns) >= _CLEAR and 2 * len(found.columns) >= len(heads)
        if enough and not found.missing:
            required = sum(column.required for column in table.columns)
            yield (len(found.columns), required), table


def _begins(stem: str, alias: str) -> bool:
    rest = stem[len(alias) :]
    return stem.startswith(alias) and (not rest or not _LETTER.match(rest))
