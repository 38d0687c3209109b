from __future__ import annotations

from powercx.analytics.privacy.tokens import BlindIndex
from powercx.apps.core.models import PersonalRecord
from powercx.apps.core.vault.keyring import KeyRing
from powercx.apps.core.vault.sealing import Sealer
from powercx.base.errors import UserError


class UnknownRecord(UserError):
    """No personal columns are held for this record."""


def find_personal(ring: KeyRing, *, table: str, field: str, value: str) -> list[str]:
    """Keys of the visible records whose ``field`` is ``value`` in its normal form, in order."""
    indexes = (BlindIndex(keys.index, table) for keys in ring.generations.values())
    tokens = [token for index in indexes if (token := index.token(field, value))]
    found = PersonalRecord.objects.filter(visible=True, table=table, tokens__token__in=tokens)
    return list(found.order_by("record_key", "pk").values_list("record_key", flat=True))


def reveal(ring: KeyRing, *, table: str, record_key: str) -> dict[str, str | None]:
    """The personal columns of one visible record, in plain.

    :raises UnknownRecord: there is none.
    :raises UnreadableRecord: its key is gone or its bytes were changed.
    """
    try:
        record = PersonalRecord.objects.get(visible=True, table=table, record_key=record_key)
    except PersonalRecord.DoesNotExist as error:
        raise UnknownRecord("core.no_personal_record", table=table, key=record_key) from error
    return Sealer(ring, table).unseal(record_key, record.key_id, bytes(record.ciphertext))
