"""A call sent again with its idempotency key is carried out once, whatever happens between."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import threading
import time
from datetime import timedelta

import pytest
from django.db import connections
from support.api import Api, clock, problem

from powercx.analytics.results.tree import OrgTree
from powercx.apps.core.domain import answers, people, tokens
from powercx.apps.core.domain.audit import SYSTEM
from powercx.apps.core.enums import Permission, Role
from powercx.apps.core.models import ApiToken, IdempotentAnswer, LoadRecord
from powercx.apps.core.rules import Grant, Scope
from powercx.apps.core.service import InProgress

ORDER = {"order_id": "o1", "type_l1": "complaint", "accepted_at": "2025-03-01T09:30:00+08:00"}
BODY = {"rows": [ORDER], "source": "crm"}


def send(api: Api, secret: str, body: object = BODY, key: str = "k1"):
    return api.post(secret, "/facts/service_order", body, Idempotency_Key=key)


def test_the_same_call_gets_the_same_answer_again(own_api: Api):
    secret = own_api.secret()

    first, second = send(own_api, secret), send(own_api, secret)

    assert (first.status_code, second.status_code) == (200, 200)
    assert second.content == first.content
    assert (first.has_header("Idempotency-Replayed"), second["Idempotency-Replayed"]) == (
        False,
        "true",
    )
    assert LoadRecord.objects.count() == 1


def test_another_call_with_the_same_key_is_refused(own_api: Api):
    secret = own_api.secret()
    send(own_api, secret)

    other = send(own_api, secret, {"rows": [{**ORDER, "order_id": "o2"}], "source": "crm"})

    assert (other.status_code, problem(other)["code"]) == (422, "api.key_in_use")
    assert LoadRecord.objects.count() == 1


def test_the_keys_of_one_token_are_not_those_of_another(own_api: Api):
    send(own_api, own_api.secret())

    second = send(own_api, own_api.secret())

    assert second.json()["duplicate"] == 1


def test_after_an_error_the_key_is_free_again(own_api: Api):
    secret = own_api.secret()
    refused = send(own_api, secret, {"rows": [{"colour": "red"}]})

    assert refused.status_code == 422
    assert send(own_api, secret).status_code == 200


def test_a_call_that_is_worked_on_is_not_begun_again(own_api: Api):
    token, secret = own_api.token()

    with answers.slot(own_api.site.home, token=token, key="k1", digest="d", at=clock()):
        meanwhile = send(own_api, secret)

    assert (meanwhile.status_code, problem(meanwhile)["code"]) == (409, "api.in_progress")
    assert meanwhile["Retry-After"] == "1"


def test_a_call_that_broke_off_is_carried_out_by_the_next(
    own_api: Api, monkeypatch: pytest.MonkeyPatch
):
    secret = own_api.secret()

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("powercx.api.calls.facts.note_load", killed)
        with pytest.raises(KeyboardInterrupt):
            send(own_api, secret)
    assert IdempotentAnswer.objects.get().status is None

    again = send(own_api, secret)

    assert (again.status_code, again.json()["duplicate"]) == (200, 1)
    assert IdempotentAnswer.objects.get().status == 200


def test_answers_are_kept_for_seven_days(own_api: Api):
    secret = own_api.secret()
    send(own_api, secret)

    for days, replayed in ((6.9, True), (7.1, False)):
        at = clock() - timedelta(days=days)
        IdempotentAnswer.objects.update(created_at=at)
        assert send(own_api, secret).has_header("Idempotency-Replayed") is replayed


@pytest.mark.parametrize("key", ["", "x" * 201, "a\tb"])
def test_a_key_that_is_none_is_refused(own_api: Api, key: str):
    assert problem(send(own_api, own_api.secret(), key=key))["code"] == "api.bad_idempotency_key"


# With commits that other processes see.


@pytest.fixture
def token(vault) -> ApiToken:
    person = people.create_person(
        particulars=people.Particulars("loader", "loader"),
        grants=[Grant(Role.EXPERIENCE_MANAGER)],
        password=None,
        actor=SYSTEM,
        at=clock(),
    )
    scope = Scope((Grant(Role.EXPERIENCE_MANAGER),), OrgTree(()))
    wish = tokens.Wish("loader", (Permission.DATA_LOAD,))
    return tokens.make(person=person, wish=wish, scope=scope, actor=SYSTEM, at=clock())[0]


KILLED = """
    import os, signal, sys
    from datetime import UTC, datetime
    from pathlib import Path
    from powercx.apps.core.bootstrap import start
    from powercx.base.home import Home
    home = Home(Path(sys.argv[1]))
    start(home, os.environ)
    from powercx.apps.core.domain.answers import slot
    from powercx.apps.core.models import ApiToken
    with slot(home, token=ApiToken.objects.get(), key="k", digest="d", at=datetime.now(UTC)):
        os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_process_leaves_no_call_in_progress(home, environ, token: ApiToken):
    import os  # noqa: PLC0415

    script = [sys.executable, "-c", textwrap.dedent(KILLED), str(home.path)]
    done = subprocess.run(script, env={**os.environ, **environ}, check=False)
    assert (done.returncode, IdempotentAnswer.objects.get().status) == (-9, None)

    with answers.slot(home, token=token, key="k", digest="d", at=clock()) as place:
        assert place.kept is None
        place.keep(status=200, body="{}")

    with answers.slot(home, token=token, key="k", digest="d", at=clock()) as place:
        assert place.kept == answers.Kept(200, "{}")


def test_of_many_at_once_one_is_carried_out(home, token: ApiToken):
    carried, others = [], []

    def call() -> None:
        try:
            for _ in range(200):
                try:
                    with answers.slot(home, token=token, key="k", digest="d", at=clock()) as place:
                        if place.kept is None:
                            carried.append(1)
                            time.sleep(0.05)
                            place.keep(status=200, body="{}")
                        else:
                            others.append(place.kept)
                        return
                except InProgress:
                    time.sleep(0.01)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=call) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (len(carried), others) == (1, [answers.Kept(200, "{}")] * 7)
