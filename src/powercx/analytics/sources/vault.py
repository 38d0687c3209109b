"""Where personal columns go instead of the lake, and where loads are remembered.

Analytics knows only this door; the operational half stands behind it (encrypted rows, blind
indexes, load records) and is handed in from above. The steps of one load, in order::

    begin -> stage (once a table) -> [commit of the lake] -> finish
    begin -> stage -> discard, when the lake's commit did not happen

A process may die between any two: ``unfinished`` tells which loads to finish (their id stands in
the Delta log) and which to discard.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import pyarrow as pa

from powercx.base.errors import PowercxError

RECORD_KEY = "record_key"
DELETED = "deleted"


class UnknownLoad(PowercxError):
    """No load was begun under this id."""


class LoadClosed(PowercxError):
    """The load is already over, and not in the way that is asked for now."""


@dataclass(frozen=True, slots=True)
class LoadHeader:
    """One file on its way into one table; ``started_at`` is aware."""

    load_id: str
    table: str
    path: str
    source: str
    started_at: datetime


class Vault(Protocol):
    """Keeps personal columns and load records; every method is durable when it returns."""

    def begin(self, header: LoadHeader) -> None:
        """Record the load as ``started``. Again with the same header changes nothing.

        :raises LoadClosed: the id belongs to another load, or to one that is over.
        """

    def stage(self, *, load_id: str, table: str, rows: Iterable[pa.RecordBatch]) -> int:
        """Keep personal columns of ``table`` under the load, unseen until ``finish``.

        A batch has ``record_key`` (utf8, the reference id, e.g. the customer's; never null), any
        number of personal columns (utf8, null where unknown) and optionally ``deleted`` (bool):
        at ``finish`` the record is removed. A row replaces the whole record, nulls included; of
        several rows of one key the last counts, so give each record's current version last.
        Called again for the same load and table, the new rows take the place of the earlier ones.
        Returns the number of rows kept.

        :raises UnknownLoad: ``begin`` came not before.
        :raises LoadClosed: the load is over.
        """

    def finish(self, *, load_id: str, report: Mapping[str, object], finished_at: datetime) -> None:
        """Show the staged rows and record the load as ``done``, in one transaction.

        Each row takes the place of the earlier one of its record. ``report`` is kept as JSON.
        A second call changes nothing.

        :raises UnknownLoad: ``begin`` came not before.
        :raises LoadClosed: the load was discarded.
        """

    def discard(
        self, load_id: str, *, reason: str, refused: bool = False, at: datetime | None = None
    ) -> None:
        """Remove the staged rows and record the load as ``discarded``, with the reason.

        ``refused`` says that the file itself was at fault; ``at`` is null when nobody knows.
        A second call changes nothing.

        :raises UnknownLoad: ``begin`` came not before.
        :raises LoadClosed: the load is done.
        """

    def unfinished(self) -> list[LoadHeader]:
        """Loads begun and neither finished nor discarded, oldest first."""

    def digest_key(self) -> bytes:
        """32 bytes for keyed digests of personal values; the same for the life of the home."""
