"""Errors as people read them: files by their names, not by where the home keeps them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from powercx.base.errors import UserError


@contextmanager
def plainly(folder: Path) -> Iterator[None]:
    """What goes wrong in the block is told without ``folder``."""
    try:
        yield
    except UserError as error:
        shorten(error, folder)
        raise


def shorten(error: UserError, folder: Path) -> None:
    """Take ``folder`` out of what the error says."""
    error.params = {
        name: str(value).replace(f"{folder}/", "") if isinstance(value, str | Path) else value
        for name, value in error.params.items()
    }
