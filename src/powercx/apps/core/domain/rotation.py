"""A new generation of data keys: every record sealed anew, its tokens made anew."""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction

from powercx.apps.core.domain import bulk
from powercx.apps.core.models import PersonalRecord
from powercx.apps.core.vault.keyring import (
    KeyRing,
    ring_to_change,
    with_current_only,
    with_new_generation,
    write_ring,
)
from powercx.apps.core.vault.sealing import Sealer
from powercx.base.home import Home

# Records sealed anew in one transaction; loads wait meanwhile (about a second).
BATCH = 20_000
_COLUMNS = ("id", "table", "record_key", "key_id", "ciphertext")
_Row = tuple[int, str, str, str, bytes | memoryview]

Progress = Callable[[int, int], None]


def rotate(home: Home, progress: Progress) -> int:
    """Give the home new data keys and retire the old ones; returns the records sealed anew.

    Safe to kill at any moment: old keys leave the ring only when no record needs them, and the
    next call goes on where this one stopped instead of making another key. Loads go on meanwhile.
    ``progress`` hears (records done, records in all).

    :raises UnreadableRecord: a record cannot be opened; nothing is lost, the old keys stay.
    """
    with ring_to_change(home) as ring:
        if not ring.rotating:
            write_ring(home, with_new_generation(ring))
    total = PersonalRecord.objects.count()
    done = after = 0
    while True:
        with ring_to_change(home) as ring:
            rows = _next_rows(ring, after)
            if not rows and _retired(home, ring):
                return done
            _seal_anew(ring, rows)
        done += len(rows)
        after = rows[-1][0] if rows else 0
        progress(done, total)


def _next_rows(ring: KeyRing, after: int) -> list[_Row]:
    older = PersonalRecord.objects.exclude(key_id=ring.current).filter(pk__gt=after)
    return list(older.order_by("pk").values_list(*_COLUMNS)[:BATCH])


def _retired(home: Home, ring: KeyRing) -> bool:
    """Drop the old keys unless a record still needs them."""
    if PersonalRecord.objects.exclude(key_id=ring.current).exists():
        return False
    write_ring(home, with_current_only(ring))
    return True


def _seal_anew(ring: KeyRing, rows: list[_Row]) -> None:
    sealers = {table: Sealer(ring, table) for table in {row[1] for row in rows}}
    seals: list[bulk.SealRow] = []
    tokens: list[bulk.TokenRow] = []
    for row_id, table, record_key, key_id, ciphertext in rows:
        sealer = sealers[table]
        columns = sealer.unseal(record_key, key_id, bytes(ciphertext))
        sealed = sealer.seal(record_key, columns)
        seals.append((sealed.key_id, sealed.ciphertext, row_id))
        tokens += [(token, row_id) for token in sealed.tokens]
    with transaction.atomic(durable=True):
        bulk.replace_seals(seals, tokens)
