"""Files as they arrive: straight into the home, for its owner alone, never into memory."""

from __future__ import annotations

import hashlib
import time
import uuid
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopFutureHandlers

MOST_BYTES = 4 * 1024**3
"""Largest file that is taken; the rest of a larger one is let pass and not kept."""
_FORGOTTEN_S = 24 * 3600


class ReceivedFile(UploadedFile):  # type: ignore[type-arg]  # none when it runs
    """A file that stands under ``uploads/incoming`` until somebody takes it over or it is closed.

    ``sha256`` is known once it is whole; ``too_large`` says that it was cut at ``MOST_BYTES``.
    """

    def __init__(
        self, path: Path, name: str, content_type: str | None, charset: str | None
    ) -> None:
        path.touch(mode=0o600)
        super().__init__(path.open("r+b"), name, content_type, 0, charset)
        self.path = path
        self.sha256 = ""
        self.too_large = False

    def temporary_file_path(self) -> str:
        """Where it stands."""
        return str(self.path)

    def close(self) -> None:
        super().close()
        self.path.unlink(missing_ok=True)


class HomeUploadHandler(FileUploadHandler):
    """Writes each file of a request into the home while it arrives."""

    file: ReceivedFile

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        folder = settings.HOME.uploads / "incoming"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _sweep(folder)
        name, kind = str(self.file_name), self.content_type
        self.file = ReceivedFile(folder / uuid.uuid4().hex, name, kind, self.charset)
        self._digest = hashlib.sha256()
        raise StopFutureHandlers

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if start + len(raw_data) > MOST_BYTES:
            self.file.too_large = True
        if not self.file.too_large:
            self.file.write(raw_data)
            self._digest.update(raw_data)

    def file_complete(self, file_size: int) -> ReceivedFile:
        self.file.flush()
        self.file.seek(0)
        self.file.size = file_size
        self.file.sha256 = self._digest.hexdigest()
        return self.file

    def upload_interrupted(self) -> None:
        if hasattr(self, "file"):
            self.file.close()


def _sweep(folder: Path) -> None:
    """Remove what arrived long ago and nobody took over: its process died."""
    for path in folder.iterdir():
        if path.is_file() and time.time() - path.stat().st_mtime > _FORGOTTEN_S:
            path.unlink(missing_ok=True)
