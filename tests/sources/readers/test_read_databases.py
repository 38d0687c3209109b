from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import postgres
import pytest

from powercx.analytics.engine.workspace import Workspace
from powercx.analytics.sources.readers import ReadOptions, open_sources
from powercx.base.errors import UserError
from powercx.base.messages import use_language


@pytest.fixture
def open_all(work, look):
    def open_all(location: str):
        sheets, notes = open_sources(work, location, options=ReadOptions())
        return {sheet.name: look(sheet, notes) for sheet in sheets}

    return open_all


@pytest.fixture
def failing(open_all):
    def failing(location: str) -> UserError:
        with pytest.raises(UserError) as caught:
            open_all(location)
        return caught.value

    return failing


@pytest.fixture
def sqlite(tmp_path):
    path = tmp_path / "source.db"
    with sqlite3.connect(path) as database:
        database.execute('CREATE TABLE bill (id INTEGER, "名 称" TEXT, kwh REAL, mixed, raw BLOB)')
        database.executemany(
            "INSERT INTO bill VALUES (?, ?, ?, ?, ?)",
            [(1, "所", 0.1, 5, b"ab"), (2, None, 1e20, "five", None)],
        )
        database.execute("CREATE VIEW both AS SELECT id FROM bill")
    database.close()
    return path


def test_sqlite_table_is_read_as_text(open_all, sqlite):
    name = f"sqlite://{sqlite}?table=bill"

    found = open_all(name)[name]

    assert found.sheet.text
    assert found.columns == ["id", "名 称", "kwh", "mixed", "raw"]
    assert found.rows == [
        ("1", "所", "0.1", "5", "6162", 1),
        ("2", None, "1.0e+20", "five", None, 2),
    ]


def test_without_a_table_all_are_read(open_all, sqlite):
    names = [f"sqlite://{sqlite}?table={table}" for table in ("bill", "both")]

    assert list(open_all(f"sqlite://{sqlite}")) == names


def test_unknown_table_names_the_nearest(failing, sqlite):
    error = failing(f"sqlite://{sqlite}?table=bil")

    assert (error.code, error.params["nearest"]) == ("read.no_table", "bill")


def test_file_that_is_no_sqlite_is_told(failing, tmp_path):
    (tmp_path / "no.db").write_text("id,kwh\n" * 99, "utf-8")

    error = failing(f"sqlite://{tmp_path}/no.db")

    assert error.code == "read.database"
    assert "file is not a database" in str(error)


def test_database_without_tables_is_told(failing, tmp_path):
    sqlite3.connect(tmp_path / "no.db").execute("VACUUM").connection.close()

    assert failing(f"sqlite://{tmp_path}/no.db").code == "read.no_tables"


@pytest.mark.parametrize("scheme", ["sqlite", "duckdb"])
def test_missing_database_is_told(failing, tmp_path, scheme):
    assert failing(f"{scheme}://{tmp_path}/no.db").code == "read.missing"


def test_sqlite_text_that_is_no_utf8_is_told(failing, tmp_path):
    with sqlite3.connect(tmp_path / "gbk.db") as database:
        database.execute("CREATE TABLE bill (name TEXT)")
        database.execute("INSERT INTO bill VALUES (CAST(? AS TEXT))", ("所".encode("gbk"),))
    database.close()

    assert failing(f"sqlite://{tmp_path}/gbk.db").code == "read.database"


@pytest.fixture
def duckdb_path(tmp_path, work: Workspace):
    path = tmp_path / "source.duckdb"
    work.run(f"ATTACH '{path}' AS made")
    work.run("CREATE TABLE made.bill AS SELECT 1 AS id, 2.50::DECIMAL(14,2) AS cny")
    work.run("INSERT INTO made.bill VALUES (2, NULL)")
    work.run("CREATE SCHEMA made.more")
    work.run("CREATE TABLE made.more.visit AS SELECT DATE '2025-03-01' AS \"on\"")
    work.run("CREATE VIEW made.lost AS SELECT * FROM made.bill")
    work.run("DETACH made")
    return path


def test_duckdb_tables_are_read_with_their_types(open_all, duckdb_path):
    found = open_all(f"duckdb://{duckdb_path}")

    bill, visit = (f"duckdb://{duckdb_path}?table={table}" for table in ("bill", "more.visit"))
    assert list(found) == [bill, visit]
    assert found[bill].rows == [(1, Decimal("2.50"), 1), (2, None, 2)]
    assert found[visit].rows == [(date(2025, 3, 1), 1)]


def test_view_that_does_not_work_is_named(open_all, duckdb_path):
    found = open_all(f"duckdb://{duckdb_path}?table=bill")
    everything = open_all(f"duckdb://{duckdb_path}")

    assert [one.notes for one in found.values()] == [[]]
    assert all("?table=lost" in one.notes[0] for one in everything.values())


def test_file_that_is_no_duckdb_is_told(failing, sqlite):
    assert failing(f"duckdb://{sqlite}?table=bill").code == "read.database"


@pytest.mark.parametrize(
    ("location", "code"),
    [
        ("mysql://me:s3cret@host/db", "read.unknown_scheme"),
        ("postgresql://me:s3cret@localhost:1/db?table=bill", "read.database"),
        ("postgresql://localhost:1/db?user=me&password=s3cret", "read.database"),
        ("postgresql://me:s3cret@localhost:port/db", "read.bad_address"),
    ],
)
def test_password_is_never_shown(failing, location, code):
    error = failing(location)

    assert error.code == code
    for language in ("zh", "en"):
        with use_language(language):
            assert "s3cret" not in str(error)
    assert "s3cret" not in repr(error.params)


@pytest.fixture
def server() -> Iterator[str]:
    """The address of an empty PostgreSQL database."""
    if postgres.VARIABLE not in os.environ:
        pytest.skip("no PostgreSQL in this run")
    with postgres.fresh_database(os.environ[postgres.VARIABLE]) as url:
        yield url


def test_postgresql_tables_are_read(open_all, failing, server):
    psycopg = pytest.importorskip("psycopg")
    with psycopg.connect(server) as connection:
        connection.execute(
            "CREATE TABLE bill (id bigint, cny numeric(14,2), paid boolean, issued_on date,"
            " at timestamptz, note text, extra jsonb)"
        )
        connection.execute(
            "INSERT INTO bill VALUES (1, 2.50, true, '2025-03-01', '2025-03-01 08:00+08', '中',"
            " '{\"a\": 1}'), (2, null, null, null, null, null, null)"
        )
        connection.execute("CREATE SCHEMA more")
        connection.execute('CREATE TABLE more."Visit" AS SELECT 1 AS id')
    mark = "&" if "?" in server else "?"

    (bill,) = open_all(f"{server}{mark}table=public.bill").values()
    everything = open_all(server)
    error = failing(f"{server}{mark}table=bil")

    day = date(2025, 3, 1)
    at = datetime(2025, 3, 1, tzinfo=UTC)
    assert bill.rows == [
        (1, "2.50", True, day, at, "中", '{"a": 1}', 1),
        (2, None, None, None, None, None, None, 2),
    ]
    assert [name.partition("?table=")[2] for name in everything] == ["more.Visit", "bill"]
    assert (error.code, error.params["nearest"]) == ("read.no_table", "bill")
