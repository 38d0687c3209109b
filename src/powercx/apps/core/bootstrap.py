"""Opening the operational half of a home: Django, the database, its migrations, the keys."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import django
from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection, connections
from django.db.migrations.executor import MigrationExecutor

from powercx.apps.core.databases import database_settings
from powercx.apps.core.vault.keyring import KeyRing, KeyRingMissing, create_ring, read_ring
from powercx.base.errors import UserError
from powercx.base.home import Home

if TYPE_CHECKING:
    from powercx.apps.core.service import OperationalVault


def start(home: Home, environ: Mapping[str, str]) -> OperationalVault:
    """Make ``home``'s database the one of this process, up to date, and return its vault.

    Makes the database and the keys where they are missing. Safe to run again, and by several
    processes at once. Another home may follow in the same process; call it from one thread.

    :raises UserError: no home there, a bad ``DATABASE_URL``, a database that cannot be opened,
        keys that are missing although records need them, damaged or readable by others.
    """
    wanted = connect(home, environ)
    with _one_at_a_time(home):
        _make_private(wanted)
        _migrate()
        ring = _keys(home)
    settings.SECRET_KEY = ring.secret
    settings.HOME = home
    # Models can be imported only now.
    from powercx.apps.core.service import OperationalVault  # noqa: PLC0415

    return OperationalVault(home)


def connect(home: Home, environ: Mapping[str, str]) -> dict[str, Any]:
    """Make ``home``'s database the one of this process as it is, and return its settings.

    :raises UserError: no home there, or a bad ``DATABASE_URL``.
    """
    home.check()
    wanted = database_settings(home, environ)
    prepare()
    use_database(wanted)
    return wanted


def prepare() -> None:
    """Set Django up, so that models can be imported."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "powercx.settings")
    django.setup()


def migrations_to_come() -> list[str]:
    """Migrations that the database has not seen yet, in their order."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def use_database(wanted: Mapping[str, Any]) -> None:
    """Make ``wanted`` (Django's settings of one database) this thread's default database."""
    found = connections.settings["default"]
    if all(found.get(name) == value for name, value in wanted.items()):
        return
    for used in connections.all(initialized_only=True):
        used.close()
        del connections[used.alias]
    settings.DATABASES = {"default": dict(wanted)}
    connections.settings = connections.configure_settings(settings.DATABASES)


@contextmanager
def _one_at_a_time(home: Home) -> Iterator[None]:
    home.locks.mkdir(parents=True, exist_ok=True)
    with (home.locks / "database.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _make_private(wanted: Mapping[str, Any]) -> None:
    """Make a missing SQLite file for its owner alone; its journals take over its rights."""
    file = Path(wanted["NAME"])
    if wanted["ENGINE"].endswith("sqlite3") and file.parent.is_dir() and not file.exists():
        # A folder that cannot be written is told by the database itself.
        with suppress(OSError):
            file.touch(mode=0o600)


def _migrate() -> None:
    try:
        if migrations_to_come():
            call_command("migrate", interactive=False, verbosity=0)
    except DatabaseError as error:
        place = connection.settings_dict["HOST"] or connection.settings_dict["NAME"]
        reason = str(error).strip()
        raise UserError("core.database_unreachable", place=place, reason=reason) from error


def _keys(home: Home) -> KeyRing:
    try:
        return read_ring(home)
    except KeyRingMissing:
        if _holds_records():
            raise
    return create_ring(home)


def _holds_records() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT 1 FROM core_personalrecord)")
        return bool(cursor.fetchone()[0])
