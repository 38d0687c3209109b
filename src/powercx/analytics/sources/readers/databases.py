"""Tables of SQLite, DuckDB and PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from functools import cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import adbc_driver_postgresql.dbapi
import adbc_driver_sqlite.dbapi
import pyarrow as pa
from adbc_driver_manager import Error as DriverError
from adbc_driver_manager.dbapi import Connection, Cursor

from powercx.analytics.engine.workspace import EngineError, Workspace, literal
from powercx.analytics.sources.readers.addresses import Address, address_of
from powercx.analytics.sources.readers.parquet import stored_sheet
from powercx.analytics.sources.readers.sheet import (
    LINE,
    RawSheet,
    check_heads,
    flat,
    identifier,
    new_name,
    view,
)
from powercx.analytics.sources.readers.stored import keep
from powercx.base.errors import UserError
from powercx.base.messages import say

_BATCH = {"adbc.sqlite.query.batch_rows": 65_536}
_NATIVE = {
    "smallint",
    "integer",
    "bigint",
    "real",
    "double precision",
    "boolean",
    "date",
    "text",
    "character varying",
    "timestamp without time zone",
    "timestamp with time zone",
}

Sheets = tuple[list[RawSheet], list[str]]


def read_sqlite(work: Workspace, location: str) -> Sheets:
    """Tables of a SQLite file as text: its columns hold values of any type.

    :raises UserError: ``read.database``, ``read.no_table``, ``read.no_tables``; as an ``OSError``,
        a missing or forbidden file.
    """
    address = address_of(location)
    _check_readable(address.path)
    uri = f"file:{quote(str(address.path.absolute()))}?mode=ro"
    connect = partial(adbc_driver_sqlite.dbapi.connect, uri)
    with _cursor(address, connect) as cursor:
        kinds = "type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
        names = _rows(cursor, f"SELECT name FROM sqlite_master WHERE {kinds} ORDER BY name")
        tables = address.chosen([name for (name,) in names])
        cursor.adbc_statement.set_options(**_BATCH)
        return [
            _kept(work, address, table, cursor, _sqlite_query(cursor, table), text=True)
            for table in tables
        ], []


def read_postgresql(work: Workspace, location: str) -> Sheets:
    """Tables of a PostgreSQL database; types the engine does not share come as text.

    A table of the schema ``public`` may be named without it.

    :raises UserError: ``read.database``, ``read.no_table``, ``read.no_tables``.
    """
    address = address_of(location)
    connect = partial(adbc_driver_postgresql.dbapi.connect, address.for_driver)
    with _cursor(address, connect) as cursor:
        found = _rows(
            cursor,
            "SELECT table_schema, table_name FROM information_schema.tables "
            "WHERE table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2",
        )
        known = {_short(schema, table): (schema, table) for schema, table in found}
        if address.table and address.table.startswith("public."):
            address = Address(address.parts, address.table.removeprefix("public."))
        return [
            _kept(work, address, name, cursor, _postgresql_query(cursor, *known[name]), text=False)
            for name in address.chosen(list(known))
        ], []


def read_duckdb(work: Workspace, location: str) -> Sheets:
    """Tables of a DuckDB file, read where they are.

    :raises UserError: ``read.database``, ``read.no_table``, ``read.no_tables``; as an ``OSError``,
        a missing or forbidden file.
    """
    address = address_of(location)
    _check_readable(address.path)
    alias = new_name()
    try:
        work.run(f"ATTACH {literal(address.path)} AS {alias} (TYPE duckdb, READ_ONLY)")
        found = work.rows(
            "SELECT table_schema, table_name FROM information_schema.tables "
            "WHERE table_catalog = ? ORDER BY 1, 2",
            [alias],
        )
        known = {_short(schema, table): (schema, table) for schema, table in found}
        return _attached_tables(work, address, alias, known)
    except EngineError as error:
        raise _refused(address, error) from error


def _attached_tables(
    work: Workspace, address: Address, alias: str, known: Mapping[str, tuple[str, str]]
) -> Sheets:
    sheets, notes = [], []
    for name in address.chosen(list(known)):
        table = ".".join([alias, *map(identifier, known[name])])
        try:
            sheets.append(_attached(work, address, name, table))
        except EngineError as error:  # a view may lean on what is not there any more
            if address.table:
                raise
            reason = address.scrubbed(str(error))
            notes.append(say("read.skipped_table", file=address.name(name), reason=reason))
    return sheets, notes


def _attached(work: Workspace, address: Address, name: str, table: str) -> RawSheet:
    stored = dict(work.columns(f"SELECT * FROM {table}"))
    columns = check_heads(address.name(name), 1, list(stored))
    named = ", ".join(
        f"{flat(old, kind)} AS {identifier(new)}"
        for (old, kind), new in zip(stored.items(), columns, strict=True)
    )
    relation = view(work, f"SELECT {named} FROM {table}")

    def numbered() -> str:
        return view(work, f"SELECT {named}, row_number() OVER () AS {LINE} FROM {table}")

    return RawSheet(
        address.name(name), relation, columns, text=False, rejects=[], numbering=cache(numbered)
    )


def _check_readable(path: Path) -> None:
    with path.open("rb"):
        """Opening tells a missing or forbidden file, which drivers report as their own faults."""


@contextmanager
def _cursor(address: Address, connect: Callable[[], Connection]) -> Iterator[Cursor]:
    try:
        with closing(connect()) as connection, closing(connection.cursor()) as cursor:
            yield cursor
    except (DriverError, pa.ArrowException) as error:
        raise _refused(address, error) from error


def _refused(address: Address, error: Exception) -> UserError:
    reason = address.scrubbed(str(error))
    return UserError("read.database", file=address.shown, reason=reason)


def _rows(cursor: Cursor, sql: str) -> list[tuple[Any, ...]]:
    cursor.execute(sql)
    rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _kept(
    work: Workspace,
    address: Address,
    table: str,
    cursor: Cursor,
    sql: str,
    *,
    text: bool,
) -> RawSheet:
    cursor.execute(sql)
    with cursor.fetch_record_batch() as reader:
        path = keep(work, reader.schema, reader)
    return stored_sheet(work, address.name(table), path, text=text)


def _sqlite_query(cursor: Cursor, table: str) -> str:
    columns = _rows(cursor, f"SELECT name FROM pragma_table_xinfo({literal(table)})")
    texts = ", ".join(
        f"CASE typeof({name}) WHEN 'blob' THEN hex({name}) ELSE CAST({name} AS TEXT) END AS {name}"
        for name in (identifier(column) for (column,) in columns)
    )
    return f"SELECT {texts} FROM {identifier(table)}"


def _postgresql_query(cursor: Cursor, schema: str, table: str) -> str:
    columns = _rows(
        cursor,
        "SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = "
        f"{literal(schema)} AND table_name = {literal(table)} ORDER BY ordinal_position",
    )
    values = ", ".join(
        identifier(name) if kind in _NATIVE else f"{identifier(name)}::text AS {identifier(name)}"
        for name, kind in columns
    )
    return f"SELECT {values} FROM {identifier(schema)}.{identifier(table)}"


def _short(schema: str, table: str) -> str:
    return table if schema in {"public", "main"} else f"{schema}.{table}"
