"""What a search finds in insight: measures and loads."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.urls import reverse

from powercx.analytics.measures.service import measure_files
from powercx.apps.core import registry
from powercx.apps.core.enums import Permission
from powercx.apps.core.registry import MOST_FOUND, Finder, Found
from powercx.apps.core.rules import Scope
from powercx.apps.core.service import load_queries
from powercx.base.messages import language


def connect() -> None:
    """Offer them; called once when the program starts."""
    registry.add_finder(Finder("measures", _measures, Permission.MEASURES))
    registry.add_finder(Finder("loads", _loads, Permission.DATA))


def _measures(scope: Scope, text: str) -> Sequence[Found]:
    del scope
    wanted, side = text.casefold(), language()
    found = []
    for file in measure_files(settings.HOME, forgiving=True).values():
        measure = file.measure
        names = (measure.key, measure.name.zh, measure.name.en)
        if any(wanted in name.casefold() for name in names):
            title = str(getattr(measure.name, side))
            address = reverse("insight:measure", args=[measure.key])
            found.append(Found(title, measure.key, address))
    # What begins with the text stands before what merely holds it.
    found.sort(key=lambda each: (not each.title.casefold().startswith(wanted), each.title))
    return found[:MOST_FOUND]


def _loads(scope: Scope, text: str) -> Sequence[Found]:
    del scope
    return [
        Found(
            entry.header.path.rpartition("/")[2],
            f"{entry.header.table} · {entry.header.started_at:%Y-%m-%d}",
            reverse("insight:data_load", args=[entry.header.load_id]),
        )
        for entry in load_queries.find_loads(text, MOST_FOUND)
    ]
