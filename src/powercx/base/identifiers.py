"""Names people type, and what they may have meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest(name: str, candidates: Iterable[str], *, most: int = 3) -> list[str]:
    """The candidates that look most like ``name``, best first, at most ``most`` of them.

    >>> nearest("conection_time", ["connection_time", "nps", "connection_on_time"])
    ['connection_time', 'connection_on_time']
    """
    return difflib.get_close_matches(name, list(candidates), n=most, cutoff=0.5)


def suggestion(name: str, candidates: Iterable[str]) -> str:
    """``nearest`` as one string for a message, or all candidates when few, or a dash."""
    known = sorted(set(candidates))
    found = nearest(name, known)
    few = 12
    if found:
        return ", ".join(found)
    return ", ".join(known) if len(known) <= few else "—"
