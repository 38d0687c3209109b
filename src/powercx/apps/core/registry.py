"""What apps offer to the frame: pages of the navigation. Higher apps register, the frame shows."""

from __future__ import annotations

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
