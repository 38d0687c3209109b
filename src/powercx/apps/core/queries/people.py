from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from allauth.mfa.models import Authenticator
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet

from powercx.analytics.results.tree import OrgTree
from powercx.apps.core.enums import Permission, Role
from powercx.apps.core.models import Assignment, Person
from powercx.apps.core.rules import Grant, Scope

SORTS = {
    "name": ("name",),
    "-name": ("-name",),
    "username": ("username",),
    "-username": ("-username",),
    "last": ("last_login",),
    "-last": ("-last_login",),
}
STATES = ("active", "locked", "inactive")


@dataclass(frozen=True, slots=True)
class PeopleWish:
    """What a list of people is cut to; empty means all. ``org`` takes what is beneath along."""

    text: str = ""
    role: str = ""
    org: str = ""
    state: str = ""
    sort: str = "name"


def grants_of(person: Person) -> tuple[Grant, ...]:
    """The roles a person has; none when they may not sign in."""
    return assigned(person) if person.is_active else ()


def assigned(person: Person) -> tuple[Grant, ...]:
    """The roles a person is given, whether or not they may sign in now."""
    held = person.assignments.order_by("role", "org_id", "pk")
    return tuple(Grant(Role(each.role), each.org_id) for each in held)


def scope_of(person: Person, tree: OrgTree) -> Scope:
    """What a person may do and where."""
    return Scope(grants_of(person), tree)


def people_in(scope: Scope) -> QuerySet[Person]:
    """People of whom the scope may know: all, or those with a role in its units.

    Each carries ``shown`` (their roles as far as the scope may see them) and ``has_factor``.
    """
    seen = Assignment.objects.order_by("role", "org_id", "pk")
    found: QuerySet[Person] = Person.objects.all()
    if not scope.whole(Permission.PEOPLE):
        seen = seen.filter(org_id__in=scope.units(Permission.PEOPLE))
        found = found.filter(Exists(seen.filter(person=OuterRef("pk")).order_by()))
    factor = Authenticator.objects.filter(user_id=OuterRef("pk"), type=Authenticator.Type.TOTP)
    return found.annotate(has_factor=Exists(factor)).prefetch_related(
        Prefetch("assignments", queryset=seen, to_attr="shown")
    )


def of_unit(scope: Scope, org: str) -> list[Person]:
    """People with a role in the very unit, of whom the scope may know."""
    held = Assignment.objects.filter(person=OuterRef("pk"), org_id=org)
    return list(people_in(scope).filter(Exists(held)).order_by("name", "pk"))


def roles_by_unit() -> dict[str, int]:
    """How many people have a role in each unit."""
    counted = Assignment.objects.values("org_id").annotate(people=Count("person", distinct=True))
    return {row["org_id"]: row["people"] for row in counted}


def shown(person: Person) -> Person:
    """Someone with all their roles, as they see themselves."""
    roles = Prefetch("assignments", Assignment.objects.order_by("role", "org_id", "pk"), "shown")
    found: Person = Person.objects.prefetch_related(roles).get(pk=person.pk)
    return found


def has_factor(person: Person) -> bool:
    """Whether someone signs in with a second step."""
    held = Authenticator.objects.filter(user_id=person.pk, type=Authenticator.Type.TOTP)
    return bool(held.exists())


def wished(scope: Scope, wish: PeopleWish, at: datetime) -> QuerySet[Person]:
    """``people_in`` cut to a wish and sorted; ``at`` tells who is locked out."""
    found = people_in(scope)
    if wish.text:
        found = found.filter(
            Q(name__icontains=wish.text)
            | Q(username__icontains=wish.text)
            | Q(title__icontains=wish.text)
            | Q(email__icontains=wish.text)
        )
    held = _assignments(scope, wish)
    if held is not None:
        found = found.filter(Exists(held.filter(person=OuterRef("pk"))))
    if wish.state:
        found = found.filter(_in_state(wish.state, at))
    return found.order_by(*SORTS.get(wish.sort, SORTS["name"]), "pk")


def _assignments(scope: Scope, wish: PeopleWish) -> QuerySet[Assignment] | None:
    if not wish.role and not wish.org:
        return None
    held = Assignment.objects.all()
    if not scope.whole(Permission.PEOPLE):
        held = held.filter(org_id__in=scope.units(Permission.PEOPLE))
    if wish.role:
        held = held.filter(role=wish.role)
    if wish.org:
        held = held.filter(org_id__in=_beneath(scope, wish.org))
    return held


def _beneath(scope: Scope, org: str) -> Sequence[str]:
    return scope.cut(scope.tree.subtree(org), Permission.PEOPLE)


def _in_state(state: str, at: datetime) -> Q:
    if state == "locked":
        return Q(is_active=True, locked_until__gt=at)
    return Q(is_active=state == "active")
