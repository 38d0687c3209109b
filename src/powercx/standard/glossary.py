"""The words of powercx: one Chinese, one English, one identifier each."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from powercx.standard.clauses import Text

FILE = Path(__file__).with_name("glossary.yaml")


class Word(BaseModel):
    """One word; ``id`` is what it is called in code, a dash where it has no name there."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    zh: str
    en: str
    id: str

    def holds(self, text: str) -> bool:
        """Whether ``text`` stands in the word, in either language or in code."""
        wanted = text.casefold()
        return any(wanted in side.casefold() for side in (self.zh, self.en, self.id))


class Section(BaseModel):
    """Words of one subject."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: Text
    words: tuple[Word, ...]


@cache
def glossary() -> tuple[Section, ...]:
    """All sections in their order."""
    rows = yaml.safe_load(FILE.read_text("utf-8"))
    return tuple(Section.model_validate(row) for row in rows)
