"""Counting one fact at a time: on which of its days, and the measures on its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from powercx.analytics.definitions.catalogue import MeasureFile
from powercx.analytics.engine.workspace import EngineError, Interrupted, OutOfRoom, Workspace
from powercx.analytics.facts.inputs import ALWAYS, EVER
from powercx.analytics.facts.registry import DERIVED, DerivedFact
from powercx.analytics.measures import plan as planning
from powercx.analytics.measures.gather import Gatherer, new_days
from powercx.analytics.measures.publishing import Parts
from powercx.analytics.measures.state import touched
from powercx.analytics.results.state import State
from powercx.base.days import Days
from powercx.base.errors import DefinitionError

_LOOK_BACK, _FURTHEST = 64, 20_000


@dataclass(frozen=True)
class Change:
    """What has changed since the refresh ``before`` (None: count everything anew).

    ``placed_from`` is the day from which rows are placed otherwise, ``EVER`` when none are;
    ``customers`` says that customers or units have changed.
    """

    before: State | None
    now: State
    placed_from: date = EVER
    customers: bool = True

    def moved(self, table: str) -> bool:
        """Whether a lake table has another version."""
        return self.before is None or self.before.tables.get(table) != self.now.tables.get(table)


@dataclass(frozen=True)
class Planned:
    """The definitions of every fact and what they come to."""

    files: Mapping[str, Sequence[MeasureFile]]
    measures: Mapping[str, Sequence[planning.Planned]]

    def sharing(self, fact: DerivedFact) -> list[planning.Planned]:
        """The measures of ``fact`` and of those that share rows with it."""
        if fact.shares is None:
            return list(self.measures[fact.name])
        names = [name for name in self.measures if DERIVED[name].shares == fact.shares]
        return [one for name in names for one in self.measures[name]]


class Counter:
    """Counts facts in one workspace; another may count other facts beside it."""

    def __init__(
        self, work: Workspace, gatherer: Gatherer, parts: Parts, change: Change, planned: Planned
    ) -> None:
        self._work = work
        self._gatherer = gatherer
        self._parts = parts
        self._change = change
        self._planned = planned

    def count(self, fact: DerivedFact) -> list[int]:
        """Write the parts of all that has changed of a fact; how many rows, by pass.

        :raises DefinitionError: a definition that the engine cannot compute.
        """
        days = self.days(fact)
        self._parts.days[fact.name] = days
        return self._count(fact, days) if days is None or days else []

    def days(self, fact: DerivedFact) -> Days | None:
        """The days of ``fact`` to count anew; None for all of them."""
        before, now, placed_from = self._change.before, self._change.now, self._change.placed_from
        if before is None or placed_from <= ALWAYS:
            return None
        old = {k for k in before.measures if k not in now.measures}
        if old or any(
            before.measures.get(f.measure.key) != f.version for f in self._planned.files[fact.name]
        ):
            return None
        if not fact.reach:
            return None if self._change.customers else Days()
        days = self._touched_days(fact, before)
        if days is None:
            return None
        last = now.last(*fact.until)
        if before.last(*fact.until) is None and last is not None:
            return None
        days = days | new_days(before.last(*fact.until), last, fact.lag)
        if placed_from < EVER:
            # Some days, such as those on which contracts end, lie beyond the end of the data.
            days = days | Days.of([(placed_from, date.max)])
        if days and before.last(*fact.until) != last:
            days = days | self._open_days(fact)
        return self._with_beginnings(fact, days)

    def _touched_days(self, fact: DerivedFact, before: State) -> Days | None:
        days = Days()
        for table in fact.sources:
            if not self._change.moved(table):
                continue
            changes = touched(self._gatherer.lake, table, before.tables.get(table, -1))
            if changes is None:
                return None
            for column, (back, ahead) in fact.reach.items():
                source, name = column.split(".", 1)
                if source == table and name in changes:
                    days = days | changes[name].widen(back=back, ahead=ahead)
        return days

    def _open_days(self, fact: DerivedFact) -> Days:
        if fact.open_day is None:
            return Days()
        table, day, empty = fact.open_day
        self._gatherer.name(table)
        self._gatherer.compute.answer(
            "open_days", f'select distinct "{day}" as day from "{table}" where "{empty}" is null'
        )
        return Days.of((row[0], row[0]) for row in self._work.rows("select day from open_days"))

    def _with_beginnings(self, fact: DerivedFact, days: Days) -> Days:
        """``days`` and those on which rows begin that stretch into them.

        Looks back twice as far as long as one may have begun before the rows at hand. Days of such
        facts come in spans that are wider than any gap, so that what stretches into them has a
        source row on one of them.
        """
        if fact.spans is None or not days:
            return days
        back, edge = _LOOK_BACK, max(a for a, _ in fact.reach.values())
        touches = " or ".join(
            f"(first <= date '{b}' and last >= date '{a}')" for a, b in days.spans
        )
        while True:
            start = days.spans[0][0] - timedelta(days=back)
            wider = Days.of([(start, days.spans[-1][1])])
            self._gatherer.compute.store("stretches", self._gatherer.spans(fact, wider, days).sql)
            sql = f"select distinct first from stretches where {touches}"
            begun = [row[0] for row in self._work.rows(sql)]
            if back > _FURTHEST or all(day > start + timedelta(days=edge) for day in begun):
                return days | Days.of((day, day) for day in begun)
            back *= 2

    def _count(self, fact: DerivedFact, days: Days | None) -> list[int]:
        ready = planning.passes(self._planned.measures[fact.name])
        sharing = self._planned.sharing(fact)
        asked = sorted({c for one in sharing for c in one.columns}) if fact.shares else None
        numbered = not any(one.named for one in sharing)
        found = self._gatherer.rows(fact, days, asked, numbered=numbered)
        name, columns = f"rows_of_{fact.name}", _looked_at(ready)
        self._gatherer.compute.define(name, found.sql, columns=columns, keep=len(ready) > 1)
        rows = [
            self._answer(one, name, days, f"counted_{number}") for number, one in enumerate(ready)
        ]
        self._gatherer.compute.forget(name)
        self._parts.write(self._work, fact.name, ready)
        return rows

    def _answer(self, one: planning.Pass, name: str, days: Days | None, answer: str) -> int:
        """Count a pass; what the engine refuses is a fault of one of its definitions.

        :raises DefinitionError: naming the file, found by counting its measures one by one.
        """
        try:
            self._gatherer.compute.answer(answer, planning.statement(one, name, days))
        except (Interrupted, *OutOfRoom):
            raise
        except EngineError as error:
            if len(one.members) == 1:
                [member] = one.members
                file = self._gatherer.catalogue.measures[member.key].path
                reason = str(error).splitlines()[0]
                raise DefinitionError(
                    "measure.not_computable", file=file, key=member.key, reason=reason
                ) from error
            for member in one.members:
                self._answer(replace(one, members=(member,)), name, days, answer)
            raise
        return int(self._work.value(f'select count(*) from "{answer}"'))


def _looked_at(ready: Sequence[planning.Pass]) -> list[str]:
    """The columns that passes look at."""
    return sorted({c for one in ready for member in one.members for c in member.columns})
