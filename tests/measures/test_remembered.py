"""Figures that are remembered are those that the session gives, for as long as they are true."""

from __future__ import annotations

import threading

import pytest

from powercx.analytics.measures.remembered import Remembered
from powercx.base.errors import UserError

KEYS = ["csat", "complaint_rate", "experience_index", "voltage_compliance", "saidi", "ebill_share"]
PERIODS = ["2025-01", "2025-02", "2025Q1"]


@pytest.fixture
def remembered(session, tmp_path):
    return Remembered(session, tmp_path)


def test_remembered_figures_are_the_session_s_to_the_last_field(session, remembered):
    orgs = session.tree.subtree(session.tree.roots[0])

    for _ in range(2):  # worked out, then read back
        found = remembered.figures(KEYS, orgs=orgs, periods=PERIODS)
        assert found == {key: session.show(key, orgs=orgs, periods=PERIODS).rows for key in KEYS}


@pytest.mark.parametrize("by", ["class", "channel"])
def test_segments_are_remembered_apart_from_totals(session, remembered, by):
    root = session.tree.roots[0]
    remembered.figures(["csat"], orgs=[root], periods=PERIODS)

    for _ in range(2):
        found = remembered.figures(["csat"], orgs=[root], periods=PERIODS, by=by)
        assert found["csat"] == session.show("csat", orgs=[root], periods=PERIODS, by=by).rows


def test_only_what_is_missing_is_worked_out(session, remembered, monkeypatch):
    root = session.tree.roots[0]
    remembered.figures(["csat"], orgs=[root], periods=["2025-01"])
    asked = []
    show = session.show
    monkeypatch.setattr(
        session,
        "show",
        lambda key, **given: asked.append((key, given["periods"])) or show(key, **given),
    )

    remembered.figures(["csat"], orgs=[root], periods=["2025-01", "2025-02"])
    remembered.figures(["csat"], orgs=[root], periods=["2025-01", "2025-02"])

    assert asked == [("csat", ["2025-02"])]


def test_another_process_reads_what_one_has_worked_out(session, tmp_path, monkeypatch):
    root = session.tree.roots[0]
    first = Remembered(session, tmp_path).figures(["csat"], orgs=[root], periods=["2025-01"])
    monkeypatch.setattr(session, "show", lambda *_, **__: pytest.fail("asked again"))

    second = Remembered(session, tmp_path).figures(["csat"], orgs=[root], periods=["2025-01"])

    assert second == first


def test_what_is_unknown_is_told_and_nothing_is_kept_of_it(session, remembered):
    with pytest.raises(UserError) as told:
        remembered.figures(["cast"], orgs=[session.tree.roots[0]], periods=["2025-01"])

    assert told.value.code == "measure.unknown"


def test_threads_that_ask_at_once_all_get_the_answer(session, remembered):
    orgs = session.tree.subtree(session.tree.roots[0])
    answers = []

    def ask():
        answers.append(remembered.figures(KEYS, orgs=orgs, periods=PERIODS))

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers == [answers[0]] * 6


def test_a_new_refresh_leaves_no_file_of_the_old_one(session, tmp_path):
    Remembered(session, tmp_path)
    old = next(tmp_path.glob("figures-*.sqlite3"))
    stale = old.with_name("figures-0123456789abcdef.sqlite3")
    old.rename(stale)

    Remembered(session, tmp_path)

    assert not stale.exists()
    assert old.exists()
