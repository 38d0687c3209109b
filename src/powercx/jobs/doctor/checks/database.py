"""The operational database: reachable, up to date, whole, and sealed with the keys of the home."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from django.db import DatabaseError, connection
from django.db.models import Max

from powercx.analytics.sources.recovery import abandoned, recover
from powercx.apps.core.bootstrap import connect, migrations_to_come
from powercx.apps.core.chain import FIRST, digest
from powercx.apps.core.enums import TaskState
from powercx.apps.core.models import AuditEntry, AuditHead, PersonalRecord, Task
from powercx.apps.core.queries.audit import as_row
from powercx.apps.core.queries.tasks import forsaken
from powercx.apps.core.service import OperationalVault
from powercx.apps.core.vault.keyring import read_ring
from powercx.apps.core.vault.sealing import Sealer
from powercx.base.messages import say
from powercx.jobs.doctor.registry import Finding, Installation, check, fail, ok, warn

_LAST = 1000
_DAY = timedelta(days=1)


@check("folders")
def database(seen: Installation) -> Finding:
    """The database is there and answers."""
    wanted = connect(seen.home, seen.environ)
    place = wanted.get("HOST") or wanted["NAME"]
    if wanted["ENGINE"].endswith("sqlite3") and not Path(wanted["NAME"]).exists():
        return fail(say("doctor.database_missing", place=place), say("doctor.database_make"))
    try:
        connection.ensure_connection()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        found = say("doctor.database_silent", place=place, reason=str(error).strip())
        return fail(found, say("doctor.database_mend"))
    return ok(say("doctor.database_ok", kind=connection.display_name, place=place))


@check("database")
def migrations(seen: Installation) -> Finding:
    """The tables are those of this version."""
    del seen
    if to_come := migrations_to_come():
        found = say("doctor.migrations_missing", names=", ".join(to_come))
        return fail(found, say("doctor.migrations_mend"))
    return ok(say("doctor.migrations_ok"))


@check("database")
def integrity(seen: Installation) -> Finding:
    """SQLite's pages are whole and it waits for the disk; PostgreSQL waits for its own."""
    del seen
    if connection.vendor == "sqlite":
        return _sqlite()
    waits = _asked("SHOW synchronous_commit")
    version = _asked("SHOW server_version")
    found = say("doctor.postgresql_is", version=version, waits=waits)
    return warn(found, say("doctor.postgresql_mend")) if waits == "off" else ok(found)


def _sqlite() -> Finding:
    whole, journal = _asked("PRAGMA quick_check(1)"), _asked("PRAGMA journal_mode")
    if whole != "ok":
        return fail(say("doctor.sqlite_broken", reason=whole), say("doctor.sqlite_restore"))
    found = say("doctor.sqlite_is", journal=journal)
    return ok(found) if journal == "wal" else warn(found, say("doctor.sqlite_wal"))


def _asked(statement: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return str(cursor.fetchone()[0])


@check("migrations", "keys")
def sealed(seen: Installation) -> Finding:
    """The keys belong to the database: every record's key is in the ring, and one of each opens."""
    ring = read_ring(seen.home)
    used = list(
        PersonalRecord.objects.order_by("key_id").values_list("key_id", flat=True).distinct()
    )
    for key in used:
        record = PersonalRecord.objects.filter(key_id=key, retracted=False).first()
        if record is not None:
            sealer = Sealer(ring, record.table)
            sealer.unseal(record.record_key, record.key_id, bytes(record.ciphertext))
    if absent := sorted(set(used) - set(ring.generations)):
        found = say("doctor.sealed_otherwise", keys=", ".join(absent))
        return fail(found, say("doctor.sealed_mend"))
    return ok(say("doctor.sealed_ok", count=f"{PersonalRecord.objects.count():,}"))


def _settle(seen: Installation) -> str:
    settled = recover(seen.home, OperationalVault(seen.home), at=seen.at)
    return say("doctor.loads_settled", count=len(settled))


@check("migrations", "keys", mend=_settle)
def loads(seen: Installation) -> Finding:
    """No load was left half-done; one that is under way is none of those."""
    left = abandoned(seen.home, OperationalVault(seen.home))
    if left:
        tables = ", ".join(sorted({header.table for header in left}))
        found = say("doctor.loads_left", count=len(left), tables=tables)
        return warn(found, say("doctor.loads_mend"))
    return ok(say("doctor.loads_ok"))


@check("migrations")
def worker(seen: Installation) -> Finding:
    """Somebody does the work that is due, and it does not keep failing."""
    if forsaken(at=seen.at):
        return warn(say("doctor.worker_none"), say("doctor.worker_start"))
    since = seen.at - _DAY
    failed = Task.objects.filter(state=TaskState.FAILED, finished_at__gte=since).count()
    if failed:
        return warn(say("doctor.worker_failed", count=failed), say("doctor.worker_look"))
    heard = Task.objects.aggregate(last=Max("heard_at"))["last"]
    return ok(say("doctor.worker_ok", heard=f"{heard:%Y-%m-%d %H:%M} UTC" if heard else "—"))


@check("migrations")
def chain(seen: Installation) -> Finding:
    """The end of the audit chain is whole: its last entries fit each other and the head."""
    del seen
    head = AuditHead.objects.filter(pk=1).first()
    entries = list(AuditEntry.objects.order_by("-seq")[:_LAST])
    end = (entries[0].seq, entries[0].hash) if entries else (0, FIRST)
    if (head.seq, head.hash) != end if head else bool(entries):
        return fail(say("doctor.chain_cut", seq=end[0]), say("doctor.chain_mend"))
    for number, entry in enumerate(entries):
        before = entries[number + 1].hash if number + 1 < len(entries) else entry.before
        if entry.hash != digest(as_row(entry)) or entry.before != before:
            return fail(say("doctor.chain_changed", seq=entry.seq), say("doctor.chain_mend"))
    return ok(say("doctor.chain_ok", seq=end[0], count=len(entries)))
