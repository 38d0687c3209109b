"""What someone may see of figures: their units, nothing on a handful of people, no names."""

from __future__ import annotations

import pytest
from support.site import Site

from powercx.apps.core import figures as shown
from powercx.apps.core import lake
from powercx.apps.core.enums import Role
from powercx.apps.core.queries.people import scope_of
from powercx.apps.core.rules import NotAllowed, Scope, UnknownUnit

KEY = "csat"
PERIOD = "2025-03"


def scope(site: Site, role: Role, org: str = "") -> Scope:
    return scope_of(site.person(role, org), site.tree)


def values(site: Site, role: Role, orgs: list[str], org: str = "", period: str = PERIOD):
    found = shown.figures_for(
        scope(site, role, org), lake.figures(site.home), [KEY], orgs=orgs, periods=[period]
    )
    return found[KEY]


def test_figures_are_hidden_on_fewer_than_five_people_with_the_next_smallest(site: Site):
    stations = [s for b in site.bureaus for s in site.tree.children(b)]
    whole = {f.org: f for f in values(site, Role.EXPERIENCE_MANAGER, stations)}
    small = {org for org, f in whole.items() if 0 < f.n < 5}

    cut = {f.org: f for f in values(site, Role.EXECUTIVE, stations)}

    assert small, "the city has no unit small enough to prove anything"
    hidden = {org for org, f in cut.items() if f.reason == "figure.suppressed"}
    assert small <= hidden
    for bureau in site.bureaus:
        family = site.tree.children(bureau)
        with_people = [org for org in family if whole[org].n]
        assert len(hidden & set(family)) != 1 or len(with_people) == 1
    assert all(cut[org].n == 0 and cut[org].value is None for org in hidden)
    assert all(cut[org] == whole[org] for org in set(stations) - hidden)


def test_one_unit_alone_is_hidden_just_as_among_its_siblings(site: Site):
    stations = [s for b in site.bureaus for s in site.tree.children(b)]
    together = values(site, Role.EXECUTIVE, stations)

    alone = [values(site, Role.EXECUTIVE, [org])[0] for org in stations]

    assert alone == together


def test_nobody_gets_figures_of_a_unit_out_of_reach(site: Site):
    first, second = site.bureaus[:2]

    with pytest.raises(UnknownUnit):
        values(site, Role.ORG_MANAGER, [first, second], org=first)


def explain(site: Site, role: Role, org: str = ""):
    return shown.explained(
        scope(site, role, org),
        lake.figures(site.home),
        "complaint_rate",
        org=org or site.company,
        period="2025",
        rows=5,
        token_key=b"k" * 32,
    )


def test_an_analyst_sees_rows_without_knowing_of_whom(site: Site):
    plain = explain(site, Role.EXPERIENCE_MANAGER).rows.sample
    tokens = explain(site, Role.ANALYST).rows.sample

    assert plain
    assert [row["customer_id"] for row in tokens] != [row["customer_id"] for row in plain]
    assert [row["org_id"] for row in tokens] == [row["org_id"] for row in plain]
    kept = {str(row["customer_id"]) for row in plain} | {str(row["order_id"]) for row in plain}
    assert not kept & {str(value) for row in tokens for value in row.values()}


def test_an_executive_sees_no_rows(site: Site):
    with pytest.raises(NotAllowed):
        explain(site, Role.EXECUTIVE)
