"""After a refresh the first reader waits for nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.loads import MemoryVault
from support.site import AT, Site

from powercx.analytics.measures.service import Session, refresh
from powercx.analytics.sources.service import LoadOptions, load
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


def test_without_a_fact_of_any_day_there_are_units_but_no_figures(empty_site: Site, tmp_path: Path):
    units = tmp_path / "org_unit.csv"
    units.write_text("org_id,parent_id,name\nroot,,公司\nnorth,root,北区\n", "utf-8")
    load(empty_site.home, MemoryVault(), [str(units)], options=LoadOptions(), at=AT)
    refresh(empty_site.home, at=AT)

    answer = empty_site.client(Role.EXPERIENCE_MANAGER).get("/")

    assert (answer.status_code, remember_figures(empty_site.home)) == (200, 0)
    assert "还没有算出任何指标" in answer.content.decode()
    assert set(empty_site.tree.subtree("root")) == {"root", "north", "unassigned"}
