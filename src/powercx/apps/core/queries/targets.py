"""Targets: which is in force, and those that someone may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Q, QuerySet

from powercx.analytics.definitions.measures import Measure
from powercx.analytics.measures.explain import target_of
from powercx.analytics.measures.figures import Figure
from powercx.analytics.measures.service import Session
from powercx.analytics.results.tree import OrgTree
from powercx.apps.core.enums import Permission, TargetSource
from powercx.apps.core.models import AuditEntry, Target
from powercx.apps.core.rules import Scope, UnknownRecord
from powercx.base.periods import Period

EVERYWHERE = ""


@dataclass(frozen=True, slots=True)
class InForce:
    """The target that holds for a figure, in the measure's unit, and where it comes from.

    ``org`` is the unit it was set for, empty for the whole company and for the definition's.
    """

    value: float
    source: TargetSource
    org: str = EVERYWHERE
    baseline: float | None = None
    target: Target | None = None


@dataclass(frozen=True)
class Targets:
    """The targets of some measures in some units; looked up without another query."""

    tree: OrgTree
    measures: dict[str, Measure]
    _rows: dict[tuple[str, str], list[Target]] = field(default_factory=dict)

    def of(self, key: str, figure: Figure) -> InForce | None:
        """The target in force for a figure on the last day of its period; None without one.

        The unit's own goes first, then that of the nearest unit above, then that set for all, then
        the definition's. Of several that hold, the one that began last.
        """
        for org in lineage(self.tree, figure.org):
            row = _latest(self._rows.get((key, org), ()), figure.period.last)
            if row is not None:
                return InForce(row.value, _source(org, figure.org), org, row.baseline, row)
        defined = target_of(self.measures[key], figure)
        return None if defined is None else InForce(defined, TargetSource.DEFINITION)


def targets_for(
    session: Session, keys: Sequence[str], *, orgs: Sequence[str], periods: Sequence[Period]
) -> Targets:
    """The targets of ``keys`` for ``orgs`` on the last days of ``periods``, by one query.

    :raises KeyError: a measure is not known.
    """
    measures = {key: session.catalogue.measures[key].measure for key in keys}
    units = {unit for org in orgs for unit in lineage(session.tree, org)}
    found: dict[tuple[str, str], list[Target]] = {}
    if periods:
        first, last = min(p.last for p in periods), max(p.last for p in periods)
        held = Target.objects.filter(
            Q(ends_on__isnull=True) | Q(ends_on__gte=first),
            measure__in=keys,
            org_id__in=units,
            starts_on__lte=last,
        )
        for row in held.order_by("-starts_on", "-set_at", "-pk"):
            found.setdefault((row.measure, row.org_id), []).append(row)
    return Targets(session.tree, measures, found)


def targets_of_measure(scope: Scope, key: str) -> QuerySet[Target]:
    """All targets of a measure that concern the person's units, the newest first."""
    seen = scope.units(Permission.MEASURES)
    above = {
        unit for root in scope.roots(Permission.MEASURES) for unit in lineage(scope.tree, root)
    }
    held = Target.objects.filter(measure=key, org_id__in=seen | above)
    return held.select_related("set_by", "objective").order_by("-starts_on", "org_id", "-pk")


def access_target(scope: Scope, pk: int, permission: Permission = Permission.TARGETS) -> Target:
    """The only way to one target.

    :raises UnknownRecord: there is none within reach.
    """
    found = Target.objects.select_related("set_by", "objective").filter(pk=pk).first()
    if found is None or not may_set(scope, found.org_id, permission):
        raise UnknownRecord("records.unknown")
    return found


def may_set(scope: Scope, org: str, permission: Permission = Permission.TARGETS) -> bool:
    """Whether the permission is given for ``org``; empty asks for every topmost unit."""
    asked = [org] if org else scope.tree.roots
    return all(scope.may(permission, unit) for unit in asked)


def removed_target(scope: Scope, key: str, seq: str) -> AuditEntry | None:
    """The entry that tells of a removal which can still be undone."""
    if not seq.isdecimal():
        return None
    found = AuditEntry.objects.filter(seq=int(seq), record_type="target", action="remove").first()
    if found is None or found.detail.get("measure", [None])[0] != key:
        return None
    gone = not Target.objects.filter(pk=found.record_id).exists()
    return found if gone and may_set(scope, found.org_id) else None


def lineage(tree: OrgTree, org: str) -> list[str]:
    """The unit, those above it from the nearest up, and the empty id for all units."""
    found: list[str] = []
    at: str | None = org
    while at is not None and at not in found:
        found.append(at)
        at = tree.parent(at)
    return [*found, EVERYWHERE]


def _latest(rows: Sequence[Target], day: date) -> Target | None:
    for row in rows:
        if row.starts_on <= day and (row.ends_on is None or row.ends_on >= day):
            return row
    return None


def _source(held: str, asked: str) -> TargetSource:
    if held == asked:
        return TargetSource.OWN
    return TargetSource.ABOVE if held else TargetSource.COMPANY
