"""Checks of an installation: what one is, what it may answer, and where they are kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from powercx.base.home import Home


class State(StrEnum):
    """How a check came out. ``FAIL``: something does not work; ``WARN``: it soon may not."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found, and what to do about it; ``fixed`` says what was mended just now."""

    state: State
    found: str
    remedy: str = ""
    fixed: str = ""


@dataclass(frozen=True, slots=True)
class Installation:
    """What is examined: a home, the variables it is run with, and the aware time now."""

    home: Home
    environ: Mapping[str, str]
    at: datetime


Look = Callable[[Installation], Finding]
Mend = Callable[[Installation], str]


@dataclass(frozen=True, slots=True)
class Check:
    """One check. ``after`` are those without which it cannot look; ``mend`` is safe at any time."""

    key: str
    look: Look
    after: tuple[str, ...]
    mend: Mend | None


CHECKS: dict[str, Check] = {}
"""Every check by key, in the order in which they are made."""


def check(*after: str, mend: Mend | None = None) -> Callable[[Look], Look]:
    """Register a function as a check; its name is the check's key, ``doctor.<key>`` its title.

    It is left out while one of ``after`` fails. ``mend`` puts right what it found, changes nothing
    that anybody could miss, and says what it did.
    """

    def register(look: Look) -> Look:
        key = look.__name__
        CHECKS[key] = Check(key, look, after, mend)
        return look

    return register


def ok(found: str) -> Finding:
    return Finding(State.OK, found)


def warn(found: str, remedy: str) -> Finding:
    return Finding(State.WARN, found, remedy)


def fail(found: str, remedy: str) -> Finding:
    return Finding(State.FAIL, found, remedy)
