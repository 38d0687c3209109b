"""After a refresh the first reader waits for nothing."""

from __future__ import annotations

import pytest
from support.site import Site

from powercx.analytics.measures.service import Session
from powercx.apps.core import lake
from powercx.apps.core.enums import Role
from powercx.jobs.figures import remember_figures


def test_what_pages_open_with_is_known_beforehand(site: Site, monkeypatch: pytest.MonkeyPatch):
    heard: list[float] = []
    known = remember_figures(site.home, tell=lambda _, share: heard.append(share))
    session = lake.figures(site.home).session

    def show(*args: object, **kwargs: object):
        raise AssertionError("worked out while somebody waits")

    monkeypatch.setattr(Session, "show", show)
    answers = [site.client(Role.EXECUTIVE).get("/", {"org": o}) for o in site.tree.names]

    assert {answer.status_code for answer in answers} == {200}
    assert known % (len(session.catalogue.measures) * len(site.tree.subtree(site.company))) == 0
    assert heard == sorted(heard)


def test_a_second_run_finds_everything_there(site: Site, monkeypatch: pytest.MonkeyPatch):
    known = remember_figures(site.home)
    monkeypatch.setattr(Session, "show", None)

    assert remember_figures(site.home) == known


def test_before_the_first_refresh_there_is_nothing_to_remember(empty_site: Site):
    assert remember_figures(empty_site.home) == 0
