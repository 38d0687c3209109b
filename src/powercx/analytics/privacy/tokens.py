"""Keyed digests of personal values: equal values can be told equal, and nothing else is told.

Two kinds, with two keys. A *digest* (of all personal columns of a row) shows the loader that a
row changed; a *token* (of one value) finds the records that hold it.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence

import pyarrow as pa

TOKEN_BYTES = 16
DIGEST_CHARS = 32
_BLOCK = 64
_INNER = bytes(byte ^ 0x36 for byte in range(256))
_OUTER = bytes(byte ^ 0x5C for byte in range(256))
_NO_DIGIT = re.compile(r"[^0-9]+")
_COUNTRY = re.compile(r"^(?:0086|86)(?=1\d{10}$)")
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode


class Keyed:
    """HMAC-SHA256 under one key, its two padded blocks hashed once.

    Twice as fast as ``hmac.digest`` over short values, of which a load has millions. ``prefix``
    stands before every message.

    :raises ValueError: the key is longer than one block of 64 bytes, or empty.
    """

    def __init__(self, key: bytes, prefix: bytes = b"") -> None:
        if not 0 < len(key) <= _BLOCK:
            raise ValueError("a key has 1 to 64 bytes")
        padded = key.ljust(_BLOCK, b"\0")
        self._inner = hashlib.sha256(padded.translate(_INNER) + prefix)
        self._outer = hashlib.sha256(padded.translate(_OUTER))

    def digest(self, message: bytes) -> bytes:
        """32 bytes, those of RFC 2104 over prefix and message."""
        inner = self._inner.copy()
        inner.update(message)
        outer = self._outer.copy()
        outer.update(inner.digest())
        return outer.digest()


class BlindIndex:
    """Tokens of the personal values of one table; 16 bytes over table, column and value."""

    def __init__(self, key: bytes, table: str) -> None:
        self._key = key
        self._table = table
        self._columns: dict[str, tuple[Callable[[str], str], Keyed]] = {}

    def token(self, column: str, value: str) -> bytes | None:
        """The token of a value in its normal form, null when nothing of it remains."""
        form, keyed = self._columns.get(column) or self._added(column)
        normal = form(unicodedata.normalize("NFKC", value))
        return keyed.digest(normal.encode())[:TOKEN_BYTES] if normal else None

    def tokens(self, columns: Mapping[str, str | None]) -> list[bytes]:
        """The tokens of the values that are there, in the order of the columns."""
        found = [self.token(column, value) for column, value in columns.items() if value]
        return [token for token in found if token is not None]

    def _added(self, column: str) -> tuple[Callable[[str], str], Keyed]:
        place = f"{self._table}\0{column}\0".encode()
        found = _FORMS.get(column, _folded), Keyed(self._key, place)
        self._columns[column] = found
        return found


def normalised(column: str, value: str) -> str:
    """The form under which two spellings of one value are the same.

    >>> normalised("phone", "+86 138-1234 5678"), normalised("name", " ＷＵ 小明")
    ('13812345678', 'wu小明')
    """
    return _FORMS.get(column, _folded)(unicodedata.normalize("NFKC", value))


def keyed_digest(key: bytes, columns: Mapping[str, str | None]) -> str:
    """32 hex characters over the columns' canonical JSON (sorted names, nulls kept)."""
    return Keyed(key).digest(_encode(columns).encode()).hex()[:DIGEST_CHARS]


def digest_batch(key: bytes, batch: pa.RecordBatch, columns: Sequence[str]) -> pa.Array:
    """``keyed_digest`` of every row over ``columns``; utf8, never null.

    A column that the batch lacks counts as null, so that a file without it and a file in which
    it is empty are the same.
    """
    keyed, names = Keyed(key), sorted(columns)
    rows = zip(*(_values(batch, name) for name in names), strict=True) if names else ()
    found = [
        keyed.digest(_encode(dict(zip(names, row, strict=True))).encode()).hex()[:DIGEST_CHARS]
        for row in rows
    ]
    if not names:
        found = [keyed.digest(b"{}").hex()[:DIGEST_CHARS]] * batch.num_rows
    return pa.array(found, pa.string())


def _values(batch: pa.RecordBatch, name: str) -> list[str | None]:
    if name not in batch.schema.names:
        return [None] * batch.num_rows
    values: list[str | None] = batch.column(name).to_pylist()
    return values


def _folded(value: str) -> str:
    return "".join(value.casefold().split())


def _packed(value: str) -> str:
    return "".join(value.split())


def _number(value: str) -> str:
    return _packed(value).upper()


def _phone(value: str) -> str:
    return _COUNTRY.sub("", _NO_DIGIT.sub("", value))


_FORMS: Mapping[str, Callable[[str], str]] = {
    "phone": _phone,
    "name": _folded,
    "id_number": _number,
    "address": _packed,
}
