"""Figures and explanations over HTTP are those of the command line, cut to the token's reach."""

from __future__ import annotations

import json

import pytest
from support.api import Api, problem
from support.site import Site

from powercx.apps.core.enums import Permission, Role
from powercx.cli.main import main

KEY = "complaint_rate"
QUESTIONS = [
    {},
    {"period": "2025-03"},
    {"period": "2025Q1,2025-02", "by": "org"},
    {"period": "2025-01..2025-03", "by": "month"},
    {"period": "2025Q1", "by": "class"},
]


def told(capsys: pytest.CaptureFixture[str], site: Site, *args: str) -> dict:
    """What the command line answers to the same question."""
    capsys.readouterr()
    assert main([*args, "--json"], {"POWERCX_HOME": str(site.home.path)}) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("query", QUESTIONS, ids=str)
@pytest.mark.parametrize("key", [KEY, "csat"])
def test_figures_equal_those_of_the_command_line(api: Api, capsys, key: str, query: dict):
    args = [word for name, value in query.items() for word in (f"--{name}", value)]

    answer = api.get(api.secret(), f"/measures/{key}/figures", query)

    assert answer.status_code == 200, answer.content
    assert answer.json() == told(capsys, api.site, "measures", "show", key, *args)


def test_an_explanation_equals_that_of_the_command_line(api: Api, capsys):
    query = {"period": "2025Q1", "rows": "3"}

    answer = api.get(api.secret(), f"/measures/{KEY}/explanation", query)

    expected = told(
        capsys, api.site, "measures", "explain", KEY, "--period", "2025Q1", "--rows", "3"
    )
    assert expected["sample"]
    assert answer.json() == expected


def test_rows_of_an_explanation_are_without_names_for_an_analyst(api: Api):
    query = {"period": "2025Q1"}

    plain = api.get(api.secret(), f"/measures/{KEY}/explanation", query).json()["sample"]
    tokens = api.get(api.secret(Role.ANALYST), f"/measures/{KEY}/explanation", query)

    assert plain
    names = {row["customer_id"] for row in plain}
    assert not names & {row["customer_id"] for row in tokens.json()["sample"]}


def test_an_executive_gets_no_figure_on_a_handful_of_people(api: Api):
    bureaus = ",".join(api.site.bureaus)
    whole, cut = (
        api.get(
            api.secret(role), "/measures/csat/figures", {"org": bureaus, "by": "org"} | PERIOD
        ).json()["rows"]
        for role in (Role.EXPERIENCE_MANAGER, Role.EXECUTIVE)
    )

    small = {row["org"] for row in whole if 0 < row["n"] < 5}
    hidden = {row["org"] for row in cut if row["reason"] == "figure.suppressed"}
    assert small, "the city has no unit small enough to prove anything"
    assert small <= hidden
    assert all(row["n"] == 0 and row["value"] is None for row in cut if row["org"] in hidden)
    assert api.get(api.secret(Role.EXECUTIVE), "/measures/csat/explanation").status_code == 403


PERIOD = {"period": "2025-03"}


def test_a_token_without_rows_is_cut_like_someone_without_rows(api: Api):
    query = {"org": ",".join(api.site.bureaus), "by": "org"} | PERIOD
    executive = api.get(api.secret(Role.EXECUTIVE), "/measures/csat/figures", query).json()

    secret = api.secret(scopes=(Permission.MEASURES,))

    assert api.get(secret, "/measures/csat/figures", query).json() == executive


def test_the_same_figures_are_not_sent_twice(api: Api):
    secret = api.secret()
    first = api.get(secret, f"/measures/{KEY}/figures", PERIOD)

    second = api.get(secret, f"/measures/{KEY}/figures", PERIOD, If_None_Match=first["ETag"])
    other = api.get(
        api.secret(Role.EXECUTIVE), f"/measures/{KEY}/figures", PERIOD, If_None_Match=first["ETag"]
    )

    assert (second.status_code, second.content, second["ETag"]) == (304, b"", first["ETag"])
    assert other.status_code == 200


def test_measures_are_listed_page_by_page_with_what_they_are(api: Api, capsys):
    secret = api.secret()
    known = told(capsys, api.site, "measures", "list")["measures"]
    found, cursor = [], None
    while True:
        page = api.get(secret, "/measures", {"limit": 40, **({"cursor": cursor} if cursor else {})})
        found += page.json()["measures"]
        cursor = page.json()["next"]
        if cursor is None:
            break

    shown = ("key", "kind", "unit", "better", "version")
    assert [{name: one[name] for name in shown} for one in found] == sorted(
        ({name: one[name] for name in shown} for one in known), key=lambda one: one["key"]
    )
    of_kind = api.get(secret, "/measures", {"kind": "outcome", "limit": 500}).json()["measures"]
    assert {one["kind"] for one in of_kind} == {"outcome"}


@pytest.mark.parametrize(
    ("path", "query", "status", "code"),
    [
        ("/measures/complaint_rat/figures", {}, 404, "api.no_such_measure"),
        ("/measures/complaint_rate/figures", {"org": "X"}, 404, "access.unknown_unit"),
        ("/measures/complaint_rate/figures", {"period": "soon"}, 422, "period.unknown"),
        ("/measures/complaint_rate/figures", {"by": "colour"}, 422, "measure.unknown_by"),
        ("/measures/complaint_rate/explanation", {"rows": "201"}, 422, "api.invalid"),
        ("/measures", {"kind": "other"}, 422, "api.invalid"),
        ("/measures", {"cursor": "!!"}, 422, "api.bad_cursor"),
        ("/measures", {"cursor": "WzFd"}, 422, "api.bad_cursor"),
        ("/measures", {"limit": "0"}, 422, "api.invalid"),
        ("/loads", {"cursor": "WyJ4Il0"}, 404, "api.no_such_load"),
        ("/loads/none", {}, 404, "api.no_such_load"),
        ("/tables/bil/schema", {}, 404, "api.no_such_table"),
        ("/nothing/here", {}, 404, "api.no_such_call"),
    ],
)
def test_what_is_wrong_is_told_as_a_problem(api: Api, path, query, status: int, code: str):
    found = problem(api.get(api.secret(), path, query))

    assert (found["status"], found["code"]) == (status, code), found


def test_nothing_has_been_worked_out_yet(empty_site: Site):
    own = Api(empty_site)

    found = problem(own.get(own.secret(), "/measures"))

    assert (found["status"], found["code"]) == (409, "web.nothing_yet")
