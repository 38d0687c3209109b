from __future__ import annotations

from pathlib import Path

from support.loads import Loader, counts

from powercx.analytics.lake import places
from powercx.analytics.lake.catalogue import TABLES

HEAD = "customer_id,name,phone,id_number,address,kind"
WANG = "C1,王小明,13812345678,440106199001011234,天河路一号,person"
SECRETS = ("王小明", "13812345678", "440106199001011234", "天河路一号")


def secrets_under(folder: Path) -> set[str]:
    held = [file.read_bytes() for file in folder.rglob("*") if file.is_file()]
    return {secret for secret in SECRETS if any(secret.encode() in content for content in held)}


def unpacked(put: Loader) -> str:
    """Everything the lake's Parquet files hold, as text: bytes alone may hide behind zstd."""
    return str([put.rows(table) for table in ("customer", "feedback")])


def test_personal_columns_go_to_the_vault_and_never_to_the_lake(put: Loader):
    report = put("customer.csv", f"{HEAD}\n{WANG}\n")
    put(
        "feedback.csv",
        "feedback_id,at,text\nF1,2025-03-01,我叫王小明，电话13812345678，身份证440106199001011234\n",
    )

    assert counts(report) == (1, 1, 0, 0, 0)
    assert put.vault.records["C1"]["phone"] == "13812345678"
    assert secrets_under(put.home.lake) == set()
    assert secrets_under(put.home.staging) == set()
    assert [secret for secret in SECRETS[1:] if secret in unpacked(put)] == []


def test_a_search_of_the_lake_would_find_what_leaked(put: Loader):
    put("org_unit.csv", "org_id,name\nS1,13812345678\n")

    assert "13812345678" in str(put.rows("org_unit"))
    assert secrets_under(put.home.lake) == {"13812345678"}


def test_a_changed_telephone_number_supersedes_though_the_lake_cannot_see_it(put: Loader):
    put("customer.csv", f"{HEAD}\n{WANG}\n")

    same = put("customer-2.csv", f"{HEAD}\n{WANG}\n")
    moved = put("customer-3.csv", f"{HEAD}\n{WANG.replace('1381', '1391')}\n")

    assert (counts(same), counts(moved)) == ((1, 0, 1, 0, 0), (1, 0, 0, 1, 0))
    assert put.vault.records["C1"]["phone"] == "13912345678"


def test_a_file_without_personal_columns_leaves_them_as_they_are(put: Loader):
    put("customer.csv", f"{HEAD}\n{WANG}\n")

    silent = put("customer-2.csv", "customer_id,kind,tariff\nC1,person,分时\n")
    again = put("customer-3.csv", f"{HEAD},tariff\n{WANG},tou\n")

    assert (counts(silent), counts(again)) == ((1, 0, 0, 1, 0), (1, 0, 1, 0, 0))
    assert put.vault.records["C1"]["name"] == "王小明"


def test_an_older_version_that_comes_late_does_not_speak_for_a_person(put: Loader):
    put("customer.csv", f"{HEAD},valid_from\n{WANG},2025-06-01\n")

    put("customer-2.csv", f"{HEAD},valid_from\n{WANG.replace('小明', '大明')},2024-01-01\n")

    assert put.vault.records["C1"]["name"] == "王小明"


def test_a_retracted_customer_leaves_the_vault(put: Loader):
    put("customer.csv", f"{HEAD}\n{WANG}\nC2,b,c,d,e,person\n")

    report = put("customer-2.csv", f"{HEAD},deleted\nC1,,,,,,1\n")

    assert counts(report) == (1, 0, 0, 1, 0)
    assert list(put.vault.records) == ["C2"]


def test_the_lake_has_a_digest_beside_the_row(put: Loader):
    put("customer.csv", f"{HEAD}\n{WANG}\n")

    [row] = put.rows("customer", places.PERSONAL_DIGEST)
    assert len(row[places.PERSONAL_DIGEST]) == 32
    assert not {column.name for column in TABLES["customer"].personal} & set(
        places.schema(TABLES["customer"]).names
    )


def test_web_addresses_and_short_texts_are_masked(put: Loader):
    put(
        "digital_event.csv",
        "event_id,session_id,at,app,page\nE1,S1,2025-03-01,app,/u?phone=13812345678\n",
    )
    put("contact.csv", "contact_id,at,channel,touchpoint\nK1,2025-03-01,app,回电13812345678\n")

    assert put.rows("digital_event", "page") == [{"page": "/u?phone=[电话]"}]
    assert put.rows("contact", "touchpoint") == [{"touchpoint": "回电[电话]"}]
