"""Answers kept by idempotency key, so that a call sent again is carried out once.

A lock that dies with its holder says that a call is being worked on, the row only what came of it:
a process that is killed leaves a row without an answer, and the next call of its key does the work.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from powercx.apps.core.models import ApiToken, IdempotentAnswer
from powercx.base.errors import UserError
from powercx.base.home import Home

KEPT = timedelta(days=7)
LONGEST_KEY = 200


class InProgress(UserError):
    """A call with this key is being worked on at this moment."""


class KeyInUse(UserError):
    """The key came with another call before."""


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer that was given."""

    status: int
    body: str


class Slot:
    """The place of one key while its call is worked on; ``kept`` is the answer already given."""

    def __init__(self, row: IdempotentAnswer) -> None:
        self._row = row
        self.kept = None if row.status is None else Kept(row.status, row.body)

    def keep(self, *, status: int, body: str) -> None:
        """Keep the answer for calls to come."""
        self._row.status, self._row.body = status, body
        self._row.save(update_fields=["status", "body"])

    def drop(self) -> None:
        """Forget the call: nothing was done, so the key is free again."""
        self._row.delete()


@contextmanager
def slot(home: Home, *, token: ApiToken, key: str, digest: str, at: datetime) -> Iterator[Slot]:
    """Hold the place of ``key`` among the calls of ``token``; ``digest`` is of the whole call.

    :raises InProgress: another call of the key is worked on.
    :raises KeyInUse: the key was used for a call with another digest.
    """
    IdempotentAnswer.objects.filter(created_at__lte=at - KEPT).delete()
    with _lock(home.locks, f"{token.pk}\0{key}") as free:
        if not free:
            raise InProgress("api.in_progress", key=key)
        row, _ = IdempotentAnswer.objects.get_or_create(
            token=token, key=key, defaults={"request_digest": digest, "created_at": at}
        )
        if row.request_digest != digest:
            raise KeyInUse("api.key_in_use", key=key)
        yield Slot(row)


@contextmanager
def _lock(folder: Path, name: str) -> Iterator[bool]:
    """Try to hold the lock ``name``; false when another does. Its file goes when it is freed."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"call-{hashlib.sha256(name.encode()).hexdigest()[:32]}.lock"
    with path.open("a+b") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        # Whoever held it before may have removed the file: then this lock is on no name at all.
        if not _names(path, handle.fileno()):
            yield False
            return
        try:
            yield True
        finally:
            path.unlink(missing_ok=True)


def _names(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False
