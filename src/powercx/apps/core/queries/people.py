from __future__ import annotations

from powercx.analytics.results.tree import OrgTree
from powercx.apps.core.enums import Role
from powercx.apps.core.models import Person
from powercx.apps.core.rules import Grant, Scope


def grants_of(person: Person) -> tuple[Grant, ...]:
    """The roles a person has; none when they may not sign in."""
    if not person.is_active:
        return ()
    held = person.assignments.order_by("role", "org_id", "pk")
    return tuple(Grant(Role(each.role), each.org_id) for each in held)


def scope_of(person: Person, tree: OrgTree) -> Scope:
    """What a person may do and where."""
    return Scope(grants_of(person), tree)
