"""Definitions on pages: what is in force, where it stands, and what is wrong with one's own."""

from __future__ import annotations

import pytest
from support.site import Site

from powercx.analytics.definitions.catalogue import Catalogue
from powercx.analytics.measures.service import open_session
from powercx.apps.core.enums import Role
from powercx.base.errors import DefinitionError

BAD = "key: mine\nname: {zh: 我的, en: Mine}\nclaus: '8.8'\n"


def spoil(site: Site) -> None:
    folder = site.home.catalog / "measures"
    folder.mkdir(parents=True)
    (folder / "mine.yaml").write_text(BAD, "utf-8")


def test_a_fault_in_an_own_file_leaves_the_pages_standing(own_site: Site):
    spoil(own_site)
    client = own_site.client(Role.ADMINISTRATOR)

    answers = [
        client.get(path).status_code for path in ("/", "/measures/", "/people/", "/search/?q=a")
    ]

    assert answers == [200] * 4


def test_a_command_is_still_stopped_by_it(own_site: Site):
    spoil(own_site)

    with pytest.raises(DefinitionError), open_session(own_site.home) as session:
        session.show("csat")


def test_every_fault_is_told_with_its_file_and_hides_nothing_else(own_site: Site):
    spoil(own_site)
    catalogue = Catalogue(own_site.home.catalog, forgiving=True)

    assert {path.name: error.params["line"] for path, error in catalogue.faults.items()} == {
        "mine.yaml": 3
    }
    assert "csat" in catalogue.measures
    assert "mine" not in catalogue.measures
