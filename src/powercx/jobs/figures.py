"""After a refresh: the figures that pages open with are worked out before anybody asks."""

from __future__ import annotations

from collections.abc import Callable

from powercx.apps.core import lake
from powercx.apps.core.queries.cards import compared, trend_months
from powercx.base.home import Home
from powercx.base.messages import say

Tell = Callable[[str, float], None]


def remember_figures(home: Home, *, tell: Tell | None = None) -> int:
    """Remember every measure of every unit for the last whole month and what it is held against.

    That is the months of the trend, the month before and the same of last year. ``tell`` hears the
    step and the share done. Returns how many figures are known; safe to run twice, and a run that
    broke off goes on where it stopped. Without data there is nothing to do.
    """
    figures = lake.figures(home)
    if figures is None or figures.session.state.last(*figures.session.state.span) is None:
        return 0
    session = figures.session
    period = session.last_month().label
    months = dict.fromkeys(span.label for span in (*trend_months(period), *compared(period)))
    orgs = [org for root in session.tree.roots for org in session.tree.subtree(root)]
    keys = list(session.catalogue.measures)
    known = 0
    for at, key in enumerate(keys):
        if tell is not None:
            tell(say("jobs.remember"), at / len(keys))
        found = figures.figures([key], orgs=orgs, periods=list(months))
        known += len(found[key])
    return known
