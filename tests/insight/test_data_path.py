"""The whole way of a file with faults: sent, told how to be read, loaded, mended, measured."""

from __future__ import annotations

import csv
from collections.abc import Callable
from io import StringIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from support.site import Site

from powercx.analytics.sources.quarantined import open_quarantine, summaries
from powercx.apps.core import lake
from powercx.apps.core.enums import Role, UploadState
from powercx.apps.core.models import AuditEntry, LoadRecord, Upload

DoTasks = Callable[[Site], list[str]]
HEADS = ["问卷", "调查批次", "答卷编号", "客户编号", "什么时候", "题目", "题型", "答案数值"]
GOOD = 40


def answers(month: str) -> bytes:
    """Satisfied customers, one of them on a day that is none and one with a word for a number."""
    days = [f"{month}-15"] * GOOD + [f"{month}-45", f"{month}-15"]
    values = ["5"] * GOOD + ["5", "满意"]
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADS)
    for number, (day, value) in enumerate(zip(days, values, strict=True)):
        writer.writerow(["Q9", "w1", f"R{number}", "", day, "整体满意", "csat", value])
    return text.getvalue().encode("gb18030")


def satisfied(site: Site, month: str) -> tuple[float, float]:
    figures = lake.figures(site.home)
    found = figures.figures(["csat"], orgs=[site.company], periods=[month])["csat"][0]
    return found.numerator, found.denominator


def send(client: Client, name: str, content: bytes) -> str:
    answer = client.post("/data/uploads/", {"sent": SimpleUploadedFile(name, content)})
    assert answer.status_code == 302, answer.content.decode()
    return str(answer["Location"])


def tell_the_table(client: Client, page: str) -> None:
    """The table is told by the file's name, but nothing tells when the answers were given."""
    [sheet] = client.get(page).context["found"].sheets
    assert (sheet.table.name, str(sheet.by)) == ("survey_answer", "file_name")
    assert [column.name for column in sheet.missing] == ["at"]
    client.post(page, {"version": "1", "column-at": "什么时候"})
    assert client.get(page).context["found"].ready


def check(site: Site, client: Client, page: str, do_tasks: DoTasks) -> None:
    """Nothing is written by a check."""
    client.post(f"{page}check/")
    assert do_tasks(site) == ["done"]
    [checked] = client.get(page).context["upload"].report["files"]
    assert (checked["loaded"], checked["reasons"]) == (GOOD, {"bad_date": 1, "bad_number": 1})
    assert not LoadRecord.objects.exists()


def load(site: Site, client: Client, page: str, do_tasks: DoTasks) -> str:
    """Two rows are set aside; the load says by whom it was done."""
    client.post(f"{page}load/")
    assert do_tasks(site) == ["done"]
    found = LoadRecord.objects.get()
    assert (found.report["loaded"], found.report["quarantined"]) == (GOOD, 2)
    assert Upload.objects.get().state == UploadState.LOADED
    shown = client.get(f"/data/loads/{found.load_id}/").context["load"]
    assert shown.by == site.person(Role.EXPERIENCE_MANAGER).username
    return found.load_id


def mend(site: Site, client: Client, load_id: str, do_tasks: DoTasks) -> None:
    """Cells are mended on the page and all rows loaded again."""
    page = f"/data/quarantine/{load_id}/"
    rows = client.get(page).context["sheet"].shown
    assert [[(c.head, c.reasons) for c in row.cells if c.reasons] for row in rows] == [
        [("什么时候", ("bad_date",))],
        [("答案数值", ("bad_number",))],
    ]
    assert [row.line for row in rows] == [str(GOOD + 2), str(GOOD + 3)]
    fields = {c.head: c.name for row in rows for c in row.cells if c.reasons}
    month = lake.figures(site.home).session.last_month().label
    mended = {fields["什么时候"]: f"{month}-16", fields["答案数值"]: "4"}
    digest = open_quarantine(site.home, load_id).digest
    client.post(page, {"digest": digest, "do": "reload", **mended})
    assert do_tasks(site) == ["done"]
    assert LoadRecord.objects.latest("pk").report["loaded"] == 2
    assert client.get(page).status_code == 404
    assert load_id not in [each.id for each in summaries(site.home)]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_file_with_faults_is_mended_and_moves_the_measure(
    own_site: Site, do_tasks: DoTasks, language: str
):
    month = lake.figures(own_site.home).session.last_month().label
    before = satisfied(own_site, month)
    client = own_site.client(Role.EXPERIENCE_MANAGER, language=language)

    page = send(client, "调查答案.csv", answers(month))
    tell_the_table(client, page)
    check(own_site, client, page, do_tasks)
    load_id = load(own_site, client, page, do_tasks)
    mend(own_site, client, load_id, do_tasks)

    assert satisfied(own_site, month) == before
    assert client.get("/data/").context["behind"] == ["survey_answer"]
    client.post("/data/refresh/")
    assert do_tasks(own_site) == ["done"]
    assert satisfied(own_site, month) == (before[0] + GOOD + 2, before[1] + GOOD + 2)
    assert client.get("/data/").context["behind"] == []
    chain = AuditEntry.objects.order_by("seq").values_list("record_type", "action")
    assert [each for each in chain if each[0] not in {"person", "task"}] == [
        ("upload", "upload"),
        ("upload", "change"),
        ("load", "load"),
        ("quarantine", "change"),
        ("load", "load"),
    ]
