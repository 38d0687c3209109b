"""Static files out of the packages, compressed once for all starts."""

from __future__ import annotations

import gzip
import hashlib
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import StaticFile

_WORTH = 1024
_LEAST_GAIN = 0.95
_DIGITS = 12
_OF_ONE_FORM = {"Content-Length", "Last-Modified"}


class AssetsMiddleware(WhiteNoiseMiddleware):
    """Serves static files, compressed for browsers that take it.

    WhiteNoise looks for compressed files beside the original, where packages have none; here they
    are made in the home's cache at the first start.
    """

    def get_static_file(self, path: str, url: str, stat_cache: Any = None) -> Any:  # noqa: ANN401 - WhiteNoise's signature
        plain = super().get_static_file(path, url, stat_cache)
        packed = _packed(Path(path))
        if packed is None:
            return plain
        held = dict(plain.alternatives[0][2])
        # Of what is in it and not of its time: processes that make a file at once agree on it.
        held["ETag"] = f'"{packed.stem}"'
        headers = [(name, value) for name, value in held.items() if name not in _OF_ONE_FORM]
        return StaticFile(path, headers, encodings={"gzip": str(packed)})


def _of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:_DIGITS]


def _packed(path: Path) -> Path | None:
    """The compressed file, made when it is missing; None where it is not worth it."""
    content = path.read_bytes()
    if len(content) < _WORTH:
        return None
    target: Path = settings.ASSETS / "gzip" / f"{_of(content)}.gz"
    if target.exists():
        return target
    small = gzip.compress(content, mtime=0)
    if len(small) > len(content) * _LEAST_GAIN:
        return None
    # A cache that cannot be written costs speed only; several processes may write it at once.
    with suppress(OSError):
        target.parent.mkdir(parents=True, exist_ok=True)
        made = target.with_suffix(f".{os.getpid()}")
        made.write_bytes(small)
        made.replace(target)
    return target if target.exists() else None
