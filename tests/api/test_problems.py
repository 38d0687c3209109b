"""Errors: one form for all of them, in the reader's language, each parameter named."""

from __future__ import annotations

import logging

import pytest
from django.test import Client
from support.api import Api, bearer, client, problem

from powercx.api.problems import Kind


def test_a_method_that_an_address_does_not_take_is_told_with_those_it_does(api: Api):
    answer = client().put("/api/v1/measures", headers=bearer(api.secret(), {}))

    assert problem(answer)["params"] == {"allowed": "GET"}
    assert (answer.status_code, answer["Allow"]) == (405, "GET")


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_an_address_that_is_no_call_is_told(api: Api, method: str):
    answer = Client().generic(method, "/api/v1/nothing", headers={"Accept-Language": "en"})

    found = problem(answer)
    assert (found["status"], found["detail"]) == (404, "There is nothing at /api/v1/nothing")


def test_unknown_keys_and_bad_values_are_told_one_by_one(api: Api):
    secret = api.secret()

    unknown = problem(api.get(secret, "/measures", {"knd": "outcome", "limit": "9"}))
    bad = problem(api.get(secret, "/measures", {"limit": "many", "kind": "odd"}))

    assert unknown["errors"] == [
        {
            "in": "query",
            "name": "knd",
            "code": "api.unknown_key",
            "detail": "knd is not known; nearest: kind",
        }
    ]
    assert [(e["name"], e["code"]) for e in bad["errors"]] == [
        ("kind", "api.not_one_of"),
        ("limit", "api.not_readable"),
    ]


def test_a_key_given_twice_is_told(api: Api):
    answer = client().get("/api/v1/measures?limit=1&limit=2", headers=bearer(api.secret(), {}))

    assert problem(answer)["errors"][0]["code"] == "api.key_twice"


@pytest.mark.parametrize(("language", "title"), [("zh", "找不到"), ("en", "Not found")])
def test_problems_are_told_in_the_readers_language(api: Api, language: str, title: str):
    answer = api.get(api.secret(), "/measures/x/figures", Accept_Language=language)

    assert problem(answer)["title"] == title


def test_a_bug_is_told_by_a_number_that_the_log_knows(
    api: Api, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("secret inner detail")

    secret = api.secret()
    monkeypatch.setattr("powercx.api.calls.measures.page_of", broken)
    with caplog.at_level(logging.ERROR, "powercx.api"):
        answer = api.get(secret, "/measures")

    found = problem(answer)
    assert (found["status"], found["code"]) == (500, "api.broken")
    assert "inner" not in answer.content.decode()
    assert found["params"]["number"] in caplog.text
    assert "secret inner detail" in caplog.text


def test_a_body_that_is_too_large_is_told(own_api: Api, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    rows = {"rows": [{"text": "x" * 200}]}

    found = problem(own_api.post(own_api.secret(), "/facts/service_order", rows))

    assert (found["status"], found["code"]) == (413, "api.body_too_large")


def test_every_type_of_problem_stands_on_the_page(api: Api):
    from powercx.apps.core.enums import Role  # noqa: PLC0415

    page = api.site.client(Role.EXECUTIVE).get("/api/v1/docs").content.decode()

    for kind in Kind:
        assert f'id="{kind.address.partition("#")[2]}"' in page
