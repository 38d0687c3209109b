"""The keys of a home: a file outside the database, readable by its owner alone.

The data keys come in generations: one seals personal records, its companion makes their blind
index. One generation is current; others stay only until no record needs them. The digest key and
the secret of sessions never change.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from powercx.base.errors import UserError
from powercx.base.home import Home

KEY_BYTES = 32
_OTHERS = 0o077
_OWNER_ONLY = 0o600


class KeyRingMissing(UserError):
    """The home has no key ring."""


@dataclass(frozen=True, slots=True, repr=False)
class Generation:
    """Two keys of 32 bytes: ``data`` seals (AES-256-GCM), ``index`` makes tokens (HMAC)."""

    data: bytes
    index: bytes


@dataclass(frozen=True, slots=True, repr=False)
class KeyRing:
    """All keys of one home; ``rotating`` while records of older generations remain."""

    generations: Mapping[str, Generation]
    current: str
    digest: bytes
    secret: str
    rotating: bool = False


def ring_file(home: Home) -> Path:
    return home.keys / "keyring.json"


def create_ring(home: Home) -> KeyRing:
    """Make a key ring, or read the one that is there; of several makers one wins.

    :raises UserError: the folder cannot be written, or the file is not a key ring.
    """
    home.keys.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = _new_name()
    ring = KeyRing({name: _new_generation()}, name, _new_key(), secrets.token_urlsafe(50))
    made = _written(home, ring)
    try:
        os.link(made, ring_file(home))
    except FileExistsError:
        return read_ring(home)
    finally:
        made.unlink()
    _sync_folder(home.keys)
    return ring


def read_ring(home: Home) -> KeyRing:
    """:raises UserError: the key ring is missing, damaged or readable by others."""
    path = ring_file(home)
    try:
        if path.stat().st_mode & _OTHERS:
            raise UserError("core.keys_open", file=path)
        return _decoded(path.read_bytes())
    except FileNotFoundError as error:
        raise KeyRingMissing("core.keys_missing", file=path) from error
    except OSError as error:
        raise UserError("core.keys_damaged", file=path, reason=error.strerror) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        reason = type(error).__name__
        raise UserError("core.keys_damaged", file=path, reason=reason) from error


def write_ring(home: Home, ring: KeyRing) -> None:
    """Replace the key ring, all or nothing; hold ``ring_to_change`` meanwhile."""
    _written(home, ring).replace(ring_file(home))
    _sync_folder(home.keys)


def with_new_generation(ring: KeyRing) -> KeyRing:
    """The ring with a fresh current generation beside the older ones, ``rotating``."""
    name = _new_name()
    generations = {**ring.generations, name: _new_generation()}
    return replace(ring, generations=generations, current=name, rotating=True)


def with_current_only(ring: KeyRing) -> KeyRing:
    """The ring without older generations."""
    current = {ring.current: ring.generations[ring.current]}
    return replace(ring, generations=current, rotating=False)


@contextmanager
def ring_in_use(home: Home) -> Iterator[KeyRing]:
    """The ring for writing records: nobody changes it until the block ends.

    Without this a record could be sealed with a key that a rotation has just retired.
    """
    with _locked(home, fcntl.LOCK_SH):
        yield read_ring(home)


@contextmanager
def ring_to_change(home: Home) -> Iterator[KeyRing]:
    """The ring while nobody else writes records or changes keys."""
    with _locked(home, fcntl.LOCK_EX):
        yield read_ring(home)


@contextmanager
def _locked(home: Home, how: int) -> Iterator[None]:
    home.locks.mkdir(parents=True, exist_ok=True)
    with (home.locks / "keys.lock").open("a") as lock:
        fcntl.flock(lock, how)
        yield


def _written(home: Home, ring: KeyRing) -> Path:
    path = home.keys / f".keyring-{secrets.token_hex(8)}"
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
    with os.fdopen(handle, "wb") as file:
        file.write(_encoded(ring))
        file.flush()
        os.fsync(file.fileno())
    return path


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _encoded(ring: KeyRing) -> bytes:
    content = {
        "version": 1,
        "current": ring.current,
        "rotating": ring.rotating,
        "generations": {
            name: {"data": _text(keys.data), "index": _text(keys.index)}
            for name, keys in ring.generations.items()
        },
        "digest": _text(ring.digest),
        "secret": ring.secret,
    }
    return json.dumps(content, indent=1).encode()


def _decoded(content: bytes) -> KeyRing:
    found = json.loads(content)
    generations = {
        name: Generation(_key(keys["data"]), _key(keys["index"]))
        for name, keys in found["generations"].items()
    }
    if found["version"] != 1 or found["current"] not in generations:
        raise ValueError("not a key ring of this version")
    return KeyRing(
        generations, found["current"], _key(found["digest"]), found["secret"], found["rotating"]
    )


def _new_name() -> str:
    return f"k{secrets.token_hex(4)}"


def _new_generation() -> Generation:
    return Generation(_new_key(), _new_key())


def _new_key() -> bytes:
    return secrets.token_bytes(KEY_BYTES)


def _text(key: bytes) -> str:
    return base64.b64encode(key).decode()


def _key(text: str) -> bytes:
    key = base64.b64decode(text, validate=True)
    if len(key) != KEY_BYTES:
        raise ValueError("a key has another length")
    return key
