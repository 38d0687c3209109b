"""The organisation: seen as far as one's units reach, changed by loading rows."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from support.site import Site

from powercx.analytics.measures.service import refresh
from powercx.apps.core.enums import Role
from powercx.apps.core.models import AuditEntry


def listed(client) -> list[str]:
    return [row.org for row in client.get("/organisations/").context["rows"]]


def unit_data(**values: str) -> dict[str, str]:
    return {"name": "新城供电局", "level": "bureau", "area_class": "urban"} | values


def test_the_tree_is_cut_to_the_units_of_the_viewer(site: Site):
    first, second = site.bureaus[:2]
    beneath = [unit for unit in site.tree.subtree(first) if unit in site.tree.names]
    client = site.client(Role.ORG_MANAGER, first)

    assert sorted(listed(client)) == sorted(beneath)
    assert client.get(f"/organisations/unit/{first}/").status_code == 200
    answers = [client.get(f"/organisations/unit/{org}/") for org in (second, site.company, "none")]
    assert [answer.status_code for answer in answers] == [404] * 3
    assert len(listed(site.client(Role.EXECUTIVE))) == len(site.tree.names)


def test_people_are_counted_in_their_very_unit(site: Site):
    bureau = site.bureaus[0]
    for role in (Role.AGENT, Role.ORG_MANAGER):
        site.person(role, bureau)

    rows = site.client(Role.ADMINISTRATOR).get("/organisations/").context["rows"]
    page = site.client(Role.ADMINISTRATOR).get(f"/organisations/unit/{bureau}/")

    assert {row.org: row.people for row in rows if row.people} == {bureau: 2}
    assert len(page.context["people"]) == 2


def test_the_list_asks_as_many_questions_for_any_number_of_units(site: Site):
    whole, part = site.client(Role.EXECUTIVE), site.client(Role.ORG_MANAGER, site.bureaus[0])
    whole.get("/organisations/")
    part.get("/organisations/")
    with CaptureQueriesContext(connection) as many:
        whole.get("/organisations/")
    with CaptureQueriesContext(connection) as few:
        part.get("/organisations/")

    assert len(many) == len(few)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
def test_only_an_administrator_of_the_company_changes_it(site: Site, role: Role):
    bureau = site.bureaus[0]
    for client in (site.client(role), site.client(Role.ADMINISTRATOR, bureau)):
        assert client.post("/organisations/new/", unit_data()).status_code == 403
        assert client.post(f"/organisations/unit/{bureau}/edit/", unit_data()).status_code == 403


def test_a_unit_is_added_renamed_and_moved_and_counts_from_the_next_refresh(own_site: Site):
    site, client = own_site, own_site.client(Role.ADMINISTRATOR)
    first, second = site.bureaus[:2]
    station = next(unit for unit in site.tree.children(first) if unit in site.tree.names)
    today = timezone.localdate().isoformat()

    added = client.post(
        "/organisations/new/",
        unit_data(org_id="B99", parent_id=site.company, valid_from="2025-01-01"),
    )
    moved = client.post(
        f"/organisations/unit/{station}/edit/",
        unit_data(name="改名供电所", parent_id=second, level="station", valid_from=today),
    )

    assert not [each.context["form"].errors for each in (added, moved) if each.context]
    assert (added.status_code, moved.status_code) == (302, 302)
    assert "B99" not in site.tree.names
    refresh(site.home, at=timezone.now())
    assert site.tree.names["B99"] == "新城供电局"
    assert site.tree.names[station] == "改名供电所"
    assert site.tree.parent(station) == second
    entry = AuditEntry.objects.filter(record_type="org_unit").latest("seq")
    assert (entry.action, entry.record_id) == ("change", station)
    assert entry.detail["parent_id"] == [first, second]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"org_id": "B01", "valid_from": "2025-01-01"}, None),
        ({"org_id": "a b", "valid_from": "2025-01-01"}, "org_id"),
        ({"org_id": "B98", "valid_from": "soon"}, "valid_from"),
        ({"org_id": "B98", "valid_from": "2025-01-01", "parent_id": "nowhere"}, "parent_id"),
        ({"org_id": "B98", "valid_from": "2025-01-01", "level": "galaxy"}, "level"),
    ],
)
def test_what_cannot_be_is_told_beside_its_field_and_nothing_is_lost(
    site: Site, values: dict[str, str], field: str | None
):
    answer = site.client(Role.ADMINISTRATOR).post("/organisations/new/", unit_data(**values))

    assert field in answer.context["form"].errors or answer.context["form"].non_field_errors()
    assert "新城供电局" in answer.content.decode()
    assert not AuditEntry.objects.filter(record_type="org_unit").exists()


def test_a_unit_does_not_come_to_stand_beneath_itself(site: Site):
    bureau = site.bureaus[0]
    station = next(unit for unit in site.tree.children(bureau) if unit in site.tree.names)

    for above in (bureau, station):
        answer = site.client(Role.ADMINISTRATOR).post(
            f"/organisations/unit/{bureau}/edit/",
            unit_data(parent_id=above, valid_from="2025-01-01"),
        )
        assert answer.context["form"].non_field_errors()


@pytest.mark.parametrize(("language", "word"), [("zh", "组织机构"), ("en", "Organisation")])
def test_the_pages_speak_both_languages(site: Site, language: str, word: str):
    client = site.client(Role.ADMINISTRATOR, language=language)

    for path in ("", "new/", f"unit/{site.bureaus[0]}/", f"unit/{site.bureaus[0]}/edit/"):
        assert word in client.get(f"/organisations/{path}").content.decode()


def test_before_anything_is_loaded_the_page_says_how_to_begin(empty_site: Site):
    client = empty_site.client(Role.ADMINISTRATOR)

    assert "还没有组织机构" in client.get("/organisations/").content.decode()
