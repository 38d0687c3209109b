"""Tasks: asked for once, taken up by one, tried again, given up, cancelled, on a given clock."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from support.site import Site

from powercx.apps.core import tasks
from powercx.apps.core.domain import tasks as records
from powercx.apps.core.domain.audit import Actor
from powercx.apps.core.enums import Role, TaskState
from powercx.apps.core.models import AuditEntry, Task
from powercx.apps.core.tasks import Work, task
from powercx.base.errors import UserError
from powercx.base.home import Home
from powercx.base.messages import texts

NOW = datetime(2026, 2, 1, 8, tzinfo=UTC)
NAMES = ["test.work"]


@pytest.fixture
def kind() -> Iterator[list[int]]:
    """A kind of task that notes its argument and does what its last argument says."""
    seen: list[int] = []

    @task("test.work", title="tasks.running", retries=2)
    def work(work: Work, *, number: int = 0, how: str = "well") -> dict[str, int]:
        seen.append(number)
        work.progress("half", 0.5)
        if how == "user":
            raise UserError("schedules.bad_cron", cron="never")
        if how == "bug":
            raise ZeroDivisionError
        if how == "cancel":
            Task.objects.filter(pk=work.task.pk).update(state=TaskState.CANCELLED)
            work.beat()
            work.progress("too far", 0.9)
        return {"number": number}

    yield seen
    del tasks._kinds["test.work"]


def claim(at: datetime = NOW) -> Task:
    found = records.claim(names=NAMES, at=at)
    assert found is not None
    return found


def run(home: Home, at: datetime = NOW) -> Task:
    claimed = claim(at)
    tasks.run(Work(home, claimed, lambda: at))
    return Task.objects.get(pk=claimed.pk)


def test_a_task_is_done_and_its_result_kept(empty_site: Site, kind: list[int]):
    asked = tasks.ask("test.work", {"number": 7}, at=NOW)

    done = run(empty_site.home)

    assert (done.pk, done.state, done.result) == (asked.pk, TaskState.DONE, {"number": 7})
    assert (kind, records.claim(names=NAMES, at=NOW)) == ([7], None)


def test_the_same_key_gives_the_task_that_waits_or_runs(empty_site: Site, kind: list[int]):
    first = tasks.ask("test.work", {"number": 1}, key="one", at=NOW)
    waiting = tasks.ask("test.work", {"number": 2}, key="one", at=NOW)
    claimed = claim()
    running = tasks.ask("test.work", {"number": 3}, key="one", at=NOW)
    tasks.run(Work(empty_site.home, claimed, lambda: NOW))
    after = tasks.ask("test.work", {"number": 4}, key="one", at=NOW)

    assert {waiting.pk, running.pk} == {first.pk}
    assert after.pk != first.pk


def test_arguments_must_be_those_of_the_function_and_go_through_json(
    empty_site: Site, kind: list[int]
):
    with pytest.raises(TypeError):
        tasks.ask("test.work", {"nunber": 1}, at=NOW)
    with pytest.raises(TypeError):
        tasks.ask("test.work", {"number": (1, 2)}, at=NOW)

    assert Task.objects.count() == 0


def test_a_task_waits_for_its_time_and_the_longest_due_comes_first(
    empty_site: Site, kind: list[int]
):
    later = tasks.ask("test.work", at=NOW, due_at=NOW + timedelta(hours=1))
    second = tasks.ask("test.work", at=NOW)
    first = tasks.ask("test.work", at=NOW - timedelta(minutes=1))

    assert [claim().pk, claim().pk] == [first.pk, second.pk]
    assert records.claim(names=NAMES, at=NOW) is None
    assert claim(NOW + timedelta(hours=1)).pk == later.pk


def test_a_bug_is_tried_again_later_each_time_and_then_given_up(
    empty_site: Site, kind: list[int], caplog: pytest.LogCaptureFixture
):
    tasks.ask("test.work", {"how": "bug"}, at=NOW)
    waits, at = [], NOW
    with caplog.at_level(logging.ERROR, "powercx.tasks"):
        for _ in range(2):
            tried = run(empty_site.home, at)
            waits.append((tried.due_at - at).total_seconds())
            assert records.claim(names=NAMES, at=tried.due_at - timedelta(seconds=1)) is None
            at = tried.due_at
        last = run(empty_site.home, at)

    assert waits == [30, 60]
    assert (last.state, last.attempts, len(kind)) == (TaskState.FAILED, 3, 3)
    assert last.error["reference"] in caplog.text
    assert "ZeroDivisionError" in caplog.text


def test_what_a_user_can_mend_is_not_tried_again(empty_site: Site, kind: list[int]):
    tasks.ask("test.work", {"how": "user"}, at=NOW)

    failed = run(empty_site.home)

    assert failed.state == TaskState.FAILED
    assert (failed.error["code"], failed.error["params"]) == (
        "schedules.bad_cron",
        {"cron": "never"},
    )


def test_a_failed_task_is_done_again_when_asked(empty_site: Site, kind: list[int]):
    person = empty_site.person(Role.EXPERIENCE_MANAGER)
    actor = Actor(person, person.username)
    tasks.ask("test.work", {"how": "user"}, asked_by=actor, key="k", at=NOW)
    failed = run(empty_site.home)

    with pytest.raises(records.TaskIsOver):
        records.cancel(task_id=failed.pk, actor=actor, at=NOW)
    again = records.again(task_id=failed.pk, actor=actor, at=NOW)

    assert (again.state, again.attempts, again.error) == (TaskState.WAITING, 0, {})
    with pytest.raises(records.TaskIsOpen):
        records.again(task_id=failed.pk, actor=actor, at=NOW)
    actions = AuditEntry.objects.filter(record_type="task").order_by("seq")
    assert [entry.action for entry in actions] == ["ask", "again"]


def test_a_cancelled_task_stops_at_its_next_step(empty_site: Site, kind: list[int]):
    tasks.ask("test.work", {"how": "cancel"}, at=NOW)

    stopped = run(empty_site.home)

    assert (stopped.state, stopped.step) == (TaskState.CANCELLED, "")


def test_a_worker_that_is_to_end_gives_its_task_back(empty_site: Site, kind: list[int]):
    tasks.ask("test.work", at=NOW)
    work = Work(empty_site.home, claim(), lambda: NOW)
    work.stop()

    state = tasks.run(work)

    assert (state, claim().attempts) == (TaskState.WAITING, 1)


def test_how_far_it_is_is_written_by_the_beat(empty_site: Site, kind: list[int]):
    tasks.ask("test.work", at=NOW)
    work = Work(empty_site.home, claim(), lambda: NOW + timedelta(seconds=9))

    work.part(0.5, 1.0)("facts", 0.5)
    before = Task.objects.get()
    work.beat()
    after = Task.objects.get()

    assert (before.share, after.share, after.step) == (0, 0.75, "facts")
    assert after.heard_at == NOW + timedelta(seconds=9)


def test_a_task_whose_worker_died_is_taken_up_by_the_next(empty_site: Site, kind: list[int]):
    tasks.ask("test.work", at=NOW)
    dead = claim()
    later = NOW + records.SILENT_FOR + timedelta(seconds=1)

    assert records.take_up_lost(tries={"test.work": 3}, at=NOW + records.SILENT_FOR) == []
    assert Task.objects.get().state == TaskState.RUNNING
    records.take_up_lost(tries={"test.work": 3}, at=later)
    second = claim(later)
    records.finish(task=dead, result={"by": "the dead"}, at=later)
    running = Task.objects.get()
    records.finish(task=second, result={"by": "the second"}, at=later)

    assert running.state == TaskState.RUNNING
    assert Task.objects.get().result == {"by": "the second"}


def test_a_task_that_kills_its_workers_is_given_up(empty_site: Site, kind: list[int]):
    tasks.ask("test.work", at=NOW)
    at, given_up = NOW, []
    while not given_up:
        claim(at)
        at += records.SILENT_FOR + timedelta(seconds=1)
        given_up = records.take_up_lost(tries={"test.work": 1}, at=at)

    held = Task.objects.get()
    assert (held.state, held.attempts) == (TaskState.FAILED, 1 + records.MOST_LOST)
    assert held.error["code"] == "tasks.worker_lost"


def test_every_kind_of_task_has_a_title():
    assert [kind.name for kind in tasks.kinds().values() if kind.title not in texts()] == []
