"""Scratch folders of processes that live are left alone by those that sweep."""

from __future__ import annotations

from pathlib import Path

from support.loads import Loader

from powercx.analytics.engine.workspace import workspace
from powercx.base.home import Home


def test_a_load_leaves_the_scratch_folder_of_an_open_session_alone(home: Home, tmp_path: Path):
    load = Loader(home, tmp_path)
    with workspace(home.staging) as work:
        left = home.staging / "work-of-a-process-that-died"
        left.mkdir()

        load("org_unit.csv", "org_id,name,level\nN1,North,bureau\n")

        assert work.scratch.exists()
        assert not left.exists()
