"""Many personal rows into the database by its own bulk way, and out of it by one statement.

One million records with their tokens are five million rows: model instances would take minutes.
Conditions are written as in the models' partial indexes, so that the planner uses them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db import connection

RecordRow = tuple[int, str, str, int, bool, bool, str, bytes]
TokenRow = tuple[bytes, int]
SealRow = tuple[str, bytes, int]

_RECORD = 'id, "table", record_key, load_id, visible, retracted, key_id, ciphertext'
_INDEXED = "token, record_id"

# Ids of staged rows, of those that a later row of the same load replaces, and of the visible
# rows that a staged one replaces. One parameter each: the load.
STAGED = "SELECT id FROM core_personalrecord WHERE load_id = %s AND NOT visible"
RETRACTED = STAGED + " AND retracted"
REPEATED = """
    SELECT id FROM (
        SELECT id, max(id) OVER (PARTITION BY load_id, "table", record_key) AS last_id
        FROM core_personalrecord WHERE load_id = %s AND NOT visible
    ) AS staged WHERE id < last_id
"""
SUPERSEDED = """
    SELECT earlier.id FROM core_personalrecord AS staged
    JOIN core_personalrecord AS earlier
      ON earlier."table" = staged."table" AND earlier.record_key = staged.record_key
     AND earlier.visible
    WHERE staged.load_id = %s AND NOT staged.visible
"""
_UNINDEX = "DELETE FROM core_personaltoken WHERE record_id = %s"
_RESEAL = "UPDATE core_personalrecord SET key_id = %s, ciphertext = %s WHERE id = %s"
_SHOW = "UPDATE core_personalrecord SET visible = true WHERE load_id = %s AND NOT visible"


def new_record_ids(count: int) -> Sequence[int]:
    """Ids for ``count`` new records, ascending; call it inside the transaction that inserts."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence('core_personalrecord', 'id'))"
                " FROM generate_series(1, %s)",
                [count],
            )
            return [row[0] for row in cursor.fetchall()]
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = 'core_personalrecord'")
        found = cursor.fetchone()
    first = (found[0] if found else 0) + 1
    return range(first, first + count)


def insert_records(rows: Iterable[RecordRow]) -> None:
    _insert("core_personalrecord", _RECORD, rows)


def insert_tokens(rows: Iterable[TokenRow]) -> None:
    """Sorted by token they touch the pages of its index in order, which is several times faster."""
    _insert("core_personaltoken", _INDEXED, sorted(rows))


def delete(records: str, *parameters: int | str) -> None:
    """Remove the records that the query ``records`` (one of this module's) names, with tokens."""
    with connection.cursor() as cursor:
        for table, column in (("core_personaltoken", "record_id"), ("core_personalrecord", "id")):
            statement = f"DELETE FROM {table} WHERE {column} IN ({records})"  # noqa: S608 no input
            cursor.execute(statement, parameters)


def replace_seals(seals: Sequence[SealRow], tokens: Iterable[TokenRow]) -> None:
    """Give records another seal and other tokens instead of those they have."""
    with connection.cursor() as cursor:
        cursor.executemany(_UNINDEX, [(row_id,) for _, _, row_id in seals])
        cursor.executemany(_RESEAL, seals)
    insert_tokens(tokens)


def show(load: int) -> int:
    """Make the staged rows of a load visible; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(_SHOW, [load])
        return int(cursor.rowcount)


def _insert(table: str, columns: str, rows: Iterable[RecordRow] | Iterable[TokenRow]) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            return
        places = ", ".join("%s" for _ in columns.split(","))
        statement = f"INSERT INTO {table} ({columns}) VALUES ({places})"  # noqa: S608 no input
        cursor.executemany(statement, list(rows))
