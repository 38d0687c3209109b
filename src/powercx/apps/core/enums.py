"""Words that the records of core and those who read them share."""

from __future__ import annotations

from enum import StrEnum


class LoadState(StrEnum):
    """How far a load came. Only ``STARTED`` may still change."""

    STARTED = "started"
    DONE = "done"
    DISCARDED = "discarded"
    REFUSED = "refused"
