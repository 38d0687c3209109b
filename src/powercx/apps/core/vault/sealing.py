"""Sealing personal columns and making their blind index; no database here."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from powercx.analytics.privacy.tokens import BlindIndex
from powercx.apps.core.vault.keyring import KeyRing
from powercx.base.errors import UserError

_NONCE = 12
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

Columns = Mapping[str, str | None]


class UnreadableRecord(UserError):
    """The key of a personal record is gone, or its bytes were changed."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """One record as the database keeps it; tokens of 16 bytes, one a value that can be found."""

    key_id: str
    ciphertext: bytes
    tokens: list[bytes]


class Sealer:
    """Seals records of one table with the current generation of ``ring``, opens those of any."""

    def __init__(self, ring: KeyRing, table: str) -> None:
        self._key_id = ring.current
        self._ciphers = {name: AESGCM(keys.data) for name, keys in ring.generations.items()}
        self._index = BlindIndex(ring.generations[ring.current].index, table)
        self._table = table

    def seal(self, record_key: str, columns: Columns) -> Sealed:
        """AES-256-GCM over compact JSON, a fresh 96-bit nonce before the bytes.

        Table and record key are authenticated, so that no row passes for another's.
        """
        nonce = os.urandom(_NONCE)
        plain = _encode(columns).encode()
        sealed = self._ciphers[self._key_id].encrypt(nonce, plain, self._place(record_key))
        return Sealed(self._key_id, nonce + sealed, self._index.tokens(columns))

    def unseal(self, record_key: str, key_id: str, ciphertext: bytes) -> dict[str, str | None]:
        """The personal columns of one record.

        :raises UnreadableRecord: its key is not in the ring, or the bytes are not what was sealed.
        """
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise UnreadableRecord("core.key_unknown", key=key_id, table=self._table)
        nonce, sealed = ciphertext[:_NONCE], ciphertext[_NONCE:]
        try:
            plain = cipher.decrypt(nonce, sealed, self._place(record_key))
        except (InvalidTag, ValueError) as error:
            raise UnreadableRecord("core.record_damaged", table=self._table) from error
        columns: dict[str, str | None] = json.loads(plain)
        return columns

    def _place(self, record_key: str) -> bytes:
        return f"{self._table}\0{record_key}".encode()
