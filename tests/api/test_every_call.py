"""Every call of the API, as everyone and for two bureaus; nobody names the calls."""

from __future__ import annotations

import json
import re

import pytest
from django.http import HttpResponse
from support.api import Api, bearer, client
from support.loads import stored
from support.planted import ALPHA, BETA, MEASURE, Planted, Two, plant
from support.site import Site
from support.walk import belongings, example_of, routes, state, text_of, words_of

from powercx.api.calling import Call, registered
from powercx.api.calls import read_all
from powercx.apps.core.enums import Permission, Role

CHAIN = {"AuditEntry", "AuditHead"}


def path_of(call: Call, planted: Planted) -> str:
    def example(found: re.Match[str]) -> str:
        return str(example_of(f"api:{call.name}", found[1], planted))

    return re.sub(r"\{(\w+)\}", example, call.path)


def send(secret: str, call: Call, planted: Planted, query: str = "") -> HttpResponse:
    address = f"/api/v1{path_of(call, planted)}{query}"
    headers = bearer(secret, {}) if secret else {}
    if call.method == "GET":
        return client().get(address, headers=headers)
    body = call.body or "{}"
    return client().post(address, body, content_type="application/json", headers=headers)


def calls(method: str = "") -> list[Call]:
    read_all()
    return [call for call in registered() if method in {"", call.method}]


def test_every_public_address_of_the_api_is_a_call():
    known = [route for route in routes() if route.name.startswith("api:") and route.public]

    assert {route.name for route in known} == {f"api:{call.name}" for call in calls()} | {
        "api:nothing"
    }


@pytest.mark.parametrize("secret", ["", "px_nothing"])
def test_no_call_is_answered_without_a_good_token(two: Two, secret: str):
    before = state()

    statuses = {call.name: send(secret, call, two.first).status_code for call in calls()}

    assert set(statuses.values()) == {401}, statuses
    assert state() == before


def test_a_session_opens_no_call(two: Two):
    browser = two.site.client(Role.ADMINISTRATOR)
    statuses = {}
    for call in calls():
        ask = browser.get if call.method == "GET" else browser.post
        statuses[call.name] = ask(f"/api/v1{path_of(call, two.first)}").status_code

    assert set(statuses.values()) == {401}, statuses


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.PROVIDER])
def test_a_token_without_the_permission_gets_nothing(two: Two, role: Role):
    token, secret = Api(two.site).token(role)
    before = state()
    wrong = {}
    for call in calls():
        if call.permission.value not in token.scopes:
            answer = send(secret, call, two.first)
            if ALPHA in text_of(answer) or answer.status_code != 403:
                wrong[call.name] = answer.status_code

    assert wrong == {}
    assert state() == before


def answers(planted: Planted, secret: str = "") -> dict[str, tuple[int, str]]:
    """What a bureau's token is answered, or another, asked in several ways."""
    tails = ("", "?by=org", "?limit=200", "?rows=50", f"?org={planted.org}&by=org")
    return {
        call.path + tail: (answer.status_code, text_of(answer))
        for call in calls("GET")
        for tail in tails
        for answer in [send(secret or planted.secret, call, planted, tail)]
    }


@pytest.mark.parametrize("whose", ["of the bureau", "cut to it"])
def test_no_answer_holds_anything_of_another_bureau(two: Two, whose: str):
    ids = belongings(two.site, two.second.org)
    allowed = (Permission.MEASURES, Permission.ROWS)
    cut = Api(two.site).secret(scopes=allowed, within=two.first.org)

    found = answers(two.first, cut if whose == "cut to it" else "")

    leaks = {
        address: (status, sorted(ids & words_of(text))[:5])
        for address, (status, text) in found.items()
        if status >= 500 or BETA in text or ids & words_of(text)
    }
    assert leaks == {}
    everything = " ".join(text for _, text in found.values())
    assert belongings(two.site, two.first.org) & words_of(everything)


def test_answers_do_not_depend_on_what_another_bureau_has(site: Site):
    first, second = site.bureaus[:2]
    mine = plant(site, first, ALPHA)
    alone = answers(mine)

    plant(site, second, BETA)

    assert answers(mine) == alone


def test_another_bureau_is_as_unknown_as_one_that_is_not_there(two: Two):
    different = {}
    for call in calls("GET"):
        theirs, nowhere = (
            send(two.first.secret, call, two.first, f"?org={org}")
            for org in (two.second.org, "NOWHERE")
        )
        if theirs.status_code == 200 or _kind(theirs) != _kind(nowhere):
            different[call.name] = (_kind(theirs), _kind(nowhere))

    assert different == {}


def _kind(answer: HttpResponse) -> tuple[object, ...]:
    found = json.loads(answer.content)
    return (answer.status_code, found.get("type"), found.get("code"))


def test_a_record_of_another_bureau_is_not_there(two: Two):
    found = {
        call.name: send(two.first.secret, call, two.second).status_code
        for call in calls("GET")
        if path_of(call, two.first) != path_of(call, two.second)
    }

    assert found
    assert set(found.values()) <= {403, 404}, found


def test_a_call_that_changed_something_is_in_the_audit_chain(own_site: Site, two: Two):
    secret = Api(own_site).secret(Role.EXPERIENCE_MANAGER)
    unrecorded = {}
    for call in calls("POST"):
        before = state()
        answer = send(secret, call, two.first)
        changed = {name for name, rows in state().items() if rows != before[name]}
        assert answer.status_code < 300, (call.name, answer.content)
        if not changed >= CHAIN:
            unrecorded[call.name] = sorted(changed)

    assert unrecorded == {}


def test_an_analyst_is_told_of_no_customer(two: Two):
    ids = {row["customer_id"] for row in stored(two.site.home, "customer", "customer_id")}
    tails = ("", "?rows=50&period=2025", "?limit=200")
    seen = {}
    for role in (Role.ANALYST, Role.EXPERIENCE_MANAGER):
        secret = Api(two.site).secret(role)
        texts = [
            text_of(
                Api(two.site).get(secret, path_of(call, two.first).replace(MEASURE, key) + tail)
            )
            for call in calls("GET")
            for key in (MEASURE, "complaint_rate")
            for tail in tails
        ]
        seen[role] = ids & words_of(" ".join(texts))

    assert seen[Role.ANALYST] == set()
    assert seen[Role.EXPERIENCE_MANAGER]


def test_an_executive_is_told_of_no_figure_on_fewer_than_five_people(
    own_site: Site, two: Two, small_figures_shout: str
):
    stations = [s for bureau in own_site.bureaus for s in own_site.tree.children(bureau)]
    tails = ("", f"?org={','.join(stations)}&period=2025-03", "?by=org", "?by=channel")
    loud = {}
    for role in (Role.EXECUTIVE, Role.EXPERIENCE_MANAGER):
        secret = Api(own_site).secret(role)
        loud[role] = [
            call.name
            for call in calls("GET")
            for tail in tails
            if small_figures_shout in text_of(send(secret, call, two.first, tail))
        ]

    assert loud[Role.EXECUTIVE] == []
    assert loud[Role.EXPERIENCE_MANAGER]
