"""Addresses of database tables, and how they are shown: never with a password."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlencode, urlsplit

from powercx.base.errors import UserError
from powercx.base.identifiers import suggestion


@dataclass(frozen=True, slots=True)
class Address:
    """``scheme://user:password@host/database?table=schema.name``; without a table, all of them."""

    parts: SplitResult
    table: str | None

    @property
    def shown(self) -> str:
        """The address without password and table."""
        place, at, host = self.parts.netloc.rpartition("@")
        return f"{self.parts.scheme}://{place.partition(':')[0]}{at}{host}{self.parts.path}"

    @property
    def path(self) -> Path:
        """The file of a database that is one."""
        return Path(unquote(self.parts.netloc + self.parts.path))

    @property
    def for_driver(self) -> str:
        """The address with its password and without the table, which is no driver's business."""
        pairs = [pair for pair in parse_qsl(self.parts.query) if pair[0] != "table"]
        return self.parts._replace(query=urlencode(pairs)).geturl()

    def name(self, table: str) -> str:
        """What the sheet of ``table`` is called."""
        return f"{self.shown}?table={table}"

    def chosen(self, tables: list[str]) -> list[str]:
        """The tables to read out of those there are.

        :raises UserError: ``read.no_table`` or ``read.no_tables``.
        """
        if not tables:
            raise UserError("read.no_tables", file=self.shown)
        if self.table is None:
            return tables
        if self.table not in tables:
            nearest = suggestion(self.table, tables)
            raise UserError("read.no_table", file=self.shown, table=self.table, nearest=nearest)
        return [self.table]

    def scrubbed(self, text: str) -> str:
        """The first line of a driver's message, without the password should it stand there."""
        line = text.strip().partition("\n")[0].rstrip(".")
        written = self.parts.password or ""
        more = [value for key, value in parse_qsl(self.parts.query) if "password" in key.lower()]
        for secret in filter(None, (written, unquote(written), *more)):
            line = line.replace(secret, "***")
        return line


def address_of(location: str) -> Address:
    """Take an address apart.

    :raises UserError: ``read.bad_address``.
    """
    try:
        parts = urlsplit(location)
        _ = parts.port  # raises when it is no number
    except ValueError as error:
        raise UserError("read.bad_address", scheme=location.partition("://")[0]) from error
    table = dict(parse_qsl(parts.query)).get("table")
    return Address(parts, table or None)
