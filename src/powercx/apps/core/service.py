"""The door of core: what loaders, commands, tasks and other apps may ask of it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import ParamSpec, TypeVar

import pyarrow as pa
from django.db import OperationalError

from powercx.analytics.sources.vault import LoadHeader
from powercx.apps.core.domain import audit, loading, rotation, uploads
from powercx.apps.core.domain.answers import LONGEST_KEY, InProgress, KeyInUse, slot
from powercx.apps.core.domain.audit import Actor
from powercx.apps.core.domain.loading import note_load
from powercx.apps.core.domain.people import ChangedMeanwhile
from powercx.apps.core.domain.reveal import ReasonMissing, reveal
from powercx.apps.core.domain.targets import (
    Aim,
    change_target,
    remove_target,
    restore_target,
    set_target,
)
from powercx.apps.core.domain.tokens import TokenRefused, token_of
from powercx.apps.core.enums import LoadState
from powercx.apps.core.models import ApiToken, Upload
from powercx.apps.core.queries import loads as load_queries
from powercx.apps.core.queries import personal
from powercx.apps.core.queries import uploads as upload_queries
from powercx.apps.core.queries.loads import LoadEntry
from powercx.apps.core.queries.personal import UnknownRecord
from powercx.apps.core.queries.targets import (
    InForce,
    Targets,
    access_target,
    targets_for,
    targets_of_measure,
)
from powercx.apps.core.queries.tokens import token_scope
from powercx.apps.core.receiving import MOST_BYTES, ReceivedFile
from powercx.apps.core.vault.keyring import read_ring, ring_in_use
from powercx.base.errors import UserError
from powercx.base.home import Home

__all__ = [
    "LONGEST_KEY",
    "MOST_BYTES",
    "Actor",
    "Aim",
    "ApiToken",
    "ChangedMeanwhile",
    "InForce",
    "InProgress",
    "KeyInUse",
    "LoadEntry",
    "OperationalVault",
    "ReasonMissing",
    "ReceivedFile",
    "Targets",
    "TokenRefused",
    "UnknownRecord",
    "Upload",
    "access_target",
    "audit",
    "change_target",
    "load_queries",
    "note_load",
    "remove_target",
    "restore_target",
    "reveal",
    "set_target",
    "slot",
    "targets_for",
    "targets_of_measure",
    "token_of",
    "token_scope",
    "upload_queries",
    "uploads",
]

P = ParamSpec("P")
R = TypeVar("R")


def _told(call: Callable[P, R]) -> Callable[P, R]:
    """A database that is full, locked or gone is told to the user; what was committed stays."""

    @functools.wraps(call)
    def asked(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return call(*args, **kwargs)
        except OperationalError as error:
            raise UserError("core.database_failed", reason=str(error).strip()) from error

    return asked


class OperationalVault:
    """The ``Vault`` of a home: sealed records and load records in its operational database.

    Needs the database of ``bootstrap.start``. Keys are read anew for every step, so that a
    rotation in another process is seen.
    """

    def __init__(self, home: Home) -> None:
        self._home = home

    @_told
    def begin(self, header: LoadHeader) -> None:
        loading.begin(header)

    @_told
    def stage(self, *, load_id: str, table: str, rows: Iterable[pa.RecordBatch]) -> int:
        return loading.stage(self._home, load_id=load_id, table=table, rows=rows)

    @_told
    def finish(self, *, load_id: str, report: Mapping[str, object], finished_at: datetime) -> None:
        loading.finish(self._home, load_id=load_id, report=report, finished_at=finished_at)

    @_told
    def discard(
        self, load_id: str, *, reason: str, refused: bool = False, at: datetime | None = None
    ) -> None:
        loading.discard(self._home, load_id, reason=reason, refused=refused, at=at)

    @_told
    def unfinished(self) -> list[LoadHeader]:
        return load_queries.unfinished()

    def digest_key(self) -> bytes:
        return read_ring(self._home).digest

    def loads(
        self,
        *,
        table: str | None = None,
        state: LoadState | None = None,
        since: datetime | None = None,
    ) -> Iterator[LoadEntry]:
        """Loads, newest first, all of them; ``since`` is the earliest start."""
        return load_queries.loads(table=table, state=state, since=since)

    @_told
    def find_personal(self, table: str, field: str, value: str) -> list[str]:
        """Keys of the records whose ``field`` is exactly ``value``, spelling apart, in order."""
        with ring_in_use(self._home) as ring:
            return personal.find_personal(ring, table=table, field=field, value=value)

    @_told
    def reveal(self, table: str, record_key: str) -> dict[str, str | None]:
        """The personal columns of one record, in plain; the caller has checked who may see them.

        :raises UnknownRecord: none is held.
        """
        with ring_in_use(self._home) as ring:
            return personal.reveal(ring, table=table, record_key=record_key)

    @_told
    def rotate_keys(self, progress: Callable[[int, int], None]) -> int:
        """Give the home new data keys; goes on where a killed rotation stopped.

        ``progress`` hears (records done, in all); returns the records sealed anew.
        """
        return rotation.rotate(self._home, progress)
