"""Figures as someone may see them: cut to their units, small ones hidden, rows de-identified.

Pages, exports and the API take figures from here and from nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from powercx.analytics.measures.explanation import Explanation, Rows
from powercx.analytics.measures.figures import Figure
from powercx.analytics.measures.remembered import Remembered
from powercx.analytics.measures.suppression import hide_small
from powercx.analytics.privacy.tokens import Keyed
from powercx.apps.core.enums import Permission
from powercx.apps.core.rules import Scope

# Identifiers that tell nothing of a customer.
_PLAIN = {"org_id", "provider_id", "load_id", "feeder_id", "transformer_id"}
_TOKEN_CHARS = 10


def figures_for(
    scope: Scope,
    figures: Remembered,
    keys: Sequence[str],
    *,
    orgs: Sequence[str],
    periods: Sequence[str],
    by: str | None = None,
) -> dict[str, list[Figure]]:
    """``Remembered.figures`` as the scope may see them; all ``orgs`` must lie within it.

    Who may not see rows gets no figure on fewer than five people, nor the one that would give it
    away: a unit is looked at among its siblings, a segment among the segments of its unit.

    :raises NotAllowed: measures may not be seen at all.
    :raises UnknownUnit: one of ``orgs`` is out of reach.
    :raises UserError: a measure, period or segment is not known.
    """
    for org in orgs:
        scope.check(Permission.MEASURES, org)
    open_to = {org for org in orgs if scope.may(Permission.ROWS, org)}
    if len(open_to) == len(set(orgs)):
        return figures.figures(keys, orgs=orgs, periods=periods, by=by)
    family = _with_siblings(scope, orgs) if by is None else list(dict.fromkeys(orgs))
    found = figures.figures(keys, orgs=family, periods=periods, by=by)
    return {
        key: _hidden(scope, figures, key, rows, orgs, open_to, by) for key, rows in found.items()
    }


def explained(
    scope: Scope,
    figures: Remembered,
    key: str,
    *,
    org: str,
    period: str,
    rows: int,
    token_key: bytes,
) -> Explanation:
    """``Session.explain`` for someone who may see rows; de-identified where their role asks it.

    :raises NotAllowed: rows may not be seen.
    :raises UnknownUnit: not of this unit.
    """
    scope.check(Permission.ROWS, org)
    found = figures.explain(key, org=org, period=period, rows=rows)
    return found if scope.identified else _without_names(found, Keyed(token_key, b"explain\0"))


def _with_siblings(scope: Scope, orgs: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(each for org in orgs for each in _siblings(scope, org)))


def _siblings(scope: Scope, org: str) -> list[str]:
    parent = scope.tree.parent(org)
    return [org] if parent is None else scope.tree.children(parent)


def _hidden(
    scope: Scope,
    figures: Remembered,
    key: str,
    rows: Sequence[Figure],
    orgs: Sequence[str],
    open_to: set[str],
    by: str | None,
) -> list[Figure]:
    measure = figures.session.catalogue.measures[key].measure
    groups: dict[tuple[str | None, str], list[Figure]] = {}
    for figure in rows:
        above = figure.org if by else scope.tree.parent(figure.org)
        groups.setdefault((above, figure.period.label), []).append(figure)
    shown: dict[tuple[str, str, str | None], Figure] = {}
    for group in groups.values():
        for figure in hide_small(measure, group):
            shown[figure.org, figure.period.label, figure.segment] = figure
    wanted = set(orgs)
    return [
        figure if figure.org in open_to else shown[figure.org, figure.period.label, figure.segment]
        for figure in rows
        if figure.org in wanted
    ]


def _without_names(found: Explanation, keyed: Keyed) -> Explanation:
    return replace(
        found,
        rows=_tokens(found.rows, keyed),
        populations=[replace(one, rows=_tokens(one.rows, keyed)) for one in found.populations],
        parts=[_without_names(part, keyed) for part in found.parts],
    )


def _tokens(rows: Rows, keyed: Keyed) -> Rows:
    return replace(rows, sample=[_row(row, keyed) for row in rows.sample])


def _row(row: Mapping[str, Any], keyed: Keyed) -> dict[str, Any]:
    return {
        name: keyed.digest(str(value).encode()).hex()[:_TOKEN_CHARS]
        if value is not None and _names_someone(name)
        else value
        for name, value in row.items()
    }


def _names_someone(column: str) -> bool:
    return column not in _PLAIN and (column.endswith(("_id", "_no")) or column == "source_key")
