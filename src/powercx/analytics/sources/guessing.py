"""Which table each sheet of a file holds, and what told so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from powercx.analytics.lake.catalogue import TABLES
from powercx.analytics.lake.schema import LakeTable
from powercx.analytics.sources.heads import recognisable, table_by_heads, table_by_location
from powercx.analytics.sources.readers.sheet import RawSheet
from powercx.base.errors import UserError


class Told(StrEnum):
    """What told the table: the person (or a mapping), a name, or the heads."""

    PERSON = "person"
    SHEET_NAME = "sheet_name"
    FILE_NAME = "file_name"
    HEADS = "heads"


@dataclass(frozen=True, slots=True)
class Guess:
    """A sheet and the table it goes to."""

    sheet: RawSheet
    table: LakeTable
    by: Told


def tables_of(
    file: str, sheets: Sequence[RawSheet], told: LakeTable | None
) -> tuple[list[Guess], list[RawSheet]]:
    """Each sheet with its table, and the sheets whose heads are of none.

    ``told`` is the table that someone named for the file.

    :raises UserError: none of the sheets can be told, or one alone may be of several tables.
    """
    found: list[Guess] = []
    skipped: list[RawSheet] = []
    alone = len(sheets) == 1
    for sheet in sheets:
        guess = Guess(sheet, told, Told.PERSON) if told else _guess(file, sheet, alone=alone)
        if guess is not None and (alone or recognisable(guess.table, sheet.columns)):
            found.append(guess)
        else:
            skipped.append(sheet)
    if sheets and not found:
        raise UserError("load.unknown_fact", file=file, tables=", ".join(TABLES))
    return found, skipped


def _guess(file: str, sheet: RawSheet, *, alone: bool) -> Guess | None:
    own, whole = table_by_location(sheet.name), table_by_location(file.split("#", maxsplit=1)[0])
    named = own or whole
    if named is not None and (alone or recognisable(named, sheet.columns)):
        by_sheet = "#" in sheet.name and own is not None
        return Guess(sheet, named, Told.SHEET_NAME if by_sheet else Told.FILE_NAME)
    try:
        return Guess(sheet, table_by_heads(sheet.name, sheet.columns), Told.HEADS)
    except UserError:
        if alone:
            raise
        return None
