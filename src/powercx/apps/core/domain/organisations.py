"""Units of the organisation: added, renamed and moved by loading a row, as any source does it."""

from __future__ import annotations

import csv
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from powercx.analytics.results.tree import OrgTree
from powercx.analytics.sources.service import LoadOptions, load
from powercx.analytics.sources.vault import Vault
from powercx.apps.core.domain import audit
from powercx.apps.core.domain.audit import Actor
from powercx.base.errors import UserError
from powercx.base.home import Home

TYPE = "org_unit"
SOURCE = "powercx"


class ImpossiblePlace(UserError):
    """The unit cannot stand there."""


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A unit as it is from ``valid_from`` on; without ``parent_id`` it is a topmost one."""

    org_id: str
    parent_id: str
    name: str
    level: str
    area_class: str
    valid_from: date


def save_unit(
    *,
    home: Home,
    vault: Vault,
    tree: OrgTree,
    row: UnitRow,
    new: bool,
    actor: Actor,
    at: datetime,
) -> None:
    """Load the row; it counts from the next refresh.

    :raises ImpossiblePlace: a new unit's id is in use, the unit above is not there, or it is the
        unit itself or beneath it.
    :raises UserError: the loader refused the row; says why.
    """
    _check(tree, row, new=new)
    before = {} if new else {name: tree.unit(row.org_id).get(name) or "" for name in _told(row)}
    with TemporaryDirectory() as folder:
        file = Path(folder) / "org_unit.csv"
        _write(file, row, at)
        options = LoadOptions(fact="org_unit", source=SOURCE)
        [report] = load(home, vault, [str(file)], options=options, at=at)
    if report.refused:
        raise report.refused
    if report.quarantined:
        reasons = ", ".join(report.reasons)
        raise ImpossiblePlace("organisations.refused", reasons=reasons)
    audit.record(
        actor=actor,
        action="create" if new else "change",
        record_type=TYPE,
        record_id=row.org_id,
        org_id=row.org_id,
        at=at,
        detail=audit.changes(before, _told(row)) | {"valid_from": row.valid_from.isoformat()},
    )


def _told(row: UnitRow) -> dict[str, str]:
    return {
        name: value for name, value in asdict(row).items() if name not in {"org_id", "valid_from"}
    }


def _check(tree: OrgTree, row: UnitRow, *, new: bool) -> None:
    if new and tree.knows(row.org_id):
        raise ImpossiblePlace("organisations.taken", org=row.org_id)
    if row.parent_id and row.parent_id not in tree.names:
        raise ImpossiblePlace("organisations.no_parent", org=row.parent_id)
    if not new and row.parent_id in tree.subtree(row.org_id):
        raise ImpossiblePlace("organisations.beneath_itself")


def _write(file: Path, row: UnitRow, at: datetime) -> None:
    cells = {**asdict(row), "updated_at": at.isoformat()}
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, list(cells))
        writer.writeheader()
        writer.writerow(cells)
