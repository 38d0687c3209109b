"""Files that are sent: who may, what is refused and how it is told, what is kept where."""

from __future__ import annotations

import os
import stat
import uuid
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from support.site import AT, Site

from powercx.apps.core import receiving
from powercx.apps.core.enums import Role
from powercx.apps.core.models import AuditEntry, Upload
from powercx.apps.core.service import uploads as records
from powercx.apps.insight.domain.uploads import safe_name

BILL = "账单编号,应收电费,发行日期\nB1,12.5,2025-03-01\n".encode()


def send(client: Client, name: str, content: bytes = BILL) -> HttpResponse:
    return client.post("/data/uploads/", {"sent": SimpleUploadedFile(name, content)})


def page_of(answer: HttpResponse) -> str:
    assert answer.status_code == 302, answer.content.decode()
    return str(answer["Location"])


@pytest.mark.parametrize("role", [Role.ANALYST, Role.AUDITOR, Role.EXECUTIVE, Role.ORG_MANAGER])
def test_only_those_who_may_load_send_files(empty_site: Site, role: Role):
    client = empty_site.client(role)

    assert client.get("/data/uploads/").status_code == 403
    assert send(client, "bill.csv").status_code == 403
    assert not Upload.objects.exists()
    assert [path for path in empty_site.home.uploads.rglob("*") if path.is_file()] == []


def test_a_file_is_kept_for_its_owner_alone_under_an_id(empty_site: Site):
    client = empty_site.client(Role.EXPERIENCE_MANAGER)

    send(client, "bill.csv")

    held = Upload.objects.get()
    file = empty_site.home.uploads / str(held.pk) / "bill.csv"
    assert file.read_bytes() == BILL
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert held.size == len(BILL)
    assert list((empty_site.home.uploads / "incoming").iterdir()) == []


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../keys/keyring.csv", "keyring.csv"),
        ("..\\..\\bill.csv", "bill.csv"),
        ("/etc/bill.csv", "bill.csv"),
        ("bill[1]*?#2.csv", "bill_1_2.csv"),
        (".csv", "file.csv"),
        ("…", "…"),
        ("长" * 200 + ".csv", "长" * 58 + ".csv"),
    ],
)
def test_a_name_leads_nowhere_else(given: str, kept: str):
    assert safe_name(given) == kept


def test_a_name_with_folders_stays_in_its_own(empty_site: Site):
    send(empty_site.client(Role.EXPERIENCE_MANAGER), "../../../bill.csv")

    files = list(empty_site.home.path.rglob("*bill.csv"))
    assert [path.parent.parent for path in files] == [empty_site.home.uploads]


def bomb() -> bytes:
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("xl/workbook.xml", b" " * (150 * 1024**2))
    return target.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("bill.xlsx", b"no workbook", "bill.xlsx is no whole XLSX file"),
        ("bill.csv", b"\x89PNG\r\n\x1a\n" + bytes(200), "bill.csv is no text file"),
        ("bill.csv", b"a,a\n1,2\n", "these heads stand there more than once: a"),
        ("thing.csv", b"a;b;c\n1;2;3\n", "Neither its name nor its heads tell which table"),
    ],
)
def test_what_cannot_be_read_is_told_with_what_to_do(
    empty_site: Site, name: str, content: bytes, told: str
):
    client = empty_site.client(Role.EXPERIENCE_MANAGER, language="en")

    answer = client.get(page_of(send(client, name, content)))

    page = answer.content.decode()
    assert answer.status_code == 422
    assert told in page
    assert str(empty_site.home.path) not in page


def test_a_workbook_that_unpacks_too_far_is_refused_with_the_limit(empty_site: Site):
    client = empty_site.client(Role.EXPERIENCE_MANAGER, language="en")

    answer = client.get(page_of(send(client, "bill.xlsx", bomb())))

    assert answer.status_code == 422
    assert answer.context["problem"].code == "read.zip_bomb"


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("bill.exe", b"MZ", "files of the kind “.exe” cannot be read"),
        ("bill.csv", b"", "bill.csv is empty"),
    ],
)
def test_what_is_no_data_is_not_kept(empty_site: Site, name: str, content: bytes, told: str):
    client = empty_site.client(Role.EXPERIENCE_MANAGER, language="en")

    answer = send(client, name, content)

    assert answer.status_code == 422
    assert told in answer.content.decode()
    assert not Upload.objects.exists()


def test_a_file_over_the_limit_is_refused_with_the_limit(
    empty_site: Site, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(receiving, "MOST_BYTES", len(BILL) - 1)
    client = empty_site.client(Role.EXPERIENCE_MANAGER, language="en")

    answer = send(client, "bill.csv")

    assert answer.status_code == 413
    assert "is larger than 4 GB and was not kept" in answer.content.decode()
    assert list((empty_site.home.uploads / "incoming").iterdir()) == []


def test_a_wrong_delimiter_can_be_put_right(empty_site: Site):
    client = empty_site.client(Role.EXPERIENCE_MANAGER)
    page = page_of(
        send(client, "bill.csv", "账单编号|应收电费|发行日期\nB1|1,5|2025-03-01\n".encode())
    )
    client.post(page, {"version": "1", "delimiter": ","})
    assert not client.get(page).context["found"].ready

    client.post(page, {"version": "2", "delimiter": "|"})

    assert client.get(page).context["found"].ready


def test_what_is_as_guessed_is_not_kept_as_a_wish(empty_site: Site):
    client = empty_site.client(Role.EXPERIENCE_MANAGER)
    page = page_of(send(client, "bill.csv"))
    fields = client.get(page).context["form"].choices_by_column

    client.post(page, {"version": "1", **{f.html_name: f.initial for f in fields.values()}})
    assert Upload.objects.get().wish == {}
    client.post(page, {"version": "2", "column-due_on": "发行日期", "source": "erp"})
    assert Upload.objects.get().wish == {"source": "erp", "columns": {"due_on": "发行日期"}}


def test_a_file_read_anew_by_somebody_else_is_not_overwritten(empty_site: Site):
    client = empty_site.client(Role.EXPERIENCE_MANAGER)
    page = page_of(send(client, "bill.csv"))
    empty_site.client(Role.ADMINISTRATOR).post(page, {"version": "1", "source": "theirs"})

    answer = client.post(page, {"version": "1", "source": "mine"})

    assert answer.status_code == 409
    assert 'value="mine"' in answer.content.decode()
    assert Upload.objects.get().wish == {"source": "theirs"}


def test_a_file_can_be_thrown_away(empty_site: Site):
    client = empty_site.client(Role.EXPERIENCE_MANAGER)
    page = page_of(send(client, "bill.csv"))

    client.post(f"{page}drop/")

    assert client.get(page).status_code == 404
    assert list(empty_site.home.uploads.glob("*/bill.csv")) == []
    assert AuditEntry.objects.latest("seq").action == "delete"


def test_personal_samples_are_masked(empty_site: Site):
    client = empty_site.client(Role.EXPERIENCE_MANAGER)
    content = (
        "客户编号,姓名,联系电话,身份证号码备注\n1,王小明,13812345678,电话13912345678\n".encode()
    )

    page = client.get(page_of(send(client, "customer.csv", content))).content.decode()

    assert "138****5678" in page
    assert not {"王小明", "13812345678", "13912345678"} & set(page.replace("<", " ").split())
    assert "13912345678" not in page


def test_the_list_asks_the_database_no_more_for_more_files(empty_site: Site):
    client = empty_site.client(Role.EXPERIENCE_MANAGER)
    client.get("/data/uploads/")
    person = empty_site.person(Role.ADMINISTRATOR)

    def queries_with(count: int) -> int:
        for _ in range(count):
            Upload.objects.create(
                pk=uuid.uuid4(), name="bill.csv", size=1, sha256="0" * 64, person=person, at=AT
            )
        with CaptureQueriesContext(connection) as queries:
            client.get("/data/uploads/")
        return len(queries)

    assert queries_with(1) == queries_with(2)


def test_what_arrived_and_was_forgotten_goes(empty_site: Site):
    incoming = empty_site.home.uploads / "incoming"
    incoming.mkdir(mode=0o700)
    old: Path = incoming / "old"
    old.touch()
    os.utime(old, (0, 0))

    send(empty_site.client(Role.EXPERIENCE_MANAGER), "bill.csv")

    assert not old.exists()


def test_a_loaded_file_cannot_be_changed(empty_site: Site):
    client = empty_site.client(Role.EXPERIENCE_MANAGER, language="en")
    page = page_of(send(client, "bill.csv"))
    records.begin_load(upload=Upload.objects.get())

    answer = client.post(f"{page}drop/")

    assert answer.status_code == 400
    assert "cannot be changed" in answer.content.decode()
