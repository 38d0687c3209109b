"""What apps offer to the frame: pages of the navigation. Higher apps register, the frame shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from powercx.apps.core.enums import Permission
from powercx.apps.core.rules import Scope

CHAPTERS = {
    "overview": "",
    "customers": "5",
    "design": "6",
    "operations": "7",
    "insight": "8",
    "improvement": "9",
    "products": "10",
    "review": "11",
    "administration": "",
}
"""Chapters of the navigation in their order, each with the clause of the guideline it serves."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the navigation: its text is ``nav.<key>``; without a permission all see it.

    Views whose names begin with ``covers`` stand under it too.
    """

    key: str
    url: str
    chapter: str
    icon: str
    permission: Permission | None = None
    covers: str = ""


_pages: dict[str, Page] = {}


def add(page: Page) -> None:
    """Offer a page; called from ``AppConfig.ready``."""
    _pages[page.key] = page


def pages_for(scope: Scope) -> dict[str, list[Page]]:
    """The pages someone may open, by chapter; empty chapters are left out."""
    found: dict[str, list[Page]] = {}
    for chapter in CHAPTERS:
        allowed = [
            page
            for page in _pages.values()
            if page.chapter == chapter and (page.permission is None or scope.may(page.permission))
        ]
        if allowed:
            found[chapter] = allowed
    return found


def chapter_of(view: str) -> str:
    """The chapter under which a view stands; empty when under none."""
    for page in _pages.values():
        beneath = view.startswith(f"{page.url}_") or bool(
            page.covers and view.startswith(page.covers)
        )
        if view == page.url or beneath:
            return page.chapter
    return ""


@dataclass(frozen=True, slots=True)
class Found:
    """Something a search came upon."""

    title: str
    detail: str
    address: str


@dataclass(frozen=True, slots=True)
class Finder:
    """A part of what can be searched: its heading is ``search.<key>``.

    ``find`` gives at most ``MOST_FOUND`` things that the scope may see, the best first.
    """

    key: str
    find: Callable[[Scope, str], Sequence[Found]]
    permission: Permission | None = None


MOST_FOUND = 20
_finders: dict[str, Finder] = {}


def add_finder(finder: Finder) -> None:
    """Offer something to be searched; called from ``AppConfig.ready``."""
    _finders[finder.key] = finder


def search(scope: Scope, text: str) -> dict[str, Sequence[Found]]:
    """What is found, by finder; those that find nothing, or may not be asked, are left out."""
    allowed = [f for f in _finders.values() if f.permission is None or scope.may(f.permission)]
    found = {finder.key: finder.find(scope, text) for finder in allowed}
    return {key: things for key, things in found.items() if things}
