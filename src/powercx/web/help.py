"""Help: what the guideline asks, which page serves it, keys, words; and what a search finds."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from powercx.apps.core import registry
from powercx.apps.core.http import Request, needs
from powercx.apps.core.registry import MOST_FOUND, Finder, Found, Page
from powercx.apps.core.rules import Scope
from powercx.base.messages import texts
from powercx.standard.clauses import CHAPTERS, CLAUSES, beneath, clause
from powercx.standard.glossary import glossary

SHORTEST = 1


@needs(None)
@require_GET
def index(request: Request) -> HttpResponse:
    """All chapters of the guideline, every page and what it answers, keys."""
    chapters = [clause(number) for number in CHAPTERS]
    pages = {key: _told(found) for key, found in registry.pages_for(request.scope).items()}
    return render(request, "web/help.html", {"chapters": chapters, "pages": pages})


@needs(None)
@require_GET
def chapter(request: Request, number: str) -> HttpResponse:
    """One chapter in our own words, clause by clause, and the pages that serve it."""
    if number not in CHAPTERS:
        raise Http404
    served = next((key for key, its in registry.CHAPTERS.items() if its == number), "")
    found = {
        "chapter": clause(number),
        "rows": list(beneath(number)),
        "pages": _told(registry.pages_for(request.scope).get(served, [])),
    }
    return render(request, "web/help_chapter.html", found)


@needs(None)
@require_GET
def words(request: Request) -> HttpResponse:
    """The glossary, cut to the words that hold the text asked for."""
    text = request.GET.get("q", "").strip()
    sections = [
        (section.title, [word for word in section.words if word.holds(text)])
        for section in glossary()
    ]
    found = [(title, its) for title, its in sections if its]
    return render(request, "web/words.html", {"sections": found, "text": text})


@needs(None)
@require_GET
def search(request: Request) -> HttpResponse:
    """What is found of a text, by kind."""
    text = request.GET.get("q", "").strip()[:100]
    groups = registry.search(request.scope, text) if len(text) >= SHORTEST else {}
    found = {"text": text, "groups": groups, "most": MOST_FOUND}
    return render(request, "web/search.html", found)


def connect() -> None:
    """Offer help to be searched; called once when the program starts."""
    registry.add_finder(Finder("help", _found))


def _found(scope: Scope, text: str) -> Sequence[Found]:
    del scope
    wanted = text.casefold()
    rows = [
        Found(f"{row.number} {row.title}", str(row.summary), _address(row.number, row.chapter))
        for row in CLAUSES.values()
        if any(wanted in side.casefold() for side in (row.title.zh, row.title.en, row.number))
    ]
    named = [
        Found(f"{word.zh} · {word.en}", str(section.title), f"{reverse('web:words')}?q={text}")
        for section in glossary()
        for word in section.words
        if word.holds(text)
    ]
    return [*rows, *named][:MOST_FOUND]


def _address(number: str, chapter_number: str) -> str:
    return f"{reverse('web:help_chapter', args=[chapter_number])}#c{number}"


def _told(pages: Sequence[Page]) -> list[tuple[Page, str]]:
    """Each page with the code of what it answers, where that is said."""
    codes = [(page, f"help.page_{page.key}") for page in pages]
    return [(page, code if code in texts() else "") for page, code in codes]
