"""The lake: tables whole, definitions without fault, figures up to date, calendar known."""

from __future__ import annotations

from datetime import date, timedelta

from powercx.analytics.definitions.catalogue import Catalogue
from powercx.analytics.definitions.codes import own_lists
from powercx.analytics.facts.calendar import unknown_years
from powercx.analytics.lake import places
from powercx.analytics.measures.service import open_session
from powercx.analytics.results.state import read_state
from powercx.base.errors import DefinitionError
from powercx.base.messages import say
from powercx.jobs.doctor.registry import Finding, Installation, check, fail, ok, warn

_SHOWN = 5
_AHEAD = 45
"""Days before a new year by which its holidays have come out."""


@check("folders")
def tables(seen: Installation) -> Finding:
    """Every current file of every table is there and holds the rows that its table says."""
    faults: list[str] = []
    files = rows = held = 0
    for store in places.every(seen.home.lake):
        held += 1
        for file in store.files():
            files, rows = files + 1, rows + file.rows
            if not file.whole:
                faults.append(str(file.path).removeprefix(f"{seen.home.lake}/"))
    if faults:
        named = ", ".join(faults[:_SHOWN])
        return fail(
            say("doctor.tables_broken", count=len(faults), named=named), say("doctor.tables_mend")
        )
    return ok(say("doctor.tables_ok", tables=held, files=files, rows=f"{rows:,}"))


@check("folders")
def definitions(seen: Installation) -> Finding:
    """Own definitions are read without fault, as are those that come with powercx."""
    catalogue = Catalogue(seen.home.catalog)
    try:
        count = len(catalogue.measures) + len(catalogue.rulesets) + len(catalogue.channels)
        own = sum(file.own for file in catalogue.measures.values())
        own_lists(seen.home.catalog)
    except DefinitionError as error:
        return fail(str(error), say("doctor.definitions_mend"))
    return ok(say("doctor.definitions_ok", count=count, own=own))


@check("tables", "definitions", "config")
def figures(seen: Installation) -> Finding:
    """Figures have been worked out, from all that is loaded."""
    if read_state(seen.home.lake) is None:
        return warn(say("doctor.figures_none"), say("doctor.figures_begin"))
    with open_session(seen.home) as session:
        behind, last = session.behind, session.state.last(*session.state.span)
    if behind:
        found = say("doctor.figures_behind", tables=", ".join(behind))
        return warn(found, say("doctor.figures_mend"))
    return ok(say("doctor.figures_ok", day=last or "—"))


@check()
def calendar(seen: Installation) -> Finding:
    """Public holidays of this year are known, and of the next once they have come out."""
    first, last = seen.at.year, (seen.at + timedelta(days=_AHEAD)).year
    unknown = unknown_years(date(first, 1, 1), date(last, 1, 1))
    if unknown:
        found = say("doctor.calendar_unknown", years=", ".join(map(str, unknown)))
        return warn(found, say("doctor.calendar_mend"))
    return ok(say("doctor.calendar_ok", first=first, last=last))
