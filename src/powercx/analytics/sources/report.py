"""What is told of one load."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from powercx.base.errors import UserError

MOST_FAULTS = 1_000
"""So many quarantined rows a report names one by one; the quarantine file holds them all."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in one cell of a row that is not loaded; ``line`` counts from 1."""

    line: int
    column: str
    value: str
    reason: str


@dataclass
class FileReport:
    """One file (or sheet) and what became of its rows; a row is counted exactly once.

    ``first`` and ``last`` are the local days of the rows that are good, ``orphans`` the number of
    ids by referenced table that it does not hold yet. ``refused`` is set when nothing was loaded
    because the file itself is at fault. ``ignored`` are columns that the table has not, ``faults``
    those of the first ``MOST_FAULTS`` quarantined rows.
    """

    path: str
    fact: str | None = None
    read: int = 0
    loaded: int = 0
    duplicate: int = 0
    superseded: int = 0
    quarantined: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    quarantine: str | None = None
    first: date | None = None
    last: date | None = None
    orphans: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    load_id: str | None = None
    refused: UserError | None = None
    notes: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def check(self) -> None:
        """:raises ArithmeticError: a row was lost or counted twice, which is a bug."""
        known = self.loaded + self.duplicate + self.superseded + self.quarantined
        if known != self.read or sum(self.reasons.values()) != self.quarantined:
            raise ArithmeticError(f"{self.read} rows read, {known} accounted for: {self}")

    def to_json(self) -> dict[str, Any]:
        """The answer of ``powercx load --json`` for this file; ``error`` only when refused."""
        answer: dict[str, Any] = {
            "path": self.path,
            "fact": self.fact,
            "read": self.read,
            "loaded": self.loaded,
            "duplicate": self.duplicate,
            "superseded": self.superseded,
            "quarantined": self.quarantined,
            "reasons": dict(self.reasons),
            "quarantine": self.quarantine,
            "from": self.first.isoformat() if self.first else None,
            "to": self.last.isoformat() if self.last else None,
            "orphans": dict(self.orphans),
            "seconds": round(self.seconds, 3),
        }
        if self.refused is not None:
            answer["error"] = {"code": self.refused.code, "message": str(self.refused)}
        return answer


def report_json(reports: list[FileReport]) -> Mapping[str, Any]:
    """The whole answer."""
    return {"files": [report.to_json() for report in reports]}
