"""Small tables as text, written straight into the lake of a home, as a load would leave them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from powercx.analytics.engine.delta import DeltaStore
from powercx.analytics.engine.workspace import Workspace, workspace
from powercx.analytics.lake import places
from powercx.analytics.lake.schema import PARTITION, Kind, LakeTable, Type
from powercx.analytics.results.contracts import TEXT_LABEL, result_store
from powercx.base.days import Days
from powercx.base.home import Home
from powercx.base.periods import parse_period

ZONE = ZoneInfo("Asia/Shanghai")
Row = Mapping[str, Any]


class FactWriter:
    """Puts rows into lake tables; a row of a known key replaces the one before."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._loads = 0
        self._rows = 0

    def __call__(self, table: LakeTable, text: str) -> None:
        """Write the ``|`` table ``text``; instants are local, an empty cell is null.

        Identifying columns that are not given are numbered through.
        """
        self.write(table, [read_cells(table, cells) for cells in parse_text(text)])

    def write(self, table: LakeTable, rows: Sequence[Row]) -> None:
        """Write rows of Python values (aware instants, dates, numbers, text)."""
        self._loads += 1
        stored = [self._complete(table, row, f"load-{self._loads}") for row in rows]
        schema = places.schema(table)
        with workspace(self._home.staging) as work:
            store = places.store(self._home.lake, table)
            old = store.files()
            work.register("news", pa.Table.from_pylist(stored, schema=schema))
            held = _held(work, [file.path for file in old], schema)
            changed = pa.concat_tables([work.arrow("select * from news"), _replaced(work, held)])
            every = (
                f"select * from {held} where source_key not in (select source_key from news) "
                "union all by name select * from news"
            )
            store.commit(
                schema=schema,
                added=_written(work, store, table, every),
                removed=old,
                about={"load_id": f"load-{self._loads}", **_about(table, changed)},
                at_ms=0,
            )

    def without(self, table: LakeTable, where: str) -> None:
        """Take the rows of a reference table out that meet a condition."""
        with workspace(self._home.staging) as work:
            store = places.store(self._home.lake, table)
            old = store.files()
            held = _held(work, [file.path for file in old], places.schema(table))
            store.commit(
                schema=places.schema(table),
                added=store.write(work, f"select * from {held} where not ({where})"),
                removed=old,
                about={"load_id": "without", "touched": "{}"},
                at_ms=0,
            )

    def _complete(self, table: LakeTable, row: Row, load: str) -> dict[str, Any]:
        self._rows += 1
        full = {column.name: row.get(column.name) for column in table.stored}
        for name in table.key:
            if full[name] is None and name not in {"valid_from", "wave"}:
                full[name] = f"{self._rows}"
        full["source"] = row.get("source") or "test"
        full["source_key"] = "|".join(str(full[name]) for name in table.key)
        for derived in table.local_dates:
            full[derived.name] = local_day(full[derived.of])
        if table.kind is Kind.FACT:
            full[PARTITION] = f"{full[str(table.date_column)]:%Y-%m}"
        return {**full, "load_id": load}


def write_labels(home: Home, rows: Sequence[Row]) -> None:
    """Publish what the models of voice say of utterances."""
    store = result_store(home.lake, "text_label")
    with workspace(home.staging) as work:
        work.register("labels", pa.Table.from_pylist(list(rows), schema=TEXT_LABEL))
        added = store.write(work, "select * from labels order by date")
        store.commit(schema=TEXT_LABEL, added=added, about={}, at_ms=0)


def local_day(value: datetime | str | None) -> date | None:
    """The local day of an instant, or the first day of a period."""
    if isinstance(value, str):
        return parse_period(value).start
    return None if value is None else value.astimezone(ZONE).date()


def parse_text(text: str) -> Iterable[dict[str, str]]:
    """The rows of a ``|`` table as text by column."""
    lines = [line for line in text.splitlines() if line.strip()]
    head = [cell.strip() for cell in lines[0].split("|")]
    for line in lines[1:]:
        yield dict(zip(head, (cell.strip() for cell in line.split("|")), strict=True))


def read_cells(table: LakeTable, cells: Mapping[str, str]) -> dict[str, Any]:
    """Text cells as values of their columns' types; empty ones are left out."""
    return {n: read_cell(table.column(n).type, text) for n, text in cells.items() if text}


def read_cell(kind: Type, text: str) -> Any:
    """One cell; an instant without a zone is local."""
    return _READ.get(kind, str)(text)


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return (at if at.tzinfo else at.replace(tzinfo=ZONE)).astimezone(UTC)


def _first_day(text: str) -> date:
    return parse_period(text).start


_READ: dict[Type, Callable[[str], Any]] = {
    Type.TIME: _instant,
    Type.DATE: _first_day,
    Type.MONTH: _first_day,
    Type.BOOLEAN: {"yes": True, "no": False}.__getitem__,
    Type.ENERGY: Decimal,
    Type.MONEY: Decimal,
    Type.INTEGER: int,
    Type.NUMBER: float,
}


def _held(work: Workspace, files: list[str], schema: pa.Schema) -> str:
    if files:
        return f"read_parquet({files!r}, hive_partitioning = false)"
    work.register("nothing", schema.empty_table())
    return "nothing"


def _replaced(work: Workspace, held: str) -> pa.Table:
    query = f"select * from {held} where source_key in (select source_key from news)"
    return work.arrow(query).cast(work.arrow("select * from news").schema)


def _written(work: Workspace, store: DeltaStore, table: LakeTable, every: str) -> list[Any]:
    order = ", ".join(f'"{name}"' for name in (table.sort or table.key))
    if table.kind is Kind.REFERENCE:
        return store.write(work, f"select * from ({every}) order by {order}")
    found = work.rows(f"select distinct {PARTITION} from ({every}) order by 1")
    return [
        file
        for [month] in found
        for file in store.write(
            work,
            f"select * from ({every}) where {PARTITION} = '{month}' order by {order}",
            partition=month,
        )
    ]


def _about(table: LakeTable, changed: pa.Table) -> dict[str, str]:
    if table.kind is Kind.REFERENCE:
        ids = sorted(set(changed[table.key[0]].to_pylist()))
        return {"changed_ids": json.dumps(ids)}
    touched = {
        field.name: Days.of((d, d) for d in changed[field.name].to_pylist() if d).to_text()
        for field in changed.schema
        if pa.types.is_date(field.type)
    }
    return {"touched": json.dumps(touched)}
