"""The page of a task: its moving part, who may see and change it, both languages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone
from support.site import Site

from powercx.apps.core import tasks
from powercx.apps.core.domain import tasks as records
from powercx.apps.core.domain.audit import Actor
from powercx.apps.core.enums import Permission, Role, TaskState
from powercx.apps.core.models import Task
from powercx.apps.core.tasks import Work, said, task
from powercx.base.errors import UserError

NOW = datetime(2026, 2, 1, 8, tzinfo=UTC)


@pytest.fixture(autouse=True)
def kind() -> Iterator[None]:
    @task(
        "test.page",
        title="jobs.refresh",
        permission=Permission.DATA_LOAD,
        leads_to=lambda done: f"/?period={done.result['period']}",
    )
    def work(work: Work, *, how: str = "well") -> dict[str, object]:
        if how != "well":
            raise UserError("schedules.bad_cron", cron="never")
        return {"period": "2026-01", "said": [said("jobs.nothing_new")]}

    yield
    del tasks._kinds["test.page"]


def ask(site: Site, role: Role = Role.EXPERIENCE_MANAGER, how: str = "well") -> Task:
    person = site.person(role)
    actor = Actor(person, person.username)
    return tasks.ask("test.page", {"how": how}, asked_by=actor, at=timezone.now())


def run(site: Site) -> None:
    found = records.claim(names=["test.page"], at=timezone.now())
    assert found is not None
    tasks.run(Work(site.home, found, timezone.now))


def page(client: Client, found: Task, **headers: str) -> str:
    answer = client.get(f"/tasks/{found.pk}/", headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


def test_an_open_task_asks_for_its_moving_part_every_two_seconds(empty_site: Site):
    found = ask(empty_site)
    client = empty_site.client(Role.EXPERIENCE_MANAGER)

    whole = page(client, found)
    part = page(client, found, HX_Request="true")

    assert 'hx-trigger="every 2s"' in whole
    assert "<noscript>" in whole
    assert "<html" in whole
    assert part.lstrip().startswith("<section")
    assert "等待中" in part


def test_a_running_task_shows_numbers(empty_site: Site):
    found = ask(empty_site)
    claimed = records.claim(names=["test.page"], at=timezone.now() - timedelta(0))
    assert claimed is not None
    records.heard(task=claimed, share=0.42, step="jobs.tidy", at=timezone.now())

    part = page(empty_site.client(Role.EXPERIENCE_MANAGER, language="en"), found)

    assert "<strong>42%</strong>" in part
    assert "Upkeep of the lake" in part


def test_a_done_task_moves_no_more_and_leads_to_its_result(empty_site: Site):
    found = ask(empty_site)
    run(empty_site)

    shown = page(empty_site.client(Role.EXPERIENCE_MANAGER), found)

    assert "hx-get" not in shown
    assert "没有新数据" in shown
    assert 'href="/?period=2026-01"' in shown


def test_a_failed_task_says_why_in_the_reader_s_language_and_is_done_again(empty_site: Site):
    found = ask(empty_site, how="badly")
    run(empty_site)
    client = empty_site.client(Role.EXPERIENCE_MANAGER, language="en")

    shown = page(client, found)
    answer = client.post(f"/tasks/{found.pk}/again/", follow=True)

    assert "is no schedule" in shown
    assert "in the queue again" in answer.content.decode()
    assert Task.objects.get().state == TaskState.WAITING


def test_a_bug_shows_its_number_and_no_traceback(empty_site: Site):
    found = ask(empty_site)
    Task.objects.update(state=TaskState.FAILED, error={"reference": "abc12345"})

    assert "abc12345" in page(empty_site.client(Role.EXPERIENCE_MANAGER), found)


def test_a_task_is_cancelled_once(empty_site: Site):
    found = ask(empty_site)
    client = empty_site.client(Role.EXPERIENCE_MANAGER)

    first = client.post(f"/tasks/{found.pk}/cancel/", follow=True).content.decode()
    second = client.post(f"/tasks/{found.pk}/cancel/", follow=True).content.decode()

    assert ("任务已取消" in first, "任务已经结束" in second) == (True, True)


@pytest.mark.parametrize(
    ("role", "see", "change"),
    [
        (Role.EXPERIENCE_MANAGER, 200, 302),
        (Role.ADMINISTRATOR, 200, 302),
        (Role.AUDITOR, 200, 403),
        (Role.ORG_MANAGER, 404, 404),
        (Role.EXECUTIVE, 404, 404),
        (Role.PROVIDER, 404, 404),
    ],
)
def test_only_who_asked_and_who_keeps_jobs_may_see_and_change_it(
    empty_site: Site, role: Role, see: int, change: int
):
    found = ask(empty_site)
    client = empty_site.client(role)

    codes = [client.get(f"/tasks/{found.pk}/").status_code]
    codes.append(client.post(f"/tasks/{found.pk}/cancel/").status_code)

    assert codes == [see, change]
    assert client.get(f"/tasks/{uuid4()}/").status_code == 404


def test_a_task_is_not_done_again_by_someone_who_has_lost_the_permission(empty_site: Site):
    found = ask(empty_site, Role.EXECUTIVE)
    Task.objects.update(state=TaskState.FAILED)
    client = empty_site.client(Role.EXECUTIVE)

    assert client.post(f"/tasks/{found.pk}/again/").status_code == 403
    assert Task.objects.get().state == TaskState.FAILED


def test_waiting_without_a_worker_says_how_to_start_one(empty_site: Site):
    found = ask(empty_site)
    client = empty_site.client(Role.EXPERIENCE_MANAGER)
    before = page(client, found)
    Task.objects.update(due_at=timezone.now() - timedelta(minutes=1))

    assert "powercx worker" not in before
    assert "powercx worker" in page(client, found)
