"""What is said of the API is true: every answer is of the form that its description gives."""

from __future__ import annotations

import pytest
from django.test import Client
from jsonschema import Draft202012Validator
from support.api import PREFIX, Api

from powercx.api import operations
from powercx.apps.core.enums import Permission, Role

ADDRESSES = {
    "/measures": "/measures",
    "/measures/{key}/figures": "/measures/csat/figures?by=org&period=2025-03",
    "/measures/{key}/explanation": "/measures/complaint_rate/explanation?period=2025Q1",
    "/organisations": "/organisations?limit=3",
    "/tables": "/tables",
    "/tables/{table}/schema": "/tables/bill/schema",
    "/loads": "/loads",
}


def described(api: Api) -> dict:
    return api.site.client(Role.EXECUTIVE).get(f"{PREFIX}/openapi.json").json()


def form_of(found: dict, path: str, method: str = "get") -> dict:
    said = found["paths"][PREFIX + path][method]["responses"]["200"]
    return {**said["content"]["application/json"]["schema"], "components": found["components"]}


@pytest.mark.parametrize("path", ADDRESSES)
def test_every_answer_is_of_the_form_described(api: Api, path: str):
    form = form_of(described(api), path)

    answer = api.get(api.secret(), ADDRESSES[path])

    assert answer.status_code == 200
    Draft202012Validator.check_schema(form)
    assert [error.message for error in Draft202012Validator(form).iter_errors(answer.json())] == []


def test_every_call_is_described_with_its_permission_in_both_languages(api: Api):
    found = described(api)

    for call in operations():
        said = found["paths"][call.address][call.method.lower()]
        assert said["x-permission"] == call.permission.value
        texts = [said["summary"], said["description"]]
        texts += [parameter["description"] for parameter in said["parameters"]]
        assert all(" · " in text for text in texts), texts
    assert found["openapi"] == "3.1.0"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_shows_every_call_and_a_line_to_try_it(api: Api, language: str):
    page = api.site.client(Role.EXECUTIVE, language=language).get(f"{PREFIX}/docs")

    text = page.content.decode()
    assert page.status_code == 200
    for call in operations():
        assert f'id="{call.name}"' in text
        assert call.example.partition("?")[0] in text
    assert " style=" not in text
    assert "<script>" not in text


def test_the_page_is_for_people_who_are_signed_in(api: Api):
    for path in ("docs", "openapi.json"):
        answer = Client().get(f"{PREFIX}/{path}")

        assert answer.status_code == 302, path


def test_tokens_are_offered_what_calls_need():
    from powercx.apps.core.forms.tokens import OFFERED  # noqa: PLC0415

    assert set(OFFERED) == {call.permission for call in operations()} <= set(Permission)
