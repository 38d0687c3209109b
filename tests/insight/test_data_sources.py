"""What the lake holds and what was loaded, as pages show it."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from python_calamine import CalamineWorkbook
from support.site import AT, Site

from powercx.analytics.lake.catalogue import TABLES
from powercx.analytics.sources.holdings import holdings
from powercx.apps.core.domain import audit
from powercx.apps.core.domain.audit import SYSTEM
from powercx.apps.core.enums import LoadState, Role
from powercx.apps.core.models import LoadRecord

PAGES = ("/data/", "/data/tables/bill/", "/data/tables/bill/template.xlsx", "/data/loads/")


def record(number: int, **values: object) -> LoadRecord:
    known = {
        "load_id": f"20260201T080000-{number:012x}",
        "table": "bill",
        "path": f"/somewhere/bill-{number}.csv",
        "source": "marketing",
        "state": LoadState.DONE.value,
        "started_at": AT + timedelta(minutes=number),
        "finished_at": AT + timedelta(minutes=number, seconds=2),
        "report": {
            "read": 10,
            "loaded": 7,
            "duplicate": 1,
            "superseded": 0,
            "quarantined": 2,
            "reasons": {"bad_date": 2},
            "from": "2025-03-01",
            "to": "2025-03-31",
            "orphans": {"customer": 3},
            "seconds": 0.5,
        },
    }
    return LoadRecord.objects.create(**(known | values))


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(
    ("role", "status"),
    [(Role.EXPERIENCE_MANAGER, 200), (Role.ANALYST, 200), (Role.EXECUTIVE, 403), (Role.AGENT, 403)],
)
def test_data_is_shown_to_those_whose_role_gives_it(site: Site, page: str, role: Role, status: int):
    assert site.client(role).get(page).status_code == status


@pytest.mark.parametrize("page", PAGES[1:3])
def test_a_table_that_is_not_in_the_dictionary_is_no_page(site: Site, page: str):
    client = site.client(Role.EXPERIENCE_MANAGER)

    assert client.get(page.replace("bill", "secrets")).status_code == 404


def test_sources_tell_rows_days_and_whether_figures_are_behind(site: Site):
    answer = site.client(Role.EXPERIENCE_MANAGER).get("/data/")

    held = {h.table.name: h for kind in answer.context["kinds"].values() for h in kind}
    assert set(held) == set(TABLES)
    assert held["customer"].rows == holdings(site.home)["customer"].rows > 500
    assert held["bill"].first < held["bill"].last
    assert held["bill"].sources == ("file",)
    assert held["bill"].load_id
    assert answer.context["behind"] == []


def test_an_empty_installation_says_what_to_do(empty_site: Site):
    answer = empty_site.client(Role.EXPERIENCE_MANAGER, language="en").get("/data/")

    assert answer.context["empty"] is True
    assert "No data yet" in answer.content.decode()


def test_the_template_is_a_workbook_to_fill_in(site: Site):
    answer = site.client(Role.ANALYST).get("/data/tables/bill/template.xlsx")

    book = CalamineWorkbook.from_object(BytesIO(answer.content))
    heads = book.get_sheet_by_index(0).to_python()[0]
    assert [h for h in heads if h] == [
        c.zh for c in TABLES["bill"].columns if c.name not in {"source", "source_key", "updated_at"}
    ]


def test_loads_are_listed_newest_first_and_narrowed(site: Site):
    record(1)
    record(2, table="contact", source="hotline")
    record(3, state=LoadState.REFUSED.value, report={"reason": "read.empty"})
    client = site.client(Role.ANALYST)

    def shown(**chosen: str) -> list[int]:
        found = client.get("/data/loads/", chosen).context["rows"].items
        return [int(load.id[-12:], 16) for load in found]

    assert shown() == [3, 2, 1]
    assert shown(table="contact") == [2]
    assert shown(state="refused") == [3]
    assert shown(source="marketing", state="done") == [1]
    assert shown(table="visit") == []


def test_loads_are_paged_and_keep_their_filter(site: Site):
    for number in range(1, 53):
        record(number)
    client = site.client(Role.ANALYST, language="en")

    first, second = (client.get("/data/loads/", {"table": "bill", "page": page}) for page in (1, 2))

    spans = [(a.context["rows"].first, a.context["rows"].last) for a in (first, second)]
    assert spans == [(1, 50), (51, 52)]
    assert "?table=bill&amp;page=2" in first.content.decode()


def test_the_list_of_loads_asks_the_database_no_more_for_more_loads(site: Site):
    client = site.client(Role.ANALYST)
    client.get("/data/loads/")

    def queries_with(*numbers: int) -> int:
        for number in numbers:
            record(number)
        with CaptureQueriesContext(connection) as queries:
            client.get("/data/loads/")
        return len(queries)

    assert queries_with(1) == queries_with(2, 3)


@pytest.mark.parametrize(("language", "word"), [("zh", "隔离"), ("en", "Quarantined")])
def test_a_load_shows_its_report_and_who_loaded(site: Site, language: str, word: str):
    load = record(1)
    audit.record(
        actor=SYSTEM, action="load", record_type="load", record_id=load.load_id, at=AT, detail={}
    )

    answer = site.client(Role.ANALYST, language=language).get(f"/data/loads/{load.load_id}/")

    page = answer.content.decode()
    assert word in page
    assert "bill-1.csv" in page
    assert "/somewhere/" not in page
    assert answer.context["load"].by == SYSTEM.name
    assert [(t.name, n) for t, n in answer.context["orphans"]] == [("customer", 3)]


def test_a_load_that_never_was_is_no_page(site: Site):
    assert site.client(Role.ANALYST).get("/data/loads/..%2fdb/").status_code == 404
