"""The organisation tree: who is beneath whom, with a place for rows of unknown units."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from powercx.base.identifiers import suggestion

UNASSIGNED = "unassigned"


@dataclass(frozen=True)
class OrgTree:
    """Units by ``org_id``; ``unassigned`` is a child of the first root, so that totals hold."""

    units: tuple[Mapping[str, Any], ...]

    @cached_property
    def names(self) -> dict[str, str]:
        """Names by id."""
        return {str(u["org_id"]): str(u["name"]) for u in self.units}

    @cached_property
    def roots(self) -> list[str]:
        """Units with none above; ``unassigned`` alone when there are no units."""
        heads = [i for i, parent in self._above.items() if parent is None]
        return heads or [UNASSIGNED]

    @cached_property
    def _above(self) -> dict[str, str | None]:
        """The unit above each; one that leads to no root hangs under ``unassigned``.

        Units whose parent is unknown are roots only when there is no other, so that the total of
        the root misses nothing.
        """
        told = {str(u["org_id"]): u["parent_id"] for u in self.units}
        heads = {i for i, parent in told.items() if parent is None or parent == i}
        heads = heads or {i for i, parent in told.items() if parent not in told} or set(told)
        return {
            i: None if i in heads else (parent if self._leads(parent, told, heads) else UNASSIGNED)
            for i, parent in told.items()
        }

    @staticmethod
    def _leads(unit: str, told: Mapping[str, str], heads: Collection[str]) -> bool:
        seen: set[str] = set()
        while unit in told and unit not in seen:
            if unit in heads:
                return True
            seen.add(unit)
            unit = told[unit]
        return False

    @cached_property
    def _beneath(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for unit, parent in self._above.items():
            if parent is not None:
                found.setdefault(parent, []).append(unit)
        if self.names:
            found.setdefault(self.roots[0], []).append(UNASSIGNED)
        return found

    def unit(self, org: str) -> Mapping[str, Any]:
        """What is known of a unit; nothing of one that is not there."""
        return next((unit for unit in self.units if unit["org_id"] == org), {})

    def knows(self, org: str) -> bool:
        return org in self.names or org == UNASSIGNED

    def named(self, text: str) -> str:
        """The id of the only unit of that name; ``text`` itself when it is an id, or no name."""
        same = [org for org, name in self.names.items() if name == text]
        return same[0] if len(same) == 1 and not self.knows(text) else text

    def nearest(self, text: str) -> str:
        """The ids, or the names, that come nearest."""
        return suggestion(text, [*self.names, *self.names.values()])

    def parent(self, org: str) -> str | None:
        """The unit directly above; None of a root or an unknown unit."""
        if org == UNASSIGNED:
            return self.roots[0] if self.names else None
        return self._above.get(org)

    def children(self, org: str) -> list[str]:
        """The units directly beneath, in order of their ids."""
        return sorted(self._beneath.get(org, []))

    def subtree(self, org: str) -> list[str]:
        """The unit and everything beneath it."""
        found, waiting = [], [org]
        while waiting:
            at = waiting.pop()
            if at not in found:
                found.append(at)
                waiting += self._beneath.get(at, [])
        return found

    def members(self, orgs: Iterable[str]) -> dict[str, list[str]]:
        """``subtree`` of each."""
        return {org: self.subtree(org) for org in orgs}
