"""Who may do what, where: roles give permissions in a unit and everything beneath it.

Every page, export and call of the API asks a ``Scope``; nothing else decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from powercx.analytics.results.tree import OrgTree
from powercx.apps.core.enums import Permission, Role
from powercx.base.errors import UserError

_READ = {Permission.MEASURES, Permission.OBJECTIVES, Permission.DEFINITIONS}
_COMPANY = {Permission.DATA, Permission.JOBS, Permission.ORGANISATIONS, Permission.PEOPLE}

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.ADMINISTRATOR: frozenset(
        _READ
        | _COMPANY
        | {
            Permission.DATA_LOAD,
            Permission.ORGANISATIONS_EDIT,
            Permission.PEOPLE_EDIT,
            Permission.INTEGRATIONS,
            Permission.JOBS_EDIT,
            Permission.AUDIT,
        }
    ),
    Role.EXPERIENCE_MANAGER: frozenset(
        _READ
        | _COMPANY
        | {
            Permission.ROWS,
            Permission.TARGETS,
            Permission.OBJECTIVES_EDIT,
            Permission.DATA_LOAD,
            Permission.JOBS_EDIT,
            Permission.PERSONAL,
        }
    ),
    Role.ORG_MANAGER: frozenset(
        _READ
        | {
            Permission.ROWS,
            Permission.TARGETS,
            Permission.ORGANISATIONS,
            Permission.PEOPLE,
            Permission.PERSONAL,
        }
    ),
    Role.ANALYST: frozenset(_READ | {Permission.ROWS, Permission.DATA}),
    Role.ACCOUNT_MANAGER: frozenset(_READ | {Permission.PERSONAL}),
    Role.AGENT: frozenset({Permission.MEASURES, Permission.PERSONAL}),
    Role.EXECUTIVE: frozenset(_READ | {Permission.ORGANISATIONS}),
    Role.PROVIDER: frozenset(),
    Role.AUDITOR: frozenset(_READ | _COMPANY | {Permission.ROWS, Permission.AUDIT}),
}
"""What each role may do; a provider sees its own orders only, which later pages show."""

WHOLE_COMPANY = frozenset(
    {
        Permission.DATA,
        Permission.DATA_LOAD,
        Permission.INTEGRATIONS,
        Permission.JOBS,
        Permission.JOBS_EDIT,
        Permission.AUDIT,
        Permission.ORGANISATIONS_EDIT,
    }
)
"""What cannot be cut to a unit: only a role in the whole company gives it."""

IDENTIFIED = frozenset(
    {Role.EXPERIENCE_MANAGER, Role.ORG_MANAGER, Role.AUDITOR, Role.ACCOUNT_MANAGER, Role.AGENT}
)
"""Roles that see which customer a row is of; to others rows are de-identified."""


class NotAllowed(UserError):
    """The person's roles do not give the permission; says who can grant it."""


class OutOfReach(UserError):
    """There is no such thing within the person's reach; whether it exists elsewhere is not told."""


class UnknownRecord(OutOfReach):
    """No such record within the person's reach."""


class UnknownUnit(OutOfReach):
    """No such unit within the person's reach; whether it exists elsewhere is not told."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A role in a unit and everything beneath it; ``org_id`` empty is the whole company."""

    role: Role
    org_id: str = ""


@dataclass(frozen=True)
class Scope:
    """What someone may do and where, over the organisation tree as it is now.

    ``only`` narrows it to some permissions and ``within`` to one unit, as a token of the API does.
    """

    grants: tuple[Grant, ...]
    tree: OrgTree
    only: frozenset[Permission] | None = None
    within: str = ""
    _units: dict[Permission, frozenset[str]] = field(default_factory=dict, compare=False)

    @cached_property
    def roles(self) -> frozenset[Role]:
        return frozenset(grant.role for grant in self.grants)

    @cached_property
    def permissions(self) -> frozenset[Permission]:
        """What is permitted anywhere."""
        return frozenset(each for each in Permission if self.may(each))

    @cached_property
    def whole_company(self) -> bool:
        """Whether figures of the whole company may be seen."""
        return self.whole(Permission.MEASURES)

    def whole(self, permission: Permission) -> bool:
        """Whether the permission is given for the whole company, whatever units there will be."""
        return bool(self._grants(permission, whole=True))

    def may_grant(self, grant: Grant) -> bool:
        """Whether this role may be given to somebody, or taken from them, there."""
        if not grant.org_id or self.whole(Permission.PEOPLE_EDIT):
            return self.whole(Permission.PEOPLE_EDIT)
        return self.may(Permission.PEOPLE_EDIT, grant.org_id)

    @property
    def identified(self) -> bool:
        """Whether rows show which customer they are of."""
        return bool(self.roles & IDENTIFIED)

    def may(self, permission: Permission, org: str | None = None) -> bool:
        """Whether the permission is given for ``org``, or anywhere when none is named."""
        if permission in WHOLE_COMPANY:
            return self.whole(permission)
        units = self.units(permission)
        return bool(units) if org is None else org in units

    def check(self, permission: Permission, org: str | None = None) -> None:
        """Insist on the permission, for ``org`` where one is named.

        :raises NotAllowed: it is not given.
        :raises UnknownUnit: it is given, but not for ``org``.
        """
        if not self.may(permission):
            raise NotAllowed("access.denied", permission=permission.value)
        if org is not None and not self.may(permission, org):
            raise UnknownUnit("access.unknown_unit", org=org)

    def units(self, permission: Permission) -> frozenset[str]:
        """Every unit that the permission is given for."""
        if permission not in self._units:
            found: set[str] = set()
            for top in self._tops(permission):
                found.update(self.tree.subtree(top))
            if self.within:
                found &= set(self.tree.subtree(self.within))
            self._units[permission] = frozenset(found)
        return self._units[permission]

    def roots(self, permission: Permission) -> list[str]:
        """The topmost units of ``units``, in the order of the tree."""
        units = self.units(permission)
        beneath = {child for unit in units for child in self.tree.children(unit)}
        return [unit for unit in self._ordered(units) if unit not in beneath]

    def cut(self, orgs: Iterable[str], permission: Permission) -> list[str]:
        """Those of ``orgs`` that the permission is given for, in their order."""
        units = self.units(permission)
        return [org for org in orgs if org in units]

    def _ordered(self, units: frozenset[str]) -> list[str]:
        found: list[str] = []
        waiting = list(reversed(self.tree.roots))
        while waiting:
            at = waiting.pop()
            found.append(at)
            waiting += reversed(self.tree.children(at))
        return [unit for unit in found if unit in units]

    def _tops(self, permission: Permission) -> Sequence[str]:
        tops: list[str] = []
        for grant in self._grants(permission):
            tops += [grant.org_id] if grant.org_id else self.tree.roots
        return [top for top in tops if self.tree.knows(top)]

    def _grants(self, permission: Permission, *, whole: bool = False) -> list[Grant]:
        if self.only is not None and permission not in self.only:
            return []
        if whole and self.within:
            return []
        return [
            grant
            for grant in self.grants
            if permission in PERMISSIONS[grant.role] and not (whole and grant.org_id)
        ]
