"""A new generation of data keys: every record sealed anew, its tokens made anew."""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction

from powercx.apps.core.domain import bulk
from powercx.apps.core.models import PersonalRecord, PersonalToken
from powercx.apps.core.vault.keyring import (
    KeyRing,
    ring_to_change,
    with_current_only,
    with_new_generation,
    write_ring,
)
from powercx.apps.core.vault.sealing import Sealer, unseal
from powercx.base.home import Home

BATCH = 5_000

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
        after = rows[-1].pk if rows else 0
        progress(done, total)


def _next_rows(ring: KeyRing, after: int) -> list[PersonalRecord]:
    older = PersonalRecord.objects.exclude(key_id=ring.current).filter(pk__gt=after)
    return list(older.order_by("pk")[:BATCH])


def _retired(home: Home, ring: KeyRing) -> bool:
    """Drop the old keys unless a record still needs them."""
    if PersonalRecord.objects.exclude(key_id=ring.current).exists():
        return False
    write_ring(home, with_current_only(ring))
    return True


def _seal_anew(ring: KeyRing, rows: list[PersonalRecord]) -> None:
    tokens: list[bulk.TokenRow] = []
    seals: list[tuple[str, bytes, int]] = []
    for row in rows:
        columns = unseal(
            ring,
            table=row.table,
            record_key=row.record_key,
            key_id=row.key_id,
            ciphertext=bytes(row.ciphertext),
        )
        sealed = Sealer(ring, row.table).seal(row.record_key, columns)
        seals.append((sealed.key_id, sealed.ciphertext, row.pk))
        tokens += [(token, row.pk) for token in sealed.tokens]
    with transaction.atomic(durable=True):
        PersonalToken.objects.filter(record__in=[row.pk for row in rows]).delete()
        bulk.replace_sealed(seals)
        bulk.insert_tokens(tokens)
