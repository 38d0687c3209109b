"""Who gets in, and how: signing in, locking out, the first password, the language."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from support.site import PASSWORD, Site

from powercx.apps.core.domain import people
from powercx.apps.core.domain.audit import SYSTEM
from powercx.apps.core.enums import Role
from powercx.apps.core.models import AuditEntry, Person

SIGN_IN = "/accounts/login/"


def sign_in(client: Client, username: str, password: str) -> int:
    answer = client.post(SIGN_IN, {"login": username, "password": password})
    return answer.status_code


def test_nobody_sees_a_page_without_signing_in(site: Site):
    answer = Client().get("/")

    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/?next=/")


def test_signing_in_leads_to_the_overview_and_is_recorded(site: Site):
    person = site.person(Role.EXECUTIVE)
    client = Client()

    answer = client.post(SIGN_IN, {"login": person.username, "password": PASSWORD}, follow=True)

    assert (answer.status_code, answer.request["PATH_INFO"]) == (200, "/")
    assert AuditEntry.objects.latest("seq").action == "sign_in"


def test_five_wrong_passwords_lock_the_account_for_a_quarter_of_an_hour(site: Site):
    person = site.person(Role.EXECUTIVE)
    client = Client()

    for _ in range(people.MOST_FAILURES):
        sign_in(client, person.username, "wrong")

    assert sign_in(client, person.username, PASSWORD) == 200
    held = Person.objects.get(pk=person.pk)
    left = held.locked_until - timezone.now()
    assert timedelta(minutes=14) < left <= people.LOCKED_FOR
    assert AuditEntry.objects.latest("seq").action == "lock"


def test_an_administrator_lets_someone_in_again(site: Site):
    person = site.person(Role.EXECUTIVE)
    client = Client()
    for _ in range(people.MOST_FAILURES):
        sign_in(client, person.username, "wrong")

    people.unlock(person=person, actor=SYSTEM, at=timezone.now())

    assert sign_in(client, person.username, PASSWORD) == 302


def test_a_wrong_name_is_told_like_a_wrong_password(site: Site):
    person = site.person(Role.EXECUTIVE)
    client = Client()

    wrong_password = client.post(SIGN_IN, {"login": person.username, "password": "x"})
    wrong_name = client.post(SIGN_IN, {"login": "nobody", "password": "x"})

    assert wrong_name.context["form"].errors == wrong_password.context["form"].errors


def test_someone_who_may_no_longer_sign_in_cannot(site: Site):
    person = site.person(Role.EXECUTIVE)
    client = site.client(Role.EXECUTIVE)
    Person.objects.filter(pk=person.pk).update(is_active=False)

    assert client.get("/").status_code == 302


def test_a_first_password_must_be_changed_before_anything_else(site: Site):
    person = site.person(Role.EXECUTIVE)
    people.set_password(
        person=person,
        password="given-by-admin",
        must_change=True,
        actor=SYSTEM,
        at=timezone.now(),
    )
    client = Client()
    sign_in(client, person.username, "given-by-admin")

    assert client.get("/")["Location"] == "/me/password/"
    client.post(
        "/me/password/",
        {"old": "given-by-admin", "new": "my own words 7", "again": "my own words 7"},
    )
    assert client.get("/").status_code == 200


@pytest.mark.parametrize("weak", ["short-1", "1234567890", "password123", "executive.all"])
def test_a_weak_password_is_refused_with_the_rule(site: Site, weak: str):
    person = site.person(Role.EXECUTIVE)

    with pytest.raises(people.WeakPassword):
        people.set_password(
            person=person, password=weak, must_change=False, actor=SYSTEM, at=timezone.now()
        )


def test_the_language_of_the_browser_is_spoken_until_one_is_chosen(site: Site):
    client = site.client(Role.EXECUTIVE, language="en")

    assert 'lang="en"' in client.get("/").content.decode()
    client.post("/language/", {"language": "zh", "next": "/"})
    assert 'lang="zh-Hans"' in client.get("/").content.decode()


def test_a_unit_out_of_reach_is_as_unknown_as_one_that_is_not_there(site: Site):
    first, second = site.bureaus[:2]
    client = site.client(Role.ORG_MANAGER, first)

    answers = [client.get("/", {"org": org}) for org in (first, second, "nowhere")]

    assert [answer.status_code for answer in answers] == [200, 404, 404]


def test_a_role_without_figures_is_told_who_can_grant_them(site: Site):
    answer = site.client(Role.PROVIDER).get("/")

    assert answer.status_code == 403
    assert "measures.view" in answer.content.decode()
