"""Quarantined rows as people mend them; every change and every look is in the audit chain."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from powercx.analytics.sources import amending
from powercx.analytics.sources.amending import Reloaded
from powercx.analytics.sources.quarantined import QuarantineFile
from powercx.apps.core.service import Actor, OperationalVault, audit
from powercx.apps.insight.domain.telling import plainly
from powercx.base.errors import UserError
from powercx.base.home import Home

TYPE = "quarantine"
_LINES_KEPT = 200


def change_cells(
    *,
    home: Home,
    file: QuarantineFile,
    digest: str,
    changes: Mapping[int, Mapping[str, str]],
    actor: Actor,
    at: datetime,
) -> int:
    """Keep corrections without loading them; how many cells differ from before.

    :raises AmendedMeanwhile: somebody else changed the file.
    """
    heads = Counter(head for cells in changes.values() for head in cells)
    with transaction.atomic():
        if changes:
            _record(file.id, "change", actor, at, {"rows": len(changes), "cells": dict(heads)})
        return amending.change_cells(home, file.id, digest=digest, changes=changes)


def discard_rows(
    *,
    home: Home,
    file: QuarantineFile,
    digest: str,
    numbers: Iterable[int],
    reason: str,
    actor: Actor,
    at: datetime,
) -> int:
    """Throw rows away for a reason; how many.

    :raises AmendedMeanwhile: somebody else changed the file.
    :raises UserError: no row is chosen, or no reason given.
    """
    _need_reason(reason)
    chosen = set(numbers)
    if not chosen:
        raise UserError("quarantine.none_chosen")
    lines = [row.line for row in file.rows() if row.number in chosen]
    detail = {"rows": len(lines), "lines": lines[:_LINES_KEPT], "reason": reason.strip()}
    with transaction.atomic():
        _record(file.id, "discard", actor, at, detail | {"file": file.source_name})
        return len(amending.discard_rows(home, file.id, digest=digest, numbers=chosen))


def restore(*, home: Home, file: QuarantineFile, digest: str, actor: Actor, at: datetime) -> None:
    """Put the file back as the loader wrote it.

    :raises AmendedMeanwhile: somebody else changed the file.
    """
    with transaction.atomic():
        _record(file.id, "restore", actor, at, {})
        amending.restore(home, file.id, digest=digest)


def take_back(
    *, home: Home, file: QuarantineFile, digest: str, sheet: Path, actor: Actor, at: datetime
) -> int:
    """Take the cells of a file that was mended in a spreadsheet; how many differ from before.

    :raises AmendedMeanwhile: somebody else changed the file.
    :raises UserError: the sheet cannot be read or is of another file.
    """
    with plainly(sheet.parent), transaction.atomic():
        _record(file.id, "change", actor, at, {"sheet": sheet.name})
        return amending.take_back(home, file.id, digest=digest, sheet=sheet)


def reload_rows(
    *,
    home: Home,
    load_id: str,
    digest: str,
    actor: Actor,
    at: datetime,
    tell: Callable[[str], None],
) -> Reloaded:
    """Load the rows again; the new load is in the audit chain under its own id.

    :raises AmendedMeanwhile: somebody changed the file after it was asked for.
    :raises UserError: nothing could be loaded.
    """
    found = amending.reload(
        home, OperationalVault(home), load_id, digest=digest, at=at, progress=tell
    )
    counts = found.report.to_json()
    names = ("fact", "read", "loaded", "duplicate", "superseded", "quarantined")
    audit.record(
        actor=actor,
        action="load",
        record_type="load",
        record_id=found.report.load_id,
        at=at,
        detail={"quarantine": load_id, **{name: counts[name] for name in names}},
    )
    return found


def note_look(
    *,
    file: QuarantineFile,
    action: str,
    reason: str,
    actor: Actor,
    at: datetime,
    lines: Iterable[str] = (),
) -> None:
    """Put a look at personal values (``reveal``) or their download (``export``) into the chain.

    :raises UserError: no reason is given.
    """
    _need_reason(reason)
    detail = {"reason": reason.strip(), "table": file.origin.fact, "lines": list(lines)}
    _record(file.id, action, actor, at, detail)


def _need_reason(reason: str) -> None:
    if not reason.strip():
        raise UserError("quarantine.reason_needed")


def _record(
    load_id: str, action: str, actor: Actor, at: datetime, detail: Mapping[str, Any]
) -> None:
    audit.record(
        actor=actor, action=action, record_type=TYPE, record_id=load_id, at=at, detail=detail
    )
