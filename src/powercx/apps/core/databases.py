"""Which operational database a home uses: SQLite inside it, or what ``DATABASE_URL`` names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from powercx.base.errors import UserError
from powercx.base.home import Home

VARIABLE = "DATABASE_URL"
FORMS = "postgresql://user:password@host:5432/name, sqlite:////absolute/path"
_BUSY_S = 60


def database_settings(home: Home, environ: Mapping[str, str]) -> dict[str, Any]:
    """Django's settings of the default database.

    A commit is on disk when it returns: ``synchronous=FULL`` and ``synchronous_commit=on``.

    :raises UserError: ``core.database_url`` when the variable cannot be understood.
    """
    url = environ.get(VARIABLE, "").strip()
    if not url:
        return _sqlite(str(home.database))
    parts = _split(url)
    if parts.scheme == "sqlite":
        if parts.netloc:
            raise _bad(f"sqlite://{parts.netloc}")
        return _sqlite(unquote(parts.path.removeprefix("/")))
    return _postgresql(parts)


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise _bad(str(error)) from error
    if parts.scheme not in {"postgres", "postgresql", "sqlite"}:
        raise _bad(f"{parts.scheme or '-'}:")
    if len(parts.path) < len("/x"):
        raise _bad("no database name")
    return parts


def _sqlite(path: str) -> dict[str, Any]:
    pragmas = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
    # A large load leaves a large journal: it is cut back to 64 MiB. As much of the pages is cached.
    pragmas += " PRAGMA cache_size=-65536; PRAGMA journal_size_limit=67108864;"
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "OPTIONS": {
            "timeout": _BUSY_S,
            "transaction_mode": "IMMEDIATE",
            "init_command": pragmas,
        },
    }


def _postgresql(parts: SplitResult) -> dict[str, Any]:
    options = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.removeprefix("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", None) or unquote(parts.hostname or ""),
        "PORT": options.pop("port", None) or str(parts.port or ""),
        "OPTIONS": {"options": "-c synchronous_commit=on"} | options,
    }


def _bad(reason: str) -> UserError:
    return UserError("core.database_url", variable=VARIABLE, reason=reason, forms=FORMS)
