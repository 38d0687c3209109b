"""Texts shown to people, in Chinese and English, by code.

One YAML file per area beside this module: ``area.code: {zh: ..., en: ...}`` with ``{name}`` for
parameters. A test holds every code used in the source against these files.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

import yaml

LANGUAGES = ("zh", "en")
_chosen: ContextVar[str | None] = ContextVar("language", default=None)


@cache
def texts() -> dict[str, dict[str, str]]:
    """Every text by code; a code stands in one file only."""
    found: dict[str, dict[str, str]] = {}
    for path in sorted(Path(__file__).parent.glob("*.yaml")):
        found |= yaml.safe_load(path.read_text("utf-8")) or {}
    return found


def language() -> str:
    """The reader's language: as chosen, else ``POWERCX_LANG``, else the locale; Chinese first."""
    if chosen := _chosen.get():
        return chosen
    wish = os.environ.get("POWERCX_LANG") or os.environ.get("LC_ALL") or os.environ.get("LANG", "")
    return "en" if wish.lower().startswith("en") else "zh"


@contextmanager
def use_language(code: str) -> Iterator[None]:
    """Speak ``code`` ("zh" or "en") inside the block."""
    token = _chosen.set(code if code in LANGUAGES else None)
    try:
        yield
    finally:
        _chosen.reset(token)


def say(code: str, **params: object) -> str:
    """Return the text of ``code`` in the reader's language, filled with ``params``.

    :raises KeyError: no such text, which is a bug and not a user's error.
    """
    return texts()[code][language()].format(**params)
