"""What segments and columns are called: of a class, a channel, a kind of order."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from powercx.analytics.definitions.codes import CodeList, code_list
from powercx.analytics.definitions.measures import Text
from powercx.analytics.lake.catalogue import TABLES
from powercx.analytics.lake.schema import Column
from powercx.base.messages import language, say

_CLASS = "usage_category"


class Words:
    """Names in the reader's language, of columns and of the codes in them; ``catalog`` of a home.

    What has no name stands for itself.
    """

    def __init__(self, catalog: Path) -> None:
        self._catalog = catalog
        self._lists: dict[str, CodeList] = {}

    @staticmethod
    def text(text: Text) -> str:
        """The side of a definition's text that the reader reads."""
        return text.zh if language() == "zh" else text.en

    def column(self, name: str) -> str:
        """What a column is called."""
        known = self._columns.get(name)
        if known is None:
            return name
        return known.zh if language() == "zh" else known.en

    def segment(self, column: str, code: str | None) -> str:
        """What a segment by ``column`` is called; one without a code is "not stated"."""
        if code is None:
            return say("segment.none")
        known = self._columns.get(column)
        if known is None or known.codes is None:
            return code
        if known.codes not in self._lists:
            self._lists[known.codes] = code_list(known.codes, self._catalog)
        names = self._lists[known.codes].codes.get(code)
        if names is None:
            return code
        return names.zh if language() == "zh" else names.en

    @cached_property
    def _columns(self) -> dict[str, Column]:
        """Columns by name, the one of the first table that tells codes."""
        found: dict[str, Column] = {}
        for table in TABLES.values():
            for column in table.columns:
                if column.name not in found or (column.codes and not found[column.name].codes):
                    found[column.name] = column
        return {**found, "class": found[_CLASS]}
