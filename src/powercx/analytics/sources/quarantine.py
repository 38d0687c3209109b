"""Rows that cannot be loaded: a file that can be mended and loaded again as it is."""

from __future__ import annotations

import csv
import json
import os
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from powercx.analytics.engine.workspace import Workspace, literal
from powercx.analytics.sources.plan import REPORT_HEADS, Plan
from powercx.analytics.sources.readers.sheet import LINE, RawSheet, Reject, identifier
from powercx.analytics.sources.report import MOST_FAULTS, Fault
from powercx.analytics.sources.staging import (
    BAD,
    HASH,
    STAGED,
    cell_problems,
    key_hash,
    other_problems,
    raw_text,
    source_rows,
    typed_rows,
)
from powercx.analytics.sources.versions import CONFLICTS

CONFLICT = "conflicting_key"
_OWNER_ONLY = 0o600
JOIN = "; "
"""Between the faults of one row."""
_TWIN, _SUSPECTS = "px_twin", "px_suspects"


@dataclass(frozen=True, slots=True)
class Origin:
    """How the file of quarantined rows was read, kept beside it so that it is read so again."""

    fact: str
    source: str | None
    path: str
    mapping: dict[str, Any]
    mapping_file: str


def sidecar(path: Path) -> Path:
    return path.with_suffix(".origin.json")


def read_origin(location: str) -> Origin | None:
    """What the loader wrote beside a quarantine file; None for any other file."""
    path = sidecar(Path(location))
    if not location.endswith(".csv") or not path.exists():
        return None
    return Origin(**json.loads(path.read_text("utf-8")))


@dataclass(slots=True)
class SetAside:
    """What was set aside: rows by their first reason, and the faults of the first rows."""

    reasons: Counter[str] = field(default_factory=Counter)
    faults: list[Fault] = field(default_factory=list)

    def add(self, line: int, faults: Sequence[tuple[str, str, str]]) -> None:
        """A row with its faults: column, value and reason of each."""
        self.reasons[faults[0][2]] += 1
        if self.reasons.total() <= MOST_FAULTS:
            self.faults += [Fault(line, *fault) for fault in faults]


def write_quarantine(
    work: Workspace, plan: Plan, sheet: RawSheet, path: Path | None, origin: Origin
) -> SetAside:
    """Write every row that is not loaded, with its reasons; tell what they were.

    ``path`` is None when nothing is to be written. Columns: line, column, value, reason, then the
    source's own; a row with several faults names them all.
    """
    heads = [head for head in plan.columns if head not in REPORT_HEADS]
    told = SetAside()
    rows = _rows(told, _bad_rows(work, plan, sheet, heads), sheet.rejects, len(heads))
    if path is None:
        deque(rows, maxlen=0)
        return told
    with private_text(path) as handle:
        writer = csv.writer(handle)
        writer.writerow([*REPORT_HEADS, *heads])
        writer.writerows(rows)
    with private_text(sidecar(path)) as handle:
        json.dump(asdict(origin), handle, ensure_ascii=False, indent=1)
    return told


def _rows(
    told: SetAside, bad: Iterable[tuple[Any, ...]], rejects: Iterable[Reject], width: int
) -> Iterator[Sequence[Any]]:
    """The lines of the file, each told as it goes by."""
    for line, columns, values, reasons, *own in bad:
        told.add(line, list(zip(columns, values, reasons, strict=True)))
        yield [line, *(JOIN.join(part) for part in (columns, values, reasons)), *own]
    for reject in rejects:
        told.add(reject.line, [("", reject.raw, reject.reason)])
        yield _reject_row(reject, width)


def private_text(path: Path) -> Any:  # noqa: ANN401 - an open text file, of a type without a public name
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OWNER_ONLY)
    return os.fdopen(
        descriptor, "w", encoding="utf-8-sig" if path.suffix == ".csv" else "utf-8", newline=""
    )


def _reject_row(reject: Reject, width: int) -> list[str]:
    return [str(reject.line), "", reject.raw, reject.reason, *[""] * width]


def _bad_rows(
    work: Workspace, plan: Plan, sheet: RawSheet, heads: Sequence[str]
) -> Iterator[tuple[Any, ...]]:
    _find_suspects(work, plan, sheet)
    kept = {LINE: LINE} | {_own(at): identifier(head) for at, head in enumerate(heads)}
    lined = source_rows(plan, sheet.numbered(), lined=True)
    rows = typed_rows(plan, f"FROM ({lined}) SEMI JOIN {_SUSPECTS} USING ({LINE})", keep=kept)
    same = " AND ".join(
        f"t.{name} IS NOT DISTINCT FROM c.{name}"
        for name in ("source", "source_key", *map(identifier, plan.table.key))
    )
    marked = f"FROM ({rows}) t LEFT JOIN {CONFLICTS} c ON {same} SELECT t.*, c.{HASH} AS {_TWIN}"
    problems = f"list_filter([{', '.join(_problems(plan))}], lambda p: p.reason IS NOT NULL)"
    found = f"FROM ({marked}) SELECT {', '.join(kept)}, {problems} AS px_problems"
    shown = ", ".join(
        f"list_transform(px_problems, lambda p: p.{part})" for part in ("shown", "value", "reason")
    )
    own = ", ".join(f"CAST({_own(at)} AS VARCHAR)" for at, _ in enumerate(heads))
    query = (
        f"FROM ({found}) SELECT {LINE}, {shown}, {own} WHERE len(px_problems) > 0 ORDER BY {LINE}"
    )
    for batch in work.batches(query):
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def _find_suspects(work: Workspace, plan: Plan, sheet: RawSheet) -> None:
    """Make ``px_suspects``: the lines whose key is that of a row that cannot be loaded.

    Everything that can be wrong is asked only of them; most rows are good.
    """
    rows = typed_rows(plan, source_rows(plan, sheet.numbered(), lined=True), keep={LINE: LINE})
    faulty = f"FROM {STAGED} SELECT {HASH} WHERE {BAD} UNION ALL FROM {CONFLICTS} SELECT {HASH}"
    work.run(
        f"CREATE OR REPLACE TABLE {_SUSPECTS} AS FROM ({rows}) SELECT DISTINCT {LINE} "
        f"WHERE {key_hash(plan.table)} IN ({faulty})"
    )


def _problems(plan: Plan) -> Iterator[str]:
    """SQL structs (shown, value, reason) of everything that can be wrong; reason null where not."""
    for name, reason, condition in cell_problems(plan):
        yield _problem(plan, name, reason, condition)
    for name, reason, condition in other_problems(plan):
        yield _problem(plan, name, literal(reason), condition)
    yield _problem(plan, plan.table.key[0], literal(CONFLICT), f"{_TWIN} IS NOT NULL")


def _problem(plan: Plan, name: str, reason: str, condition: str) -> str:
    head = plan.shown.get(name, name)
    shown = head if head in plan.columns else name
    return (
        f"{{'shown': {literal(shown)}, 'value': coalesce({raw_text(plan, name)}, ''), "
        f"'reason': CASE WHEN {condition} THEN {reason} END}}"
    )


def _own(at: int) -> str:
    return f"px_own_{at}"
