"""Every page that can be reached by links: usable by everyone, on every screen, in both languages.

Nobody names the pages: they are found from the overview on, one of each route.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from http import HTTPStatus
from pathlib import PurePosixPath
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser.conftest import SPOKEN, People, Visitor
from django.urls import Resolver404, resolve
from playwright.sync_api import Error

pytestmark = pytest.mark.e2e
ROLES = ("experience_manager", "administrator", "org_manager")
GUIDELINES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]},
    "resultTypes": ["violations"],
}
SMALL, LARGE = 375, 1440


@pytest.fixture(scope="module")
def pages() -> dict[str, tuple[str, str]]:
    """``{route: (role, path)}``, filled by the first test."""
    return {}


def violations(visitor: Visitor) -> list[str]:
    found = Axe().run(visitor.page, options=GUIDELINES).response["violations"]
    path = visitor.page.url.removeprefix(visitor.address)
    return [
        f"{path} {rule['id']}: {node['html'][:160]} ({node['failureSummary'][:200]})"
        for rule in found
        for node in rule["nodes"]
    ]


def links(visitor: Visitor) -> list[str]:
    """Addresses within the site that the page leads to, but for files to keep."""
    found = visitor.page.eval_on_selector_all(
        "a[href]:not([download])",
        "all => all.filter(a => a.origin === location.origin).map(a => a.pathname + a.search)",
    )
    return [each for each in found if not PurePosixPath(urlsplit(each).path).suffix]


@cache
def route_of(path: str) -> str:
    try:
        return resolve(urlsplit(path).path).route
    except Resolver404:
        return ""


def opened(visitor: Visitor, path: str) -> bool:
    """Whether a link leads to a page, which is then open; files and data are none."""
    try:
        answer = visitor.page.goto(visitor.address + path)
    except Error as error:
        if "Download is starting" in str(error):
            return False
        raise
    assert answer is not None
    assert answer.status == HTTPStatus.OK, f"a link leads to {path}: {answer.status}"
    visitor.page.wait_for_load_state("networkidle")
    return answer.headers.get("content-type", "").startswith("text/html")


def crawl(visitor: Visitor, seen: dict[str, tuple[str, str]], role: str) -> Iterator[str]:
    """Open a page of each route not yet ``seen`` that links lead to."""
    waiting = ["/"]
    tried: set[str] = set()
    while waiting:
        path = waiting.pop(0)
        route = route_of(path)
        if route in tried or (route in seen and path != "/"):
            continue
        tried.add(route)
        if not opened(visitor, path):
            continue
        waiting += links(visitor)
        if route not in seen:
            seen[route] = (role, path)
            yield path


def test_pages_found_from_the_overview_keep_the_guidelines_by_day_and_by_night(
    people: People, pages: dict[str, tuple[str, str]]
):
    problems: list[str] = []
    for role in ROLES:
        visitor = people.someone(role)
        for _ in crawl(visitor, pages, role):
            problems += violations(visitor)
            visitor.page.emulate_media(color_scheme="dark")
            problems += [f"dark {each}" for each in violations(visitor)]
            visitor.page.emulate_media(color_scheme="light")

    assert problems == []
    assert len(pages) > 1


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_page_is_wider_than_a_small_screen(
    people: People, pages: dict[str, tuple[str, str]], language: str
):
    assert pages, "the pages were not found: see the test before"
    visitors = {
        role: people.someone(role, language=language, width=SMALL, height=700) for role in ROLES
    }
    problems = []
    for role, path in pages.values():
        visitor = visitors[role]
        visitor.go(path)
        if (width := visitor.page.evaluate("document.documentElement.scrollWidth")) > SMALL:
            problems.append(f"{path} is {width} wide")
        if (spoken := visitor.page.get_attribute("html", "lang")) != SPOKEN[language]:
            problems.append(f"{path} speaks {spoken}")
        if language == "en":
            problems += violations(visitor)

    assert problems == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_sign_in_page_keeps_the_guidelines(people: People, language: str):
    visitor = people.someone(language=language, width=SMALL)

    visitor.go("/accounts/login/")
    problems = violations(visitor)
    visitor.page.emulate_media(color_scheme="dark")
    problems += violations(visitor)

    assert problems == []
    assert visitor.page.evaluate("document.documentElement.scrollWidth") == SMALL
