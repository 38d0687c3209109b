from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa
import pytest
from django.db import IntegrityError, connection, transaction

from powercx.analytics.sources.vault import LoadHeader
from powercx.apps.core.models import LoadRecord, PersonalRecord
from powercx.apps.core.vault.keyring import create_ring
from powercx.apps.core.vault.sealing import Sealer, UnreadableRecord
from powercx.base.errors import UserError

AT = datetime(2025, 3, 1, 8, tzinfo=UTC)
SECRETS = {
    "name": "欧阳锋",
    "phone": "13812345678",
    "id_number": "440304198001010010",
    "address": "深圳市福田区深南大道1号",
}


def load(vault, load_id="a", key="C1"):
    row = {"record_key": [key]} | {name: [value] for name, value in SECRETS.items()}
    vault.begin(LoadHeader(load_id, "customer", "/in/customer.csv", "file", AT))
    vault.stage(load_id=load_id, table="customer", rows=[pa.record_batch(row)])
    vault.finish(load_id=load_id, report={}, finished_at=AT)


def stored_bytes(environ, home):
    """Everything the database keeps: the files of SQLite, or a dump of each PostgreSQL table."""
    if "DATABASE_URL" not in environ:
        return b"".join(path.read_bytes() for path in home.path.glob("db.sqlite3*"))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT string_agg(row::text, '') FROM ("
            "SELECT core_personalrecord::text AS row FROM core_personalrecord UNION ALL "
            "SELECT core_personaltoken::text FROM core_personaltoken UNION ALL "
            "SELECT core_loadrecord::text FROM core_loadrecord) AS found"
        )
        return cursor.fetchone()[0].encode()


def test_the_database_holds_no_byte_of_a_personal_value(vault, environ, home):
    load(vault)

    stored = stored_bytes(environ, home)

    assert b"customer.csv" in stored
    for value in SECRETS.values():
        plain = value.encode()
        for form in (plain, plain.hex().encode(), value.encode("gb18030"), value[:6].encode()):
            assert form not in stored


def test_equal_records_have_different_bytes(vault):
    load(vault, "a", "C1")
    load(vault, "b", "C2")

    first, second = PersonalRecord.objects.values_list("ciphertext", flat=True)

    assert bytes(first)[12:] != bytes(second)[12:]


def test_a_row_moved_to_another_record_is_not_believed(vault):
    load(vault)
    PersonalRecord.objects.update(record_key="C2")

    with pytest.raises(UnreadableRecord) as refused:
        vault.reveal("customer", "C2")

    assert refused.value.code == "core.record_damaged"


def test_changed_bytes_are_not_believed(vault):
    load(vault)
    record = PersonalRecord.objects.get()
    sealed = bytearray(record.ciphertext)
    sealed[-1] ^= 1
    PersonalRecord.objects.update(ciphertext=bytes(sealed))

    with pytest.raises(UnreadableRecord):
        vault.reveal("customer", "C1")


def test_a_missing_key_is_named(vault):
    load(vault)
    PersonalRecord.objects.update(key_id="kgone")

    with pytest.raises(UnreadableRecord, match="kgone"):
        vault.reveal("customer", "C1")


def test_truncated_bytes_are_not_believed(home):
    ring = create_ring(home)

    with pytest.raises(UnreadableRecord):
        Sealer(ring, "customer").unseal("C1", ring.current, b"\0" * 12)


def test_a_record_is_visible_once(vault):
    load(vault)
    record = PersonalRecord.objects.get()
    record.pk = None

    with pytest.raises(IntegrityError), transaction.atomic():
        record.save(force_insert=True)


@pytest.mark.parametrize(
    "change",
    [{"state": "gone"}, {"state": "started"}, {"state": "done", "finished_at": None}],
)
def test_impossible_load_records_are_refused_by_the_database(vault, change):
    load(vault)

    with pytest.raises(IntegrityError), transaction.atomic():
        LoadRecord.objects.update(**change)


def test_a_database_that_fails_is_told_and_keeps_what_was_committed(vault, environ):
    if "DATABASE_URL" in environ:
        pytest.skip("max_page_count is SQLite's")
    load(vault)
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA page_count")
        pages = cursor.fetchone()[0] + 20
        cursor.execute(f"PRAGMA max_page_count={pages}")
    keys = [f"C{n}" for n in range(2000)]
    rows = pa.record_batch({"record_key": keys, "name": ["x" * 500] * len(keys)})
    vault.begin(LoadHeader("b", "customer", "/in/customer.csv", "file", AT))

    with pytest.raises(UserError, match="full") as full:
        vault.stage(load_id="b", table="customer", rows=[rows])

    assert full.value.code == "core.database_failed"
    vault.discard("b", reason=str(full.value))
    assert vault.reveal("customer", "C1") == SECRETS
    assert PersonalRecord.objects.count() == 1
