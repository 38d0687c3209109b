"""Short secrets of the program itself (second factors, webhooks), sealed for the database."""

from __future__ import annotations

import base64
import hashlib
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from powercx.apps.core.vault.keyring import KeyRing
from powercx.base.errors import UserError

_NONCE = 12


def seal_secret(ring: KeyRing, text: str) -> str:
    """AES-256-GCM under a key made of the home's secret, which never changes; base64."""
    nonce = os.urandom(_NONCE)
    return base64.b64encode(nonce + _cipher(ring).encrypt(nonce, text.encode(), None)).decode()


def open_secret(ring: KeyRing, sealed: str) -> str:
    """:raises UserError: ``core.secret_damaged``, as after a restore with another key file."""
    try:
        raw = base64.b64decode(sealed, validate=True)
        return _cipher(ring).decrypt(raw[:_NONCE], raw[_NONCE:], None).decode()
    except (InvalidTag, ValueError) as error:
        raise UserError("core.secret_damaged") from error


def _cipher(ring: KeyRing) -> AESGCM:
    return AESGCM(hashlib.sha256(b"powercx secrets\0" + ring.secret.encode()).digest())
