"""What is said of a figure: its definition, rows, data, and the parts it is made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from powercx.analytics.definitions.measures import Measure
from powercx.analytics.measures.figures import Figure, Share

Record = dict[str, Any]
MOST_LOADS = 20


@dataclass
class Rows:
    """Rows behind a number.

    ``counted`` is null where no rows are counted, ``left_out`` counts rows by reason, ``sample``
    shows some of those counted, ``loads`` are those they came in, ``versions`` the Delta versions
    read.
    """

    counted: int | None = None
    left_out: dict[str, int] = field(default_factory=dict)
    sample: list[Record] = field(default_factory=list)
    loads: list[str] = field(default_factory=list)
    versions: dict[str, int] = field(default_factory=dict)

    def to_json(self) -> Record:
        """The keys that explanations and populations share."""
        return {
            "rows": {"counted": self.counted, "left_out": self.left_out},
            "data": {"versions": self.versions, "loads": self.loads},
            "sample": self.sample,
        }


@dataclass
class Members:
    """A population in a figure: ``value`` is its size as the figure takes it.

    ``role`` is ``numerator`` or ``denominator``, ``at`` when it is counted (see ``Population``);
    ``rows`` are reference rows, or contracts for subscribers.
    """

    name: str
    role: str
    at: str
    value: float | None
    rows: Rows

    def to_json(self) -> Record:
        """One of ``populations`` in the JSON answer of ``powercx measures explain``."""
        head = {"name": self.name, "role": self.role, "at": self.at, "value": self.value}
        return {**head, **self.rows.to_json()}


@dataclass(frozen=True)
class Part:
    """What a figure is to the one that it is a part of.

    ``terms`` are the names of a formula that stand for it, or the class of its rows; ``share`` is
    what it gives to a weighted mean.
    """

    of: str
    terms: tuple[str, ...] = ()
    share: Share | None = None

    def to_json(self) -> Record:
        """``part`` in the JSON answer."""
        share = self.share
        return {
            "of": self.of,
            "terms": list(self.terms),
            "weight": share and share.weight,
            "score": share and share.score,
            "contribution": share and share.contribution,
        }


@dataclass
class Explanation:
    """Everything behind one figure; ``rules`` are the service limits and the set that spoke."""

    measure: Measure
    figure: Figure
    form: str
    file: str
    version: str
    part: Part | None = None
    rows: Rows = field(default_factory=Rows)
    populations: list[Members] = field(default_factory=list)
    parts: list[Explanation] = field(default_factory=list)
    rules: list[Record] = field(default_factory=list)
    target: float | None = None
    notes: list[str] = field(default_factory=list)

    def to_json(self) -> Record:
        """The JSON answer of ``powercx measures explain``."""
        given = {name: share.contribution for name, share in self.figure.shares.items()}
        return {
            "measure": self.measure.key,
            "part": self.part.to_json() if self.part else None,
            "definition": {
                "version": self.version,
                "file": self.file,
                "form": self.form,
                **self.measure.model_dump(mode="json", exclude_none=True),
            },
            "figure": self.figure.to_json(),
            "reason": self.figure.reason,
            "terms": dict(self.figure.terms),
            "shares": {name: share for name, share in given.items() if share is not None},
            "target": self.target,
            "rules": self.rules,
            "notes": [*self.figure.notes, *self.notes],
            **self.rows.to_json(),
            "populations": [one.to_json() for one in self.populations],
            "parts": [part.to_json() for part in self.parts],
        }
