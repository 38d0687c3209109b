"""Answers of surveys that are words where most sources write numbers."""

from __future__ import annotations

from collections.abc import Mapping

from powercx.analytics.lake.catalogue import TABLES
from powercx.analytics.sources.casts import Cell, Ways, typed

ANSWERS = "survey_answer"


def worded_answers(cells: Mapping[str, Cell], ways: Ways) -> dict[str, Cell]:
    """The cells ``value`` and ``text`` with words of ``value`` read as ``text``.

    Only items that are no scale (``choice``, ``text``) are answered in words; elsewhere a word is
    a fault. As ``text`` it is masked. Empty when ``value`` holds numbers by its type.
    """
    value, kind = cells.get("value"), cells.get("item_kind")
    if value is None or kind is None or value.kind != "VARCHAR":
        return {}
    worded = (
        f"(coalesce({typed(kind, ways)}, '') IN ('choice', 'text')"
        f" AND NOT px_blank({value.raw}) AND px_number({value.raw}) IS NULL)"
    )
    text = cells.get("text")
    said = text.text if text is not None else "CAST(NULL AS VARCHAR)"
    both = f"concat_ws(' ', {value.raw}, CASE WHEN NOT px_blank({said}) THEN {said} END)"
    return {
        "value": Cell(value.column, f"CASE WHEN NOT {worded} THEN {value.raw} END", value.kind),
        "text": Cell(
            TABLES[ANSWERS].column("text"),
            f"CASE WHEN {worded} THEN {both} ELSE {said} END",
            "VARCHAR",
        ),
    }
