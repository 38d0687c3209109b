"""Rows into every table, as the command line would load them from a file."""

from __future__ import annotations

import json

import pytest
from support.api import Api, problem
from support.rows import good_row

from powercx.analytics.lake.catalogue import TABLES
from powercx.apps.core.enums import Permission, Role
from powercx.apps.core.models import AuditEntry, LoadRecord, PersonalRecord

ORDER = {
    "order_id": "api-1",
    "customer_id": "C1",
    "type_l1": "complaint",
    "accepted_at": "2025-03-01T09:30:00+08:00",
}


def counts(report: dict) -> tuple[int, int, int, int]:
    return tuple(report[name] for name in ("read", "loaded", "duplicate", "quarantined"))


@pytest.mark.parametrize("name", sorted(TABLES))
def test_a_row_of_every_table_is_loaded_and_a_faulty_one_set_aside(own_api: Api, name: str):
    table = TABLES[name]
    good = good_row(table, whole=True)
    required = next(c.name for c in table.columns if c.required and c.name in table.key)
    faulty = {**good, required: None}
    secret = own_api.secret(scopes=(Permission.DATA_LOAD,))

    answer = own_api.post(secret, f"/facts/{name}", {"rows": [good, faulty], "source": "api"})

    report = answer.json()
    assert (answer.status_code, counts(report)) == (200, (2, 1, 0, 1)), report
    [fault] = report["faults"]
    assert (fault["line"], fault["column"], fault["reason"]) == (2, required, "missing_value")
    assert (report["ignored"], report["faults_left_out"]) == ([], 0)
    assert LoadRecord.objects.get(load_id=report["load"]).source == "api"


def test_rows_sent_again_are_duplicates(own_api: Api):
    secret = own_api.secret()
    body = {"rows": [ORDER], "source": "crm"}

    reports = [own_api.post(secret, "/facts/service_order", body).json() for _ in range(2)]

    assert [counts(report) for report in reports] == [(1, 1, 0, 0), (1, 0, 1, 0)]


def test_lines_of_json_are_loaded_and_counted_as_they_stand(own_api: Api):
    lines = "\n".join([json.dumps(ORDER), "", "no json", json.dumps({**ORDER, "type_l1": "?"})])
    secret = own_api.secret()

    answer = own_api.post(
        secret, "/facts/service_order?source=crm", lines, content_type="application/x-ndjson"
    )

    report = answer.json()
    assert counts(report) == (3, 1, 0, 2)
    assert [(f["line"], f["reason"]) for f in report["faults"]] == [
        (4, "unknown_code"),
        (3, "json"),
    ]


def test_a_dry_run_tells_the_same_and_writes_nothing(own_api: Api):
    secret = own_api.secret()
    body = {"rows": [ORDER, {**ORDER, "order_id": None}], "source": "crm"}

    dry = own_api.post(secret, "/facts/service_order?dry_run=1", body).json()
    before = LoadRecord.objects.count()
    wet = own_api.post(secret, "/facts/service_order", body).json()

    changing = {"load", "quarantine", "seconds", "path"}
    assert {k: v for k, v in dry.items() if k not in changing} == {
        k: v for k, v in wet.items() if k not in changing
    }
    assert (before, dry["load"], dry["quarantine"]) == (0, None, None)
    assert len(dry["faults"]) == 1


def test_faults_beyond_the_first_rows_are_counted(own_api: Api, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("powercx.analytics.sources.quarantine.MOST_FAULTS", 1)
    faulty = [{**ORDER, "order_id": f"f{n}", "type_l1": "?"} for n in range(3)]

    report = own_api.post(own_api.secret(), "/facts/service_order", {"rows": faulty}).json()

    assert (len(report["faults"]), report["faults_left_out"]) == (1, 2)
    assert report["reasons"] == {"unknown_code": 3}


def test_a_key_that_the_table_has_not_is_told_with_the_nearest(own_api: Api):
    row = {**ORDER, "custmer_phone_no": "1"}

    report = own_api.post(own_api.secret(), "/facts/service_order", {"rows": [row]}).json()

    assert [found["key"] for found in report["ignored"]] == ["custmer_phone_no"]


def test_personal_columns_go_to_the_vault_and_not_to_the_lake(own_api: Api):
    row = {**good_row(TABLES["customer"], whole=True), "customer_id": "api-c", "name": "张三丰"}

    report = own_api.post(own_api.secret(), "/facts/customer", {"rows": [row], "source": "x"})

    assert report.json()["loaded"] == 1
    [record] = PersonalRecord.objects.filter(record_key__contains="api-c")
    assert "张三丰".encode() not in bytes(record.ciphertext)


def test_a_load_is_recorded_with_the_token_that_did_it(own_api: Api):
    token, secret = own_api.token()

    report = own_api.post(secret, "/facts/service_order", {"rows": [ORDER]}).json()

    entry = AuditEntry.objects.get(record_type="load")
    assert (entry.record_id, entry.person_id) == (report["load"], token.person_id)
    assert token.prefix in entry.actor
    assert entry.detail["loaded"] == 1


def test_what_was_loaded_can_be_read_again_page_by_page(own_api: Api):
    secret = own_api.secret()
    ids = [
        own_api.post(
            secret, "/facts/service_order", {"rows": [{**ORDER, "order_id": f"p{n}"}]}
        ).json()["load"]
        for n in range(3)
    ]

    first = own_api.get(secret, "/loads", {"limit": 2}).json()
    own_api.post(secret, "/facts/service_order", {"rows": [{**ORDER, "order_id": "later"}]})
    second = own_api.get(secret, "/loads", {"limit": 2, "cursor": first["next"]}).json()

    assert [one["load"] for one in first["loads"]] == [ids[2], ids[1]]
    assert [one["load"] for one in second["loads"]] == [ids[0]]
    assert second["next"] is None
    one = own_api.get(secret, f"/loads/{ids[0]}").json()
    assert one == second["loads"][0]
    assert (one["state"], one["report"]["loaded"], "/" in one["file"]) == ("done", 1, False)


def test_the_schema_of_a_row_is_that_of_the_command_line(api: Api):
    from powercx.analytics.sources.payloads import row_schema  # noqa: PLC0415

    secret = api.secret()

    listed = [one["table"] for one in api.get(secret, "/tables").json()["tables"]]

    assert listed == sorted(TABLES)
    assert api.get(secret, "/tables/bill/schema").json() == row_schema(TABLES["bill"])


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ("{", 400, "api.bad_json"),
        (b"\xff\xfe{}", 400, "api.not_utf8"),
        ([ORDER], 422, "api.body_without_rows"),
        ({"rows": [], "source": "x"}, 422, "api.no_rows"),
        ({"rows": [ORDER], "sorce": "x"}, 422, "api.unknown_key"),
        ({"rows": [ORDER], "source": 7}, 422, "api.source_no_text"),
        ({"rows": ["no object"]}, 422, "read.no_objects"),
        ({"rows": [{"colour": "red"}]}, 422, "load.missing_columns"),
    ],
)
def test_a_body_that_cannot_be_loaded_is_told(own_api: Api, body, status: int, code: str):
    answer = own_api.post(own_api.secret(), "/facts/service_order", body)

    found = problem(answer)
    assert (found["status"], found["code"]) == (status, code), found
    assert str(own_api.site.home.path) not in answer.content.decode()


def test_too_many_rows_are_told_with_the_limit(own_api: Api, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("powercx.api.calls.facts.MOST_ROWS", 1)

    answer = own_api.post(own_api.secret(), "/facts/service_order", {"rows": [ORDER, ORDER]})

    assert problem(answer)["params"] == {"count": 2, "most": 1}
    assert answer.status_code == 413


def test_a_body_of_another_type_is_told_with_those_that_are_read(own_api: Api):
    answer = own_api.post(own_api.secret(), "/facts/service_order", "a,b", content_type="text/csv")

    assert (problem(answer)["code"], answer.status_code) == ("api.wrong_media", 415)


def test_an_unknown_table_names_the_nearest(own_api: Api):
    found = problem(own_api.post(own_api.secret(), "/facts/service_ordr", {"rows": [ORDER]}))

    assert (found["status"], "service_order" in found["params"]["nearest"]) == (404, True)


def test_an_analyst_loads_nothing(own_api: Api):
    secret = own_api.secret(Role.ANALYST)

    answer = own_api.post(secret, "/facts/service_order", {"rows": [ORDER]})

    assert (answer.status_code, LoadRecord.objects.count()) == (403, 0)
