"""A home refreshed after every load gives the very same figures as one that saw all at once."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from measures.oracle import PARENTS
from measures.random_city import RandomCity
from support.figures import NOW
from support.lake import FactWriter, local_day, write_labels

from powercx.analytics.definitions.catalogue import Catalogue
from powercx.analytics.lake.catalogue import REFERENCES, TABLES
from powercx.analytics.measures import service
from powercx.base.home import Home

CUTS = [date(2025, 2, 20), date(2025, 3, 25), date(2025, 3, 26), date(2100, 1, 1)]
PERIODS = ["2024-02", "2025-01", "2025-02", "2025-03", "2025Q1", "2025-W09", "2025-03-24"]


def test_loads_refreshed_one_by_one_give_what_one_refresh_of_all_gives(
    random_city: RandomCity, session: service.Session, home: Home
):
    writer, modes = FactWriter(home), []
    begin = date.min
    for cut in CUTS:
        for name, rows in random_city.tables.items():
            _load(writer, name, rows, begin, cut)
        if cut == CUTS[-1]:
            write_labels(home, random_city.labels)
        modes.append(service.refresh(home, at=NOW).mode)
        begin = cut

    assert modes == ["full", *["incremental"] * (len(CUTS) - 1)]
    with service.open_session(home) as opened:
        for key in Catalogue().measures:
            assert (key, _figures(opened, key)) == (key, _figures(session, key))


def _load(writer: FactWriter, name: str, rows: list[dict[str, Any]], begin: date, cut: date):
    """The rows of the days between; before the last cut, some as they were at first."""
    table = TABLES[name]
    if table in REFERENCES:
        new = [row for row in rows if begin <= (row.get("valid_from") or date.min) < cut]
    else:
        dated = [(row, _day(row, table.day)) for row in rows]
        new = [row for row, day in dated if begin <= day < cut]
        if cut != CUTS[-1]:
            new = [_at_first(row) if n % 7 == 0 else row for n, row in enumerate(new)]
        else:
            # What was loaded as it was at first comes again, corrected.
            new = rows
    if new:
        writer.write(table, new)


def _day(row: dict[str, Any], column: str) -> date:
    value = row[column]
    return local_day(value) if isinstance(value, datetime | str) else value


def _at_first(row: dict[str, Any]) -> dict[str, Any]:
    """The row before its outcome was known."""
    unknown = (
        "completed_at",
        "arrived_at",
        "restored_at",
        "paid_on",
        "resolved",
        "value",
        "renewed",
    )
    return {**row, **{name: None for name in unknown if name in row}}


def _figures(session: service.Session, key: str) -> list[Any]:
    rows = session.show(key, orgs=list(PARENTS), periods=PERIODS).rows
    return [_same_digits(row.to_json()) for row in rows]


def _same_digits(row: dict[str, Any]) -> dict[str, Any]:
    """Bounds from sums of doubles over customers differ in the last digit by the order of rows."""
    bounds = {name: row[name] and float(f"{row[name]:.12g}") for name in ("low", "high")}
    return {**row, **bounds}
