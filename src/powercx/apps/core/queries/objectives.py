"""Objectives as someone may see them, with how far their measures are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import QuerySet

from powercx.analytics.definitions.measures import Measure
from powercx.analytics.measures.figures import Figure
from powercx.analytics.measures.remembered import Remembered
from powercx.analytics.measures.standing import Standing, standing
from powercx.apps.core.enums import ObjectiveState, Permission
from powercx.apps.core.figures import figures_for
from powercx.apps.core.models import Objective, Person, Target
from powercx.apps.core.queries.targets import lineage, may_set
from powercx.apps.core.rules import Scope, UnknownRecord

DUE_SOON = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Yardstick:
    """A measure of an objective in one unit: from the baseline, by the figure, to the target.

    ``figure`` is None where the unit is out of the reader's reach.
    """

    target: Target
    measure: Measure
    figure: Figure | None

    @property
    def standing(self) -> Standing | None:
        return standing(self.measure, self.figure, self.target.value) if self.figure else None

    @property
    def progress(self) -> float | None:
        """The way from baseline to target that is done, 0 to 1; None without baseline or figure."""
        start, end = self.target.baseline, self.target.value
        if self.figure is None or self.figure.value is None or start is None or start == end:
            return None
        return min(max((self.figure.value - start) / (end - start), 0.0), 1.0)


@dataclass(frozen=True, slots=True)
class ObjectiveCard:
    """An objective and how far it is."""

    objective: Objective
    yardsticks: tuple[Yardstick, ...]

    @property
    def met(self) -> int:
        return sum(each.standing is Standing.MET for each in self.yardsticks)

    @property
    def told(self) -> int:
        """How many yardsticks have a figure to hold against their target."""
        return sum(each.standing is not None for each in self.yardsticks)


def objectives(scope: Scope) -> QuerySet[Objective]:
    """Objectives of the reader's units and of those above, the active and the earliest first."""
    found = Objective.objects.filter(org_id__in=_seen(scope)).select_related("owner")
    return found.order_by("state", "ends_on", "pk")


def access_objective(
    scope: Scope, pk: int, permission: Permission = Permission.OBJECTIVES
) -> Objective:
    """The only way to one objective.

    :raises UnknownRecord: there is none within reach.
    """
    found = objectives(scope).filter(pk=pk).first()
    if found is None:
        raise UnknownRecord("records.unknown")
    if permission is not Permission.OBJECTIVES and not may_set(scope, found.org_id, permission):
        raise UnknownRecord("records.unknown")
    return found


def with_progress(
    scope: Scope, figures: Remembered | None, rows: Iterable[Objective], period: str
) -> list[ObjectiveCard]:
    """Each objective with its measures as of ``period``, those of units beside left out."""
    held = list(rows)
    seen = _seen(scope)
    targets = [
        target
        for target in Target.objects.filter(objective__in=held).order_by("measure", "org_id", "pk")
        if target.org_id in seen
    ]
    told = _yardsticks(scope, figures, targets, period) if figures else {}
    return [
        ObjectiveCard(
            each, tuple(told[t.pk] for t in targets if t.objective_id == each.pk and t.pk in told)
        )
        for each in held
    ]


def to_review(person: Person, day: date) -> QuerySet[Objective]:
    """The person's active objectives whose review is due within a month or overdue."""
    found = Objective.objects.filter(
        owner=person, state=ObjectiveState.ACTIVE.value, review_on__lte=day + DUE_SOON
    )
    return found.order_by("review_on", "pk")


def _yardsticks(
    scope: Scope, figures: Remembered, targets: Sequence[Target], period: str
) -> dict[int, Yardstick]:
    known = {key: file.measure for key, file in figures.session.catalogue.measures.items()}
    targets = [target for target in targets if target.measure in known]
    place = {
        t.pk: t.org_id or (scope.tree.roots[0] if len(scope.tree.roots) == 1 else "")
        for t in targets
    }
    orgs = scope.cut(dict.fromkeys(place.values()), Permission.MEASURES)
    keys = list(dict.fromkeys(target.measure for target in targets))
    found = {
        (key, figure.org): figure
        for key, rows in figures_for(scope, figures, keys, orgs=orgs, periods=[period]).items()
        for figure in rows
    }
    return {
        t.pk: Yardstick(t, known[t.measure], found.get((t.measure, place[t.pk]))) for t in targets
    }


def _seen(scope: Scope) -> set[str]:
    roots = scope.roots(Permission.OBJECTIVES)
    above = {unit for root in roots for unit in lineage(scope.tree, root)}
    return set(scope.units(Permission.OBJECTIVES)) | above
