"""Every address as everyone: who may use it, who is sent away, and that nothing is changed by it.

Nobody names the addresses, they are found in the configuration.
"""

from __future__ import annotations

import re

import pytest
from django.test import Client
from support.planted import ALPHA, Two, not_planted
from support.walk import pages, routes, state, text_of

from powercx.apps.core.enums import Role
from powercx.apps.core.queries.people import scope_of
from powercx.web.middleware import OPEN

SIGN_IN = "/accounts/login/"
# What Python says of an object: where a person reads, it is a mistake.
CODE = re.compile(r"\w+\((zh|value)=|=[A-Z]\w+\(\w+=|object at 0x")


def test_every_kind_of_record_is_planted():
    assert not_planted() == set()


def test_every_view_says_who_may_use_it():
    unmarked = [route.name for route in routes() if not route.marked and not route.of_allauth]

    assert unmarked == []


def test_every_route_has_an_example(two: Two):
    addresses = [route.address(two.first) for route in routes()]

    assert len(addresses) == len(set(addresses))


@pytest.mark.parametrize("method", ["get", "post"])
def test_nobody_gets_anything_without_signing_in(two: Two, method: str):
    client = Client(raise_request_exception=False)
    before = state()
    seen = {}
    for route in pages():
        answer = getattr(client, method)(route.address(two.first))
        text = text_of(answer)
        let_in = answer.status_code == 200 and not route.public and route.name not in OPEN
        if let_in or answer.status_code >= 500 or ALPHA in text:
            seen[route.name] = answer.status_code
        elif answer.status_code == 302 and not route.public:
            assert answer["Location"].startswith(SIGN_IN), route.name

    assert seen == {}
    assert state() == before


@pytest.mark.parametrize("role", list(Role))
def test_who_lacks_the_permission_gets_nothing(two: Two, role: Role):
    person = two.site.person(role)
    client = two.site.client(role)
    client.raise_request_exception = False
    scope = scope_of(person, two.site.tree)
    before = state()
    wrong = {}
    for route in pages():
        if route.permission is None or scope.may(route.permission):
            continue
        for method in (client.get, client.post):
            answer = method(route.address(two.first))
            if ALPHA in text_of(answer) or answer.status_code != 403:
                wrong[route.name] = answer.status_code

    assert wrong == {}
    assert state() == before


@pytest.mark.parametrize("role", list(Role))
def test_who_has_the_permission_gets_an_answer(two: Two, role: Role):
    client = two.site.client(role)
    client.raise_request_exception = False
    scope = scope_of(two.site.person(role), two.site.tree)
    wrong = {}
    for route in pages():
        if route.permission and not scope.may(route.permission):
            continue
        answer = client.get(route.address(two.first))
        if found := CODE.search(text_of(answer)):
            wrong[route.name] = found[0]
        # What belongs to one record may be gone, empty, or closed to some who may see others.
        expected = {200, 302, 403, 404, 405, 422} if route.variables else {200, 302, 405}
        if answer.status_code not in expected and not route.of_allauth:
            wrong[route.name] = answer.status_code

    assert wrong == {}
