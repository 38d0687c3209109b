"""Pages of tokens: made by their person, shown once, taken back by them or an administrator."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from support.api import Api
from support.site import Site

from powercx.apps.core.enums import Permission, Role
from powercx.apps.core.models import ApiToken

FORM = {"name": "hotline", "scopes": ["measures.view"], "org": "", "lasts": "90"}


def make(client: Client, **values: object):
    return client.post("/me/tokens/new/", FORM | values)


def test_a_token_made_on_the_page_works_and_is_shown_once(site: Site):
    client = site.client(Role.EXECUTIVE, language="en")

    page = make(client)
    secret = re.search(r'value="(px_[^"]+)"', page.content.decode())[1]

    assert page["Cache-Control"] == "no-store"
    assert Api(site).get(secret, "/measures", {"limit": 1}).status_code == 200
    token = ApiToken.objects.get()
    assert (token.scopes, round((token.expires_at - timezone.now()).total_seconds() / 86400)) == (
        ["measures.view"],
        90,
    )
    listed = client.get("/me/tokens/").content.decode()
    assert token.prefix in listed
    assert secret not in listed


def test_only_what_the_person_may_do_is_offered(site: Site):
    page = site.client(Role.EXECUTIVE).get("/me/tokens/new/")

    offered = {value for value, _ in page.context["form"].fields["scopes"].choices}
    assert offered == {Permission.MEASURES.value}
    assert make(site.client(Role.EXECUTIVE), scopes=["data.load"]).status_code == 200
    assert not ApiToken.objects.exists()


@pytest.mark.parametrize("wrong", [{"name": ""}, {"scopes": []}, {"org": "nowhere"}])
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(site: Site, wrong: dict):
    page = make(site.client(Role.EXPERIENCE_MANAGER), **wrong)

    [field] = wrong
    assert list(page.context["form"].errors) == [field]
    assert not ApiToken.objects.exists()
    if field != "name":
        assert 'value="hotline"' in page.content.decode()


def test_a_right_that_cannot_be_cut_to_a_unit_is_refused_there(site: Site):
    page = make(site.client(Role.EXPERIENCE_MANAGER), scopes=["data.load"], org=site.bureaus[0])

    assert "data.load" in str(page.context["form"].errors["scopes"])


def test_a_token_is_revoked_by_its_person(site: Site):
    client = site.client(Role.EXECUTIVE)
    make(client)
    token = ApiToken.objects.get()

    assert token.name in client.get(f"/tokens/{token.pk}/revoke/").content.decode()
    answer = client.post(f"/tokens/{token.pk}/revoke/")

    assert answer["Location"] == "/me/tokens/"
    assert ApiToken.objects.get().revoked_at is not None


def test_tokens_of_others_are_for_those_who_manage_integrations(site: Site):
    make(site.client(Role.EXECUTIVE))
    token = ApiToken.objects.get()
    stranger, keeper = site.client(Role.ANALYST), site.client(Role.ADMINISTRATOR)

    assert stranger.get("/tokens/").status_code == 403
    assert stranger.get("/me/tokens/").context["rows"].total == 0
    assert stranger.post(f"/tokens/{token.pk}/revoke/").status_code == 404
    assert ApiToken.objects.get().revoked_at is None
    assert token.prefix in keeper.get("/tokens/").content.decode()
    assert keeper.post(f"/tokens/{token.pk}/revoke/")["Location"] == "/tokens/"


def test_the_list_asks_the_database_the_same_however_long_it_is(
    site: Site, django_assert_num_queries
):
    keeper = site.client(Role.ADMINISTRATOR)
    make(site.client(Role.EXECUTIVE))
    keeper.get("/tokens/")
    with CaptureQueriesContext(connection) as one:
        keeper.get("/tokens/")
    asked = len(one)

    for role in (Role.ANALYST, Role.ORG_MANAGER):
        make(site.client(role))

    with django_assert_num_queries(asked):
        assert len(keeper.get("/tokens/").context["rows"].items) == 3
