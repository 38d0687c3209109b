"""Help quotes the clauses in our own words; a search finds what its asker may see, no more."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from support.site import AT, Site

from powercx.apps.core.enums import LoadState, Role
from powercx.apps.core.models import LoadRecord
from powercx.standard.clauses import CHAPTERS, CLAUSES
from powercx.standard.glossary import glossary


def found(client, text: str) -> dict[str, list[str]]:
    groups = client.get("/search/", {"q": text}).context["groups"]
    return {key: [each.title for each in things] for key, things in groups.items()}


@pytest.mark.parametrize("number", CHAPTERS)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_clause_stands_in_help_in_both_languages(site: Site, number: str, language: str):
    page = site.client(Role.AGENT, language=language).get(f"/help/{number}/").content.decode()

    for row in CLAUSES.values():
        if row.chapter == number and row.number != number:
            assert f'id="c{row.number}"' in page
            assert getattr(row.title, language) in page.replace("&#x27;", "'")


def test_a_chapter_that_is_not_there_is_no_page(site: Site):
    assert site.client(Role.AGENT).get("/help/12/").status_code == 404


def test_help_lists_the_pages_that_may_be_opened_and_no_others(site: Site):
    agent, admin = (
        site.client(Role.AGENT).get("/help/"),
        site.client(Role.ADMINISTRATOR).get("/help/"),
    )

    assert 'href="/people/"' not in agent.content.decode()
    assert 'href="/people/"' in admin.content.decode()


def test_a_page_of_a_chapter_leads_to_its_clause(site: Site):
    page = site.client(Role.EXECUTIVE).get("/measures/").content.decode()

    assert 'href="/help/8/"' in page


def test_the_glossary_is_that_of_the_documents_and_can_be_cut(site: Site):
    words = {word.zh for section in glossary() for word in section.words}
    client = site.client(Role.AGENT)

    cut = client.get("/help/words/", {"q": "SUBTREE"}).context["sections"]

    assert {"客户体验", "触点", "未分配单位"} <= words
    assert [word.zh for _, its in cut for word in its] == ["下级单位（子树）"]
    assert client.get("/help/words/", {"q": "§§"}).context["sections"] == []


def test_a_measure_is_found_by_its_name_in_either_language_and_by_its_key(site: Site):
    client = site.client(Role.EXECUTIVE)

    for text in ("业扩办电", "connections completed", "CONNECTION_ON"):
        assert "业扩办电时限达标率" in found(client, text)["measures"]


def test_people_and_units_are_found_as_far_as_the_asker_may_know_of_them(site: Site):
    first, second = site.bureaus[:2]
    site.person(Role.AGENT, first)
    site.person(Role.AGENT, second)
    manager, everyone = site.client(Role.ORG_MANAGER, first), site.client(Role.ADMINISTRATOR)

    assert found(manager, "agent")["people"] == [f"agent {first}"]
    assert found(everyone, "agent")["people"] == [f"agent {first}", f"agent {second}"]
    assert "people" not in found(site.client(Role.ANALYST), "agent")
    assert "units" not in found(manager, site.tree.names[second])
    assert site.tree.names[second] in found(everyone, site.tree.names[second])["units"]


def test_loads_are_found_by_those_who_see_data(site: Site):
    LoadRecord.objects.create(
        load_id="l1",
        table="bill",
        path="/in/bill-2025-03.csv",
        started_at=AT,
        state=LoadState.STARTED,
    )

    assert found(site.client(Role.ANALYST), "bill-2025")["loads"] == ["bill-2025-03.csv"]
    assert "loads" not in found(site.client(Role.EXECUTIVE), "bill-2025")


@pytest.mark.parametrize("text", ["", "   ", "没有这样的东西", "%", "'; drop", "x" * 5000, "\x00"])
def test_whatever_is_typed_the_page_answers(site: Site, text: str):
    answer = site.client(Role.ADMINISTRATOR).get("/search/", {"q": text})

    assert answer.status_code == 200


def test_a_search_asks_as_many_questions_for_three_people_as_for_one(site: Site):
    client = site.client(Role.ADMINISTRATOR)
    site.person(Role.AGENT, site.bureaus[0])
    client.get("/search/", {"q": "agent"})
    with CaptureQueriesContext(connection) as one:
        client.get("/search/", {"q": "agent"})
    for unit in site.bureaus[1:3]:
        site.person(Role.AGENT, unit)
    with CaptureQueriesContext(connection) as three:
        client.get("/search/", {"q": "agent"})

    assert len(three) == len(one)
