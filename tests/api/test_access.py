"""Who may call: a good token, within its scopes, its unit and its person's reach."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from support.api import PREFIX, Api, bearer, long_ago, problem

from powercx.api import operations
from powercx.apps.core.domain import tokens
from powercx.apps.core.domain.audit import SYSTEM
from powercx.apps.core.enums import Permission, Role
from powercx.apps.core.models import ApiToken, AuditEntry, Person

KEY = "complaint_rate"


def address(call) -> str:
    """A path of the call that leads to something, or to nothing at worst."""
    return call.path.format(
        key=KEY, table="org_unit", load_id="none", task_id="00000000-0000-0000-0000-000000000000"
    )


@pytest.fixture(params=operations(), ids=lambda call: f"{call.method} {call.path}")
def call(request):
    return request.param


def test_no_call_answers_without_a_token(api: Api, call):
    answer = Client().generic(call.method, PREFIX + address(call))

    assert answer.status_code == 401
    assert problem(answer)["code"] == "api.no_token"
    assert answer["WWW-Authenticate"] == 'Bearer realm="powercx"'


def test_no_call_is_let_in_by_a_session(api: Api, call):
    signed_in = api.site.client(Role.EXPERIENCE_MANAGER)

    assert signed_in.generic(call.method, PREFIX + address(call)).status_code == 401


def test_every_call_asks_for_the_permission_it_names(api: Api, call):
    person = api.site.person(Role.EXPERIENCE_MANAGER)
    others = tuple(p for p in Permission if p != call.permission)
    scope = tokens.Wish("others", tuple(p for p in others if p in _scope(api, person)))
    _, secret = tokens.make(
        person=person,
        wish=scope,
        scope=_full(api, person),
        actor=SYSTEM,
        at=timezone.now(),
    )

    answer = Client().generic(call.method, PREFIX + address(call), headers=bearer(secret, {}))

    assert answer.status_code == 403
    assert problem(answer)["params"] == {"permission": call.permission.value}


def _full(api: Api, person: Person):
    from powercx.apps.core.queries.people import scope_of  # noqa: PLC0415

    return scope_of(person, api.site.tree)


def _scope(api: Api, person: Person):
    return _full(api, person).permissions


@pytest.mark.parametrize("secret", ["px_unknown", "", "px_" + "a" * 5000])
def test_a_token_nobody_made_is_refused(api: Api, secret: str):
    assert problem(api.get(secret, "/measures"))["status"] == 401


def test_an_expired_token_is_refused(api: Api):
    soon = long_ago() + timedelta(days=1)
    secret = api.secret(expires_at=soon, at=long_ago())

    assert problem(api.get(secret, "/measures"))["code"] == "tokens.expired"


def test_a_revoked_token_is_refused_at_once(api: Api):
    token, secret = api.token()
    assert api.get(secret, "/measures").status_code == 200

    tokens.revoke(token=token, actor=SYSTEM, at=timezone.now())

    assert problem(api.get(secret, "/measures"))["code"] == "tokens.revoked"


def test_a_token_of_someone_who_may_not_sign_in_is_refused(api: Api):
    token, secret = api.token()
    Person.objects.filter(pk=token.person_id).update(is_active=False)

    assert problem(api.get(secret, "/measures"))["code"] == "tokens.person_inactive"


def test_a_token_loses_what_its_person_loses(api: Api):
    token, secret = api.token(Role.ORG_MANAGER, api.site.bureaus[0])
    token.person.assignments.all().delete()

    assert problem(api.get(secret, "/measures"))["status"] == 403


def test_a_token_sees_no_other_unit_than_its_own(api: Api):
    first, second = api.site.bureaus[:2]
    secret = api.secret(within=first, scopes=(Permission.MEASURES,))
    by_name = api.get(secret, f"/measures/{KEY}/figures", {"org": api.site.tree.names[second]})
    assert problem(by_name)["params"] == {"org": api.site.tree.names[second]}

    answers = [
        api.get(secret, f"/measures/{KEY}/figures", {"org": org})
        for org in (first, second, "nowhere", api.site.company)
    ]

    assert [answer.status_code for answer in answers] == [200, 404, 404, 404]
    listed = api.get(secret, "/organisations").json()["organisations"]
    assert {unit["id"] for unit in listed} == {
        unit for unit in api.site.tree.subtree(first) if unit in api.site.tree.names
    }
    assert [unit["id"] for unit in listed if unit["parent"] is None] == [first]


def test_a_token_of_one_unit_loads_nothing(api: Api):
    with pytest.raises(tokens.BeyondReach):
        api.secret(within=api.site.bureaus[0], scopes=(Permission.DATA_LOAD,))


def test_nobody_gives_a_token_more_than_they_have(api: Api):
    with pytest.raises(tokens.BeyondReach):
        api.secret(Role.EXECUTIVE, scopes=(Permission.MEASURES, Permission.ROWS))


def test_use_is_noted_once_a_minute(api: Api):
    token, secret = api.token()
    start = timezone.now()

    seen = []
    for seconds in (0, 59, 60, 119, 120):
        tokens.token_of(secret, at=start + timedelta(seconds=seconds))
        last = ApiToken.objects.get(pk=token.pk).last_used_at
        seen.append((last - start).total_seconds())

    assert seen == [0, 0, 60, 60, 120]


def test_making_and_revoking_are_recorded_without_the_secret(api: Api):
    token, secret = api.token()

    tokens.revoke(token=token, actor=SYSTEM, at=timezone.now())
    tokens.revoke(token=token, actor=SYSTEM, at=timezone.now())

    entries = AuditEntry.objects.filter(record_type="api_token").order_by("seq")
    assert [entry.action for entry in entries] == ["create", "revoke"]
    assert secret not in str([entry.detail for entry in entries])
    assert not ApiToken.objects.filter(digest=secret).exists()
