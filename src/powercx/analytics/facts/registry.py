"""The list of derived facts and what each says of itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import ibis.expr.types as ir

from powercx.analytics.facts.inputs import Inputs

Builder = Callable[[Inputs], ir.Table]


@dataclass(frozen=True, slots=True)
class DerivedFact:
    """A fact that measures are counted on.

    ``build`` makes it from its sources; every row has ``org_id``, ``class``, ``channel``,
    ``customer_id`` and ``left_out`` (null, or why the row is in no measure). ``reach`` says, per
    source column ``table.column``, which days of the fact a source row dated d can change:
    from d - back to d + ahead. ``until`` are the tables whose latest day ends what is known of the
    fact, ``lag`` how many days before it may change as it moves on (None: not even that day).
    ``open_day`` is (table, day column, column that is null while a row is open). ``shares`` names
    the rows it stands on together with other facts, ``hints`` each ``table.column`` of which it
    wants to know beforehand whether all of its cells, or none, are empty.
    """

    name: str
    grain: str
    build: Builder
    reach: Mapping[str, tuple[int, int]]
    until: tuple[str, ...]
    lag: int | None = None
    open_day: tuple[str, str, str] | None = None
    spans: Builder | None = None
    shares: str | None = None
    hints: tuple[str, ...] = ()

    @property
    def sources(self) -> tuple[str, ...]:
        """The lake tables it is made from."""
        return tuple(sorted({column.split(".")[0] for column in self.reach}))


DERIVED: dict[str, DerivedFact] = {}
SHARED: dict[str, Builder] = {}


def shared_rows(build: Builder) -> Builder:
    """Register the function below as rows that derived facts share under its name."""
    SHARED[build.__name__] = build
    return build


def derived_fact(
    *,
    grain: str,
    reach: Mapping[str, tuple[int, int]],
    until: tuple[str, ...],
    lag: int | None = None,
    open_day: tuple[str, str, str] | None = None,
    spans: Builder | None = None,
    shares: str | None = None,
    hints: tuple[str, ...] = (),
) -> Callable[[Builder], Builder]:
    """Register the function below as the derived fact of its name."""

    def register(build: Builder) -> Builder:
        DERIVED[build.__name__] = DerivedFact(
            build.__name__, grain, build, dict(reach), until, lag, open_day, spans, shares, hints
        )
        return build

    return register
