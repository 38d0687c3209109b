"""Rows that could not be loaded: who sees what of them, and how they are mended together."""

from __future__ import annotations

import csv
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from support.loads import Loader
from support.site import Site

from powercx.analytics.sources.quarantined import open_quarantine, summaries
from powercx.apps.core.enums import Role
from powercx.apps.core.models import AuditEntry

DoTasks = Callable[[Site], list[str]]
PHONE, NAME = "13812345678", "欧阳小明"
CUSTOMERS = f"""客户编号,姓名,联系电话,用电类别,立户日期,备注
C1,{NAME},{PHONE},居民,2025-02-31,回电13987654321
C2,李四,{PHONE},鸽子,2025-03-01,
C3,王五,{PHONE},居民,2025-03-01,
"""


@pytest.fixture
def load_id(empty_site: Site, tmp_path: Path) -> str:
    """Two customers set aside: a day that is none and a category that is none."""
    return put(empty_site, tmp_path, "customer.csv", CUSTOMERS)


def put(site: Site, folder: Path, name: str, text: str) -> str:
    report = Loader(site.home, folder)(name, text)
    assert report.quarantine is not None
    return Path(report.quarantine).stem


def page_of(load_id: str) -> str:
    return f"/data/quarantine/{load_id}/"


def field(client: Client, load_id: str, head: str, row: int = 0) -> str:
    shown = client.get(page_of(load_id), {"columns": "all"}).context["sheet"].shown[row]
    return next(cell.name for cell in shown.cells if cell.head == head)


def digest(site: Site, load_id: str) -> str:
    return open_quarantine(site.home, load_id).digest


def cells(site: Site, load_id: str, head: str) -> list[str]:
    file = open_quarantine(site.home, load_id)
    return [row.cells[file.heads.index(head)] for row in file.rows()]


def test_the_list_counts_rows_by_reason(empty_site: Site, load_id: str):
    [found] = empty_site.client(Role.ANALYST).get("/data/quarantine/").context["files"]

    assert (found.id, found.rows) == (load_id, 2)
    assert found.reasons == {"bad_date": 1, "unknown_code": 1}


@pytest.mark.parametrize(
    ("role", "status"),
    [
        (Role.EXPERIENCE_MANAGER, 200),
        (Role.ADMINISTRATOR, 200),
        (Role.AUDITOR, 200),
        (Role.ANALYST, 403),
        (Role.EXECUTIVE, 403),
    ],
)
def test_rows_are_for_those_who_may_know_of_whom_they_are(
    empty_site: Site, load_id: str, role: Role, status: int
):
    assert empty_site.client(role).get(page_of(load_id)).status_code == status


def test_an_auditor_looks_and_changes_nothing(empty_site: Site, load_id: str):
    client = empty_site.client(Role.AUDITOR)
    manager = empty_site.client(Role.EXPERIENCE_MANAGER)
    name = field(manager, load_id, "立户日期")
    before = cells(empty_site, load_id, "立户日期")

    answer = client.post(
        page_of(load_id), {"digest": digest(empty_site, load_id), name: "2025-01-01"}
    )

    assert answer.status_code == 403
    assert cells(empty_site, load_id, "立户日期") == before
    assert f'name="{name}"' not in client.get(page_of(load_id)).content.decode()


@pytest.mark.parametrize("wrong", ["..%2F..%2Fconfig", "20260101T000000-0123456789ab", "config"])
def test_only_files_of_the_quarantine_have_pages(empty_site: Site, load_id: str, wrong: str):
    client = empty_site.client(Role.EXPERIENCE_MANAGER)

    for way in ("", "file/", "mended/", "reveal/"):
        assert client.post(f"/data/quarantine/{wrong}/{way}", {"reason": "x"}).status_code == 404


def test_personal_values_are_masked_until_a_reason_is_given(empty_site: Site, load_id: str):
    client = empty_site.client(Role.EXPERIENCE_MANAGER)

    masked = client.get(page_of(load_id)).content.decode()
    refused = client.post(f"{page_of(load_id)}reveal/", {"reason": " "})
    entries = AuditEntry.objects.filter(action="reveal").count()
    client.post(f"{page_of(load_id)}reveal/", {"reason": "客户来电核对"})
    plain = client.get(page_of(load_id)).content.decode()

    assert "138****5678" in masked
    assert not [value for value in (PHONE, NAME, "13987654321") if value in masked]
    assert (refused.status_code, entries) == (422, 0)
    assert all(value in plain for value in (PHONE, NAME, "13987654321"))
    looks = AuditEntry.objects.filter(action="reveal")
    assert [look.detail["reason"] for look in looks] == ["客户来电核对"]
    assert looks[0].detail["lines"] == ["2", "3"]
    assert PHONE not in str(looks[0].detail)


def test_who_may_not_see_personal_values_is_not_shown_them(empty_site: Site, load_id: str):
    client = empty_site.client(Role.ADMINISTRATOR)

    assert client.post(f"{page_of(load_id)}reveal/", {"reason": "x"}).status_code == 403
    assert client.post(f"{page_of(load_id)}file/", {"reason": "x"}).status_code == 403
    assert PHONE not in client.get(page_of(load_id), {"columns": "all"}).content.decode()


def test_masked_cells_stay_what_they_are_when_others_are_saved(empty_site: Site, load_id: str):
    client = empty_site.client(Role.EXPERIENCE_MANAGER)
    name = field(client, load_id, "立户日期")

    client.post(page_of(load_id), {"digest": digest(empty_site, load_id), name: "2025-02-28"})

    assert cells(empty_site, load_id, "立户日期") == ["2025-02-28", "2025-03-01"]
    assert cells(empty_site, load_id, "联系电话") == [PHONE, PHONE]
    row = client.get(page_of(load_id)).context["sheet"].shown[0]
    assert [cell.was for cell in row.cells if cell.name == name] == ["2025-02-31"]
    [change] = AuditEntry.objects.filter(record_type="quarantine")
    assert change.detail == {"rows": 1, "cells": {"立户日期": 1}}


def test_of_two_who_mend_the_same_rows_the_second_sees_it(empty_site: Site, load_id: str):
    first = empty_site.client(Role.EXPERIENCE_MANAGER)
    second = empty_site.client(Role.ADMINISTRATOR)
    name, seen = field(first, load_id, "立户日期"), digest(empty_site, load_id)
    first.post(page_of(load_id), {"digest": seen, name: "2025-02-27"})

    answer = second.post(page_of(load_id), {"digest": seen, name: "2025-02-26"})

    assert answer.status_code == 409
    assert cells(empty_site, load_id, "立户日期")[0] == "2025-02-27"
    row = answer.context["sheet"].shown[0]
    assert [(c.value, c.stored) for c in row.cells if c.name == name] == [
        ("2025-02-26", "2025-02-27")
    ]
    again = digest(empty_site, load_id)
    second.post(page_of(load_id), {"digest": again, name: "2025-02-26"})
    assert cells(empty_site, load_id, "立户日期")[0] == "2025-02-26"


def test_typed_values_stay_with_their_row_when_others_go(empty_site: Site, load_id: str):
    client = empty_site.client(Role.EXPERIENCE_MANAGER)
    name, seen = field(client, load_id, "用电类别", row=1), digest(empty_site, load_id)
    discard = {"digest": seen, "do": "discard", "row": "2.0", "reason": "重复"}
    empty_site.client(Role.ADMINISTRATOR).post(page_of(load_id), discard)

    answer = client.post(page_of(load_id), {"digest": seen, name: "商业"})

    [row] = answer.context["sheet"].shown
    assert [c.value for c in row.cells if c.head == "用电类别"] == ["商业"]


def test_rows_are_discarded_for_a_reason_and_can_be_brought_back(empty_site: Site, load_id: str):
    client = empty_site.client(Role.EXPERIENCE_MANAGER)
    given = {"digest": digest(empty_site, load_id), "do": "discard", "row": "2.0"}

    assert client.post(page_of(load_id), {**given, "reason": ""}).status_code == 422
    assert client.post(page_of(load_id), {**given, "row": ""}).status_code == 422
    client.post(page_of(load_id), {**given, "reason": "来源系统已作废"})

    assert cells(empty_site, load_id, "客户编号") == ["C2"]
    [entry] = AuditEntry.objects.filter(action="discard")
    assert (entry.detail["reason"], entry.detail["lines"]) == ("来源系统已作废", ["2"])
    back = {"digest": digest(empty_site, load_id), "do": "restore"}
    client.post(page_of(load_id), back)
    assert cells(empty_site, load_id, "客户编号") == ["C1", "C2"]


def test_when_the_last_row_is_discarded_nothing_is_kept(empty_site: Site, load_id: str):
    client = empty_site.client(Role.EXPERIENCE_MANAGER)

    client.post(
        page_of(load_id),
        {
            "digest": digest(empty_site, load_id),
            "do": "discard",
            "row": ["2.0", "3.0"],
            "reason": "x",
        },
    )

    assert client.get(page_of(load_id)).status_code == 404
    assert list(empty_site.home.quarantine.iterdir()) == []


def download(client: Client, load_id: str) -> list[list[str]]:
    answer = client.post(f"{page_of(load_id)}file/", {"reason": "逐行核对"})
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.reader(StringIO(text)))


def send_back(site: Site, client: Client, load_id: str, rows: list[list[str]]):
    text = StringIO()
    csv.writer(text).writerows(rows)
    # As a spreadsheet in China saves it.
    mended = SimpleUploadedFile("改好.csv", text.getvalue().encode("gb18030"))
    given = {"digest": digest(site, load_id), "mended": mended}
    return client.post(f"{page_of(load_id)}mended/", given)


def test_a_file_mended_in_a_spreadsheet_is_taken_back_by_line(empty_site: Site, load_id: str):
    client = empty_site.client(Role.EXPERIENCE_MANAGER)
    head, first, second = download(client, load_id)
    second[head.index("用电类别")] = "居民"

    # Sorted otherwise and one row short: what is not there stays as it is.
    assert send_back(empty_site, client, load_id, [head, second]).status_code == 302

    assert cells(empty_site, load_id, "用电类别") == ["居民", "居民"]
    assert cells(empty_site, load_id, "立户日期")[0] == first[head.index("立户日期")]
    assert AuditEntry.objects.filter(action="export").latest("seq").detail["reason"] == "逐行核对"


@pytest.mark.parametrize("fault", ["line", "head", "kind", "meanwhile"])
def test_a_file_that_does_not_belong_here_changes_nothing(
    empty_site: Site, load_id: str, fault: str
):
    client = empty_site.client(Role.EXPERIENCE_MANAGER, language="en")
    head, _, second = download(client, load_id)
    second[head.index("用电类别")] = "居民"
    before = empty_site.home.quarantine / f"{load_id}.csv"
    content = before.read_bytes()

    if fault == "line":
        answer = send_back(empty_site, client, load_id, [head, ["99", *second[1:]]])
    elif fault == "head":
        answer = send_back(empty_site, client, load_id, [head[:-1], second[:-1]])
    elif fault == "kind":
        broken = SimpleUploadedFile("mended.xlsx", b"no workbook")
        given = {"digest": digest(empty_site, load_id), "mended": broken}
        answer = client.post(f"{page_of(load_id)}mended/", given)
    else:
        mended = SimpleUploadedFile("mended.csv", content)
        answer = client.post(f"{page_of(load_id)}mended/", {"digest": "old", "mended": mended})

    assert answer.status_code == (409 if fault == "meanwhile" else 422)
    assert before.read_bytes() == content
    assert str(empty_site.home.path) not in answer.content.decode()
    assert list((empty_site.home.uploads / "incoming").iterdir()) == []


def test_rows_that_are_still_faulty_keep_their_line_and_name_the_new_fault(
    empty_site: Site, load_id: str, do_tasks: DoTasks
):
    client = empty_site.client(Role.EXPERIENCE_MANAGER)
    name = field(client, load_id, "用电类别", row=1)

    client.post(
        page_of(load_id),
        {"digest": digest(empty_site, load_id), "do": "reload", name: "仍然不对"},
    )
    assert do_tasks(empty_site) == ["done"]

    [left] = summaries(empty_site.home)
    assert left.id != load_id
    assert left.source_name == "customer.csv"
    shown = client.get(page_of(left.id)).context["sheet"].shown
    assert [(row.line, [c.value for c in row.cells if c.reasons]) for row in shown] == [
        ("2", ["2025-02-31"]),
        ("3", ["仍然不对"]),
    ]


def test_a_line_that_is_no_row_waits_until_it_is_filled_in(
    empty_site: Site, tmp_path: Path, do_tasks: DoTasks
):
    text = "账单编号,应收电费,发行日期\nB1,1.5,2025-03-01\nB2,2.5\nB3,x,2025-03-01\n"
    load_id = put(empty_site, tmp_path, "bill.csv", text)
    client = empty_site.client(Role.EXPERIENCE_MANAGER)
    [bad, short] = sorted(
        client.get(page_of(load_id)).context["sheet"].shown, key=lambda row: bool(row.raw)
    )
    assert short.raw == "B2,2.5"
    amount = next(cell.name for cell in bad.cells if cell.reasons)

    client.post(
        page_of(load_id), {"digest": digest(empty_site, load_id), "do": "reload", amount: "3.5"}
    )
    assert do_tasks(empty_site) == ["done"]

    [row] = client.get(page_of(load_id)).context["sheet"].shown
    filled = dict(zip([cell.name for cell in row.cells], ["B2", "2.5", "2025-03-02"], strict=True))
    client.post(page_of(load_id), {"digest": digest(empty_site, load_id), "do": "reload", **filled})
    assert do_tasks(empty_site) == ["done"]
    assert summaries(empty_site.home) == []


def test_a_load_asked_for_before_somebody_changed_the_rows_loads_nothing(
    empty_site: Site, load_id: str, do_tasks: DoTasks
):
    client = empty_site.client(Role.EXPERIENCE_MANAGER)
    name = field(client, load_id, "立户日期")
    client.post(page_of(load_id), {"digest": digest(empty_site, load_id), "do": "reload"})
    now = digest(empty_site, load_id)
    client.post(page_of(load_id), {"digest": now, name: "2025-02-28"})

    assert do_tasks(empty_site) == ["failed"]
    assert [each.id for each in summaries(empty_site.home)] == [load_id]


def test_fifty_rows_stand_on_a_page_and_can_be_narrowed(empty_site: Site, tmp_path: Path):
    rows = "".join(f"B{n},{'x' if n < 60 else 1},2025-0{n % 2 * 9}-01\n" for n in range(70))
    load_id = put(empty_site, tmp_path, "bill.csv", f"账单编号,应收电费,发行日期\n{rows}")
    client = empty_site.client(Role.ADMINISTRATOR)

    def lines(**query: object) -> list[str]:
        return [row.line for row in client.get(page_of(load_id), query).context["sheet"].shown]

    assert len(lines()) == 50
    assert len(lines(page=2)) == 15
    dates = lines(reason="bad_date")
    assert dates == [line for line in lines() + lines(page=2) if line in dates]
    assert len(dates) == 5
    assert len(lines(reason="bad_number", page=2)) == 10
