"""People and their roles: who sees whom, who may change what, what nobody may."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from python_calamine import CalamineWorkbook
from support.site import PASSWORD, Site

from powercx.apps.core.domain import people
from powercx.apps.core.domain.audit import SYSTEM, Actor
from powercx.apps.core.enums import Role
from powercx.apps.core.models import AuditEntry, Person
from powercx.apps.core.queries.people import assigned, scope_of
from powercx.apps.core.rules import Grant, NotAllowed


def listed(client: Client, **query: str) -> list[str]:
    answer = client.get("/people/", query)
    assert answer.status_code == 200
    return [person.username for person in answer.context["rows"].items]


def grants_data(*rows: tuple[str, str], taken: tuple[int, ...] = (), initial: int = 0):
    data = {"grants-TOTAL_FORMS": str(len(rows)), "grants-INITIAL_FORMS": str(initial)}
    for at, (role, unit) in enumerate(rows):
        data |= {f"grants-{at}-role": role, f"grants-{at}-unit": unit}
        if at in taken:
            data[f"grants-{at}-DELETE"] = "on"
    return data


@pytest.fixture
def admin(site: Site) -> Client:
    return site.client(Role.ADMINISTRATOR)


def test_an_organisation_manager_sees_people_with_a_role_beneath_him_and_no_others(site: Site):
    first, second = site.bureaus[:2]
    station = next(unit for unit in site.tree.children(first) if unit in site.tree.names)
    inside = site.person(Role.AGENT, station)
    outside = site.person(Role.AGENT, second)
    everywhere = site.person(Role.EXECUTIVE)
    client = site.client(Role.ORG_MANAGER, first)

    assert set(listed(client)) == {inside.username, f"org_manager.{first.lower()}"}
    answers = [client.get(f"/people/{each.pk}/") for each in (inside, outside, everywhere)]
    assert [answer.status_code for answer in answers] == [200, 404, 404]


def test_roles_in_other_units_are_not_shown_to_an_organisation_manager(site: Site):
    first, second = site.bureaus[:2]
    both = people.create_person(
        particulars=people.Particulars("both", "Both"),
        grants=[Grant(Role.AGENT, first), Grant(Role.ANALYST, second)],
        password=PASSWORD,
        actor=SYSTEM,
        at=timezone.now(),
    )

    page = site.client(Role.ORG_MANAGER, first).get(f"/people/{both.pk}/").content.decode()

    assert site.tree.names[first] in page
    assert site.tree.names[second] not in page


def test_filters_cut_the_list(site: Site, admin: Client):
    bureau = site.bureaus[0]
    agent = site.person(Role.AGENT, bureau)
    executive = site.person(Role.EXECUTIVE)
    gone = site.person(Role.ANALYST)
    people.set_active(person=gone, active=False, actor=SYSTEM, at=timezone.now())
    Person.objects.filter(pk=executive.pk).update(locked_until=timezone.now() + timedelta(hours=1))

    assert listed(admin, role="agent") == [agent.username]
    assert listed(admin, unit=bureau) == [agent.username]
    assert listed(admin, state="inactive") == [gone.username]
    assert listed(admin, state="locked") == [executive.username]
    assert listed(admin, text="EXECUTIVE") == [executive.username]
    assert listed(admin, role="no-such-role", sort="-username")[0] == executive.username


def test_the_spreadsheet_holds_what_is_filtered(site: Site, admin: Client):
    agent = site.person(Role.AGENT, site.bureaus[0])

    answer = admin.get("/people/export/", {"role": "agent"})

    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.getvalue()))
    rows = book.get_sheet_by_index(0).to_python()
    assert [row[0] for row in rows] == ["用户名", agent.username]


def test_the_list_asks_as_many_questions_for_three_people_as_for_one(site: Site, admin: Client):
    admin.get("/people/")
    with CaptureQueriesContext(
        connection,
    ) as one:
        admin.get("/people/")
    for role in (Role.AGENT, Role.ANALYST):
        site.person(role, site.bureaus[0])
    with CaptureQueriesContext(connection) as three:
        admin.get("/people/")

    assert len(three) == len(one)


def test_somebody_new_gets_a_password_that_is_shown_once_and_must_be_changed(
    site: Site, admin: Client
):
    data = {
        "username": "li.na",
        "name": "李娜",
        **grants_data(("org_manager", site.bureaus[0]), ("analyst", "*"), ("", "")),
    }

    answer = admin.post("/people/new/", data)

    person = Person.objects.get(username="li.na")
    password = answer.context["password"]
    assert password in answer.content.decode()
    assert assigned(person) == (Grant(Role.ANALYST), Grant(Role.ORG_MANAGER, site.bureaus[0]))
    client = Client()
    client.post("/accounts/login/", {"login": "li.na", "password": password})
    assert client.get("/")["Location"] == "/me/password/"
    assert password not in "".join(map(str, AuditEntry.objects.values_list("detail", flat=True)))


def test_one_more_role_is_added_without_a_script_and_nothing_typed_is_lost(
    site: Site, admin: Client
):
    data = {"username": "x", "name": "王五", **grants_data(("agent", site.bureaus[0])), "more": "1"}

    answer = admin.post("/people/new/", data)

    page = answer.content.decode()
    assert 'value="王五"' in page
    assert answer.context["grants"].total_form_count() == 2
    assert answer.context["grants"].forms[0].initial["unit"] == site.bureaus[0]
    assert not Person.objects.filter(username="x").exists()


@pytest.mark.parametrize("name", ["two words", "", "x" * 65])
def test_a_name_that_nobody_can_sign_in_with_is_refused_beside_its_field(admin: Client, name: str):
    answer = admin.post("/people/new/", {"username": name, "name": "A", **grants_data(("", ""))})

    assert "username" in answer.context["form"].errors


def test_a_taken_name_is_told_beside_its_field_whatever_its_case(site: Site, admin: Client):
    data = {"username": "Administrator.All", "name": "A", **grants_data(("", ""))}

    assert "username" in admin.post("/people/new/", data).context["form"].errors


def edit_data(person: Person, **values: str) -> dict[str, str]:
    return {"name": person.name, "version": str(person.version), **values}


def test_roles_are_taken_and_given_and_the_change_is_recorded(site: Site, admin: Client):
    bureau = site.bureaus[0]
    person = site.person(Role.AGENT, bureau)
    rows = grants_data(("agent", bureau), ("executive", "*"), taken=(0,), initial=1)

    answer = admin.post(f"/people/{person.pk}/edit/", edit_data(person, title="班长") | rows)

    assert answer["Location"] == f"/people/{person.pk}/"
    assert assigned(person) == (Grant(Role.EXECUTIVE),)
    assert AuditEntry.objects.latest("seq").detail == {
        "title": ["", "班长"],
        "roles": [[f"agent:{bureau}"], ["executive:*"]],
    }


def test_two_who_edit_the_same_person_do_not_overwrite_each_other(site: Site, admin: Client):
    person = site.person(Role.AGENT, site.bureaus[0])
    rows = grants_data(("agent", site.bureaus[0]), initial=1)
    first, second = edit_data(person, title="first"), edit_data(person, title="second")

    admin.post(f"/people/{person.pk}/edit/", first | rows)
    answer = admin.post(f"/people/{person.pk}/edit/", second | rows)

    page = answer.content.decode()
    assert Person.objects.get(pk=person.pk).title == "first"
    assert "first" in page
    assert 'value="second"' in page
    again = second | rows | {"version": answer.context["form"]["version"].value()}
    admin.post(f"/people/{person.pk}/edit/", again)
    assert Person.objects.get(pk=person.pk).title == "second"


def test_the_last_administrator_stays(site: Site):
    person = site.person(Role.ADMINISTRATOR)
    at = timezone.now()

    with pytest.raises(people.LastAdministrator):
        people.set_active(person=person, active=False, actor=SYSTEM, at=at)
    with pytest.raises(people.LastAdministrator):
        people.change_person(
            person=person, version=1, values={}, grants=[Grant(Role.EXECUTIVE)], actor=SYSTEM, at=at
        )

    assert assigned(Person.objects.get(pk=person.pk)) == (Grant(Role.ADMINISTRATOR),)
    other = site.person(Role.ADMINISTRATOR, username="second")
    people.set_active(person=other, active=False, actor=SYSTEM, at=at)
    with pytest.raises(people.LastAdministrator):
        people.set_active(person=person, active=False, actor=SYSTEM, at=at)


def test_nobody_changes_their_own_roles(site: Site, admin: Client):
    me = site.person(Role.ADMINISTRATOR)
    site.person(Role.ADMINISTRATOR, username="second")
    rows = grants_data(("administrator", "*"), ("analyst", "*"), initial=1)

    answer = admin.post(f"/people/{me.pk}/edit/", edit_data(me) | rows)
    admin.post(f"/people/{me.pk}/state/", {"active": "0"})

    assert answer.context["form"].non_field_errors()
    held = Person.objects.get(pk=me.pk)
    assert (assigned(held), held.is_active) == ((Grant(Role.ADMINISTRATOR),), True)


def test_an_administrator_of_one_bureau_gives_roles_there_only(site: Site):
    first, second = site.bureaus[:2]
    local = site.client(Role.ADMINISTRATOR, first)
    scope = scope_of(site.person(Role.ADMINISTRATOR, first), site.tree)

    for unit in ("*", second):
        data = {"username": "x", "name": "X", **grants_data(("agent", unit))}
        assert not local.post("/people/new/", data).context["grants"].is_valid()
    with pytest.raises(NotAllowed):
        people.create_person(
            particulars=people.Particulars("x", "X"),
            grants=[Grant(Role.AGENT, second)],
            password=None,
            actor=SYSTEM,
            at=timezone.now(),
            authority=scope,
        )
    local.post("/people/new/", {"username": "y", "name": "Y", **grants_data(("agent", first))})
    assert assigned(Person.objects.get(username="y")) == (Grant(Role.AGENT, first),)
    assert not Person.objects.filter(username="x").exists()


@pytest.mark.parametrize("action", ["edit", "password", "unlock", "factor", "state"])
def test_who_has_a_wider_role_is_not_touched_by_an_administrator_of_a_bureau(
    site: Site, action: str
):
    bureau = site.bureaus[0]
    boss = people.create_person(
        particulars=people.Particulars("boss", "Boss"),
        grants=[Grant(Role.AGENT, bureau), Grant(Role.ADMINISTRATOR)],
        password=PASSWORD,
        actor=SYSTEM,
        at=timezone.now(),
    )

    answer = site.client(Role.ADMINISTRATOR, bureau).post(f"/people/{boss.pk}/{action}/", {})

    assert answer.status_code == 403
    assert Person.objects.get(pk=boss.pk).check_password(PASSWORD)


def test_a_new_password_ends_the_sessions_and_lets_them_in_again(site: Site, admin: Client):
    person = site.person(Role.EXECUTIVE)
    Person.objects.filter(pk=person.pk).update(locked_until=timezone.now() + timedelta(hours=1))
    session = site.client(Role.EXECUTIVE)

    password = admin.post(f"/people/{person.pk}/password/").context["password"]

    assert session.get("/").status_code == 302
    answer = Client().post("/accounts/login/", {"login": person.username, "password": password})
    assert answer.status_code == 302


def test_who_is_kept_out_can_be_let_in_again(site: Site, admin: Client):
    person = site.person(Role.EXECUTIVE)
    session = site.client(Role.EXECUTIVE)

    admin.post(f"/people/{person.pk}/state/", {"active": "0"})
    kept_out = session.get("/").status_code
    admin.post(f"/people/{person.pk}/state/", {"active": "1"})

    assert (kept_out, session.get("/").status_code) == (302, 200)
    assert AuditEntry.objects.latest("seq").detail == {"is_active": [False, True]}


@pytest.mark.parametrize("role", [r for r in Role if r is not Role.ADMINISTRATOR])
def test_only_an_administrator_changes_people(site: Site, role: Role):
    person = site.person(Role.EXECUTIVE, username="somebody")
    client = site.client(role)

    for path in ("new/", f"{person.pk}/edit/", f"{person.pk}/password/", f"{person.pk}/state/"):
        assert client.post(f"/people/{path}", {"active": "0"}).status_code == 403
    assert Person.objects.get(pk=person.pk).is_active


@pytest.mark.parametrize(("language", "word"), [("zh", "添加人员"), ("en", "Add a person")])
def test_the_pages_speak_both_languages(site: Site, language: str, word: str):
    client = site.client(Role.ADMINISTRATOR, language=language)

    assert word in client.get("/people/").content.decode()
    assert word in client.get("/people/new/").content.decode()


def test_a_password_to_hand_over_keeps_the_rules_and_never_repeats():
    made = {people.new_password() for _ in range(50)}

    assert len(made) == 50
    for password in made:
        people.check_password(password)


def test_who_acts_is_in_the_chain(site: Site):
    person, boss = site.person(Role.EXECUTIVE), site.person(Role.ADMINISTRATOR)

    people.unlock(person=person, actor=Actor(boss, boss.username, "10.0.0.1"), at=timezone.now())

    entry = AuditEntry.objects.latest("seq")
    assert (entry.actor, entry.address, entry.person) == (boss.username, "10.0.0.1", boss)
