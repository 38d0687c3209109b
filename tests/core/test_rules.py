"""What roles give, and where."""

from __future__ import annotations

import pytest

from powercx.analytics.results.tree import OrgTree
from powercx.apps.core.enums import Permission, Role
from powercx.apps.core.rules import (
    PERMISSIONS,
    WHOLE_COMPANY,
    Grant,
    NotAllowed,
    Scope,
    UnknownUnit,
)

UNITS = """
C  |    | company
B1 | C  | bureau
B2 | C  | bureau
S1 | B1 | station
S2 | B1 | station
S3 | B2 | station
"""


def tree() -> OrgTree:
    rows = [
        [cell.strip() or None for cell in line.split("|")] for line in UNITS.split("\n") if line
    ]
    return OrgTree(
        tuple({"org_id": i, "parent_id": p, "name": i, "level": level} for i, p, level in rows)
    )


def scope(*grants: Grant, **given: object) -> Scope:
    return Scope(grants, tree(), **given)


def test_a_role_reaches_its_unit_and_everything_beneath():
    found = scope(Grant(Role.ORG_MANAGER, "B1"))

    assert found.units(Permission.MEASURES) == {"B1", "S1", "S2"}
    assert found.roots(Permission.MEASURES) == ["B1"]


def test_a_role_in_no_unit_reaches_the_company_and_rows_of_no_unit():
    found = scope(Grant(Role.EXECUTIVE))

    assert found.units(Permission.MEASURES) == {"C", "B1", "B2", "S1", "S2", "S3", "unassigned"}


def test_roles_in_several_units_add_up_and_roots_are_told_once():
    found = scope(
        Grant(Role.ORG_MANAGER, "S3"), Grant(Role.EXECUTIVE, "B1"), Grant(Role.ORG_MANAGER, "S1")
    )

    assert found.roots(Permission.MEASURES) == ["B1", "S3"]
    assert found.units(Permission.ROWS) == {"S1", "S3"}


@pytest.mark.parametrize("permission", sorted(WHOLE_COMPANY))
def test_what_cannot_be_cut_to_a_unit_asks_for_a_role_in_the_whole_company(permission):
    role = next(role for role in Role if permission in PERMISSIONS[role])

    assert scope(Grant(role)).may(permission)
    assert not scope(Grant(role, "C")).may(permission)


def test_a_unit_that_is_gone_gives_nothing():
    found = scope(Grant(Role.ORG_MANAGER, "B9"))

    assert found.permissions == frozenset()


def test_out_of_reach_and_unknown_are_told_alike():
    found = scope(Grant(Role.ORG_MANAGER, "B1"))

    for org in ("B2", "nowhere"):
        with pytest.raises(UnknownUnit) as told:
            found.check(Permission.MEASURES, org)
        assert told.value.code == "access.unknown_unit"
    with pytest.raises(NotAllowed):
        found.check(Permission.AUDIT)


def test_a_token_narrows_and_never_widens():
    found = scope(Grant(Role.ORG_MANAGER, "B1"), only=frozenset({Permission.MEASURES}), within="S1")

    assert found.permissions == {Permission.MEASURES}
    assert found.units(Permission.MEASURES) == {"S1"}
    elsewhere = scope(Grant(Role.ORG_MANAGER, "B1"), within="B2")
    assert elsewhere.permissions == frozenset()


def test_a_token_within_a_unit_may_nothing_that_takes_the_whole_company():
    assert not scope(Grant(Role.ADMINISTRATOR), within="B1").may(Permission.DATA_LOAD)


@pytest.mark.parametrize("role", list(Role))
def test_nobody_sees_rows_or_names_without_seeing_figures(role):
    given = PERMISSIONS[role]

    if given & {Permission.ROWS, Permission.TARGETS}:
        assert Permission.MEASURES in given
