"""The door of the doctor: make every check, mend what may be mended."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from powercx.apps.core.bootstrap import prepare
from powercx.apps.core.databases import database_settings
from powercx.apps.core.environment import origins
from powercx.base.errors import UserError
from powercx.base.home import Home
from powercx.base.messages import say
from powercx.jobs.doctor.registry import (
    CHECKS,
    Check,
    Finding,
    Installation,
    State,
    fail,
    warn,
)

__all__ = ["Finding", "State", "examine", "title_of"]

ENVIRONMENT = "environment"
_MODULES = ("machine", "folders", "database", "lake", "server")
Heard = Callable[[str, Finding], None]


def examine(
    home: Home,
    *,
    environ: Mapping[str, str],
    at: datetime,
    only: Collection[str] = (),
    fix: bool = False,
    heard: Heard | None = None,
) -> dict[str, Finding]:
    """Make every check, or ``only`` some, and return what each found, by its key, in order.

    ``fix`` mends what can be mended without asking. ``heard`` is told of each finding as it comes.
    Variables that cannot be understood are the only finding: nothing else can be read by them.
    """
    seen = Installation(home, environ, at)
    found: dict[str, Finding] = {}

    def keep(key: str, finding: Finding) -> None:
        found[key] = finding
        if heard is not None:
            heard(key, finding)

    try:
        database_settings(home, environ)
        origins(environ)
    except UserError as error:
        keep(ENVIRONMENT, fail(str(error), say("doctor.environment_mend")))
        return found
    prepare()
    for module in _MODULES:
        importlib.import_module(f"powercx.jobs.doctor.checks.{module}")
    barring: set[str] = set()
    for each in [each for key, each in CHECKS.items() if not only or key in only]:
        before = [key for key in each.after if key in barring]
        finding = _barred(before) if before else _examined(each, seen, fix=fix)
        if before or finding.state is State.FAIL:
            barring.add(each.key)
        keep(each.key, finding)
    return found


def title_of(key: str) -> str:
    """What a check is called."""
    return say(f"doctor.{key}")


def _barred(before: Sequence[str]) -> Finding:
    titles = ", ".join(map(title_of, before))
    return warn(say("doctor.not_looked_at", titles=titles), say("doctor.mend_those_first"))


def _examined(each: Check, seen: Installation, *, fix: bool) -> Finding:
    finding = _looked(each, seen)
    if finding.state is State.OK or not fix or each.mend is None:
        return finding
    try:
        done = each.mend(seen)
    except (UserError, OSError) as error:
        return replace(finding, remedy=f"{finding.remedy} {say('doctor.not_mended', why=error)}")
    return replace(_looked(each, seen), fixed=done)


def _looked(each: Check, seen: Installation) -> Finding:
    try:
        return each.look(seen)
    except UserError as error:
        return fail(str(error), "")  # its text says what to do
    except Exception as error:  # noqa: BLE001 - whatever a check trips over is what it has found
        reason = f"{type(error).__name__}: {error}".strip()
        return fail(say("doctor.broke", reason=reason), say("doctor.broke_mend"))
