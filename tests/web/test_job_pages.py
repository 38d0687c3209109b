"""The pages of jobs, outbox and webhooks: what they show, who may change what, how many queries."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from support.site import Site

from powercx.apps.core import tasks
from powercx.apps.core.domain import outbox, schedules, webhooks
from powercx.apps.core.domain.audit import SYSTEM, Actor
from powercx.apps.core.domain.webhooks import Listener
from powercx.apps.core.enums import DeliveryState, Event, Role, TaskState
from powercx.apps.core.models import AuditEntry, OutboxMessage, Schedule, Task, Webhook
from powercx.apps.core.vault.keyring import read_ring

NOW = datetime(2026, 2, 1, 8, tzinfo=UTC)
URL = "https://crm.example.com/events"


def schedule(name: str = "daily") -> Schedule:
    schedules.ensure(defaults={name: "0 2 * * *"}, at=timezone.now())
    return Schedule.objects.get(name=name)


def webhook(site: Site, name: str = "CRM", url: str = URL) -> Webhook:
    listener = Listener(name, url, [Event.LOAD_FINISHED.value])
    made, _ = webhooks.create(
        listener=listener, ring=read_ring(site.home), actor=SYSTEM, at=timezone.now()
    )
    return made


def dead(count: int = 1) -> None:
    for number in range(count):
        outbox.put(Event.LOAD_FINISHED, {"number": number}, at=timezone.now())
    OutboxMessage.objects.update(state=DeliveryState.DEAD, attempts=12, error="HTTP 500")


def text(client: Client, path: str, **query: str) -> str:
    answer = client.get(path, query)
    assert answer.status_code == 200, path
    return answer.content.decode()


PAGES = {
    "/jobs/": {Role.ADMINISTRATOR, Role.EXPERIENCE_MANAGER, Role.AUDITOR},
    "/outbox/": {Role.ADMINISTRATOR, Role.EXPERIENCE_MANAGER, Role.AUDITOR},
    "/webhooks/": {Role.ADMINISTRATOR},
    "/webhooks/new/": {Role.ADMINISTRATOR},
}


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("role", list(Role))
def test_pages_open_for_those_who_need_them(empty_site: Site, path: str, role: Role):
    expected = 200 if role in PAGES[path] else 403

    assert empty_site.client(role).get(path).status_code == expected


def test_the_unit_of_a_role_does_not_open_what_is_the_whole_company_s(site: Site):
    assert site.client(Role.ADMINISTRATOR, site.bureaus[0]).get("/jobs/").status_code == 403


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.ANALYST])
def test_who_only_looks_changes_nothing(empty_site: Site, role: Role):
    held, made = schedule(), webhook(empty_site)
    dead()
    message = OutboxMessage.objects.get()
    client = empty_site.client(role)
    posts = [
        "/jobs/run/daily/",
        f"/jobs/schedules/{held.pk}/",
        "/outbox/replay/",
        f"/outbox/{message.pk}/replay/",
        "/webhooks/new/",
        f"/webhooks/{made.pk}/",
        f"/webhooks/{made.pk}/test/",
        f"/webhooks/{made.pk}/secret/",
    ]

    assert {path: client.post(path).status_code for path in posts} == dict.fromkeys(posts, 403)
    assert (Task.objects.count(), OutboxMessage.objects.get().state) == (0, DeliveryState.DEAD)


def test_schedules_are_shown_with_their_next_run_in_both_languages(empty_site: Site):
    schedule()
    schedules.ensure(defaults={"tidy": "0 4 * * 0"}, at=timezone.now())

    chinese = text(empty_site.client(Role.EXPERIENCE_MANAGER), "/jobs/")
    english = text(empty_site.client(Role.EXPERIENCE_MANAGER, language="en"), "/jobs/")

    assert ("每天 02:00" in chinese, "每周日 04:00" in chinese) == (True, True)
    assert ("Every day at 02:00" in english, "Every Sunday at 04:00" in english) == (True, True)
    assert " 02:00</td>" in " ".join(english.split()).replace(" </td>", "</td>")


def test_a_task_is_asked_for_once_from_the_page(empty_site: Site):
    schedule()
    client = empty_site.client(Role.EXPERIENCE_MANAGER)

    first = client.post("/jobs/run/daily/")
    second = client.post("/jobs/run/daily/")

    assert first["Location"] == second["Location"] == f"/tasks/{Task.objects.get().pk}/"
    assert client.post("/jobs/run/nothing/").status_code == 404


def test_a_schedule_is_changed_and_stopped(empty_site: Site):
    held = schedule()
    client = empty_site.client(Role.ADMINISTRATOR)
    path = f"/jobs/schedules/{held.pk}/"

    client.post(path, {"cron": "30 3 * * *", "version": "1"})

    changed = Schedule.objects.get()
    assert (changed.cron, changed.enabled, changed.version) == ("30 3 * * *", False, 2)
    assert AuditEntry.objects.latest("seq").record_type == "schedule"


def test_a_faulty_schedule_stays_in_the_form_beside_its_reason(empty_site: Site):
    held = schedule()

    answer = empty_site.client(Role.ADMINISTRATOR).post(
        f"/jobs/schedules/{held.pk}/", {"cron": "99 3 * * *", "enabled": "on", "version": "1"}
    )

    page = answer.content.decode()
    assert ('value="99 3 * * *"' in page, "不是有效的计划时间" in page) == (True, True)
    assert Schedule.objects.get().cron == "0 2 * * *"


def test_a_schedule_saved_meanwhile_is_not_overwritten(empty_site: Site):
    held = schedule()
    client = empty_site.client(Role.ADMINISTRATOR)
    Schedule.objects.update(cron="15 1 * * *", version=2)

    answer = client.post(
        f"/jobs/schedules/{held.pk}/", {"cron": "30 3 * * *", "enabled": "on", "version": "1"}
    )

    page = answer.content.decode()
    assert ("15 1 * * *" in page, 'value="30 3 * * *"' in page) == (True, True)
    assert Schedule.objects.get().cron == "15 1 * * *"


def test_tasks_are_cut_by_state_and_kind(empty_site: Site):
    person = empty_site.person(Role.EXPERIENCE_MANAGER)
    actor = Actor(person, person.username)
    failed = tasks.ask("tidy", asked_by=actor, at=NOW)
    Task.objects.update(state=TaskState.FAILED)
    waiting = tasks.ask("refresh", asked_by=actor, at=NOW + timedelta(hours=1))
    client = empty_site.client(Role.EXPERIENCE_MANAGER)

    def shown(**query: str) -> list[bool]:
        page = text(client, "/jobs/", **query)
        return [f"/tasks/{each.pk}/" in page for each in (failed, waiting)]

    assert shown() == [True, True]
    assert shown(state="failed") == [True, False]
    assert shown(state="open") == [False, True]
    assert shown(name="tidy") == [True, False]
    assert shown(state="nonsense") == [True, True]


def test_dead_messages_are_delivered_again_one_or_all(empty_site: Site):
    webhook(empty_site)
    dead(3)
    first = OutboxMessage.objects.earliest("pk")
    client = empty_site.client(Role.EXPERIENCE_MANAGER)

    before = text(client, "/outbox/", state="dead")
    client.post(f"/outbox/{first.pk}/replay/")
    after_one = OutboxMessage.objects.filter(state=DeliveryState.WAITING).count()
    client.post("/outbox/replay/")

    assert ("HTTP 500" in before, "CRM" in before, "全部重发（3）" in before) == (True,) * 3
    assert after_one == 1
    assert OutboxMessage.objects.filter(state=DeliveryState.WAITING, attempts=0).count() == 3


def test_an_event_of_another_version_is_shown_by_its_own_name(empty_site: Site):
    outbox.put_to(outbox.Address("webhook", "9"), "bill.sent", {}, at=timezone.now())

    assert "bill.sent" in text(empty_site.client(Role.AUDITOR), "/outbox/")


def test_a_failed_task_is_an_alert_for_whoever_asked_for_it(empty_site: Site):
    person = empty_site.person(Role.EXPERIENCE_MANAGER)
    tasks.ask("tidy", asked_by=Actor(person, person.username), at=timezone.now())
    mine, others = (
        empty_site.client(role) for role in (Role.EXPERIENCE_MANAGER, Role.ADMINISTRATOR)
    )
    quiet = text(mine, "/tasks/")
    Task.objects.update(state=TaskState.FAILED, finished_at=timezone.now())

    alert = "最近失败的任务"
    shown = [alert in page for page in (quiet, text(mine, "/tasks/"), text(others, "/tasks/"))]
    assert shown == [False, True, False]
    Task.objects.update(finished_at=timezone.now() - timedelta(days=8))
    assert alert not in text(mine, "/tasks/")
    assert (f"/tasks/{Task.objects.get().pk}/" in quiet, "tidy" in text(others, "/tasks/")) == (
        True,
        False,
    )


def test_what_messages_carry_is_not_shown(empty_site: Site):
    outbox.put_fact("customer", {"customer_id": "C1", "name": "张三丰"}, at=timezone.now())

    page = text(empty_site.client(Role.AUDITOR), "/outbox/")

    assert ("数据湖 customer" in page, "张三丰" in page) == (True, False)


def test_a_new_webhook_s_secret_is_shown_once(empty_site: Site):
    client = empty_site.client(Role.ADMINISTRATOR)

    made = client.post(
        "/webhooks/new/",
        {"name": "CRM", "url": URL, "events": ["load.finished", "task.failed"], "enabled": "on"},
    )

    held = Webhook.objects.get()
    secret = webhooks.secret_of(held, read_ring(empty_site.home))
    assert secret in made.content.decode()
    assert (held.url, held.events) == (URL, ["load.finished", "task.failed"])
    assert secret not in text(client, f"/webhooks/{held.pk}/")
    assert secret not in str(AuditEntry.objects.latest("seq").detail)


@pytest.mark.parametrize(
    "url",
    [
        "crm.example.com",
        "ftp://crm.example.com/",
        "https://user:secret@crm.example.com/",
        "https:///events",
        "https://crm.example.com:99999/",
        "https://crm.example.com/#part",
        "javascript:alert(1)",
    ],
)
def test_an_address_that_cannot_be_called_is_refused_in_its_field(empty_site: Site, url: str):
    answer = empty_site.client(Role.ADMINISTRATOR).post(
        "/webhooks/new/", {"name": "CRM", "url": url, "events": ["load.finished"]}
    )

    assert answer.context["form"].errors.keys() == {"url"}
    assert Webhook.objects.count() == 0


def test_a_webhook_is_changed_tested_and_given_a_new_secret(empty_site: Site):
    held = webhook(empty_site)
    old = webhooks.secret_of(held, read_ring(empty_site.home))
    client = empty_site.client(Role.ADMINISTRATOR, language="en")
    path = f"/webhooks/{held.pk}/"

    changed = {"name": "BI", "url": URL, "events": ["task.failed"], "version": "1"}
    client.post(path, changed)
    conflict = client.post(path, changed | {"name": "XX"}).content.decode()
    client.post(path + "test/")
    rotated = client.post(path + "secret/").content.decode()

    held.refresh_from_db()
    assert (held.name, held.events, held.enabled) == ("BI", ["task.failed"], False)
    assert 'value="XX"' in conflict
    assert OutboxMessage.objects.get().event == "webhook.test"
    new = webhooks.secret_of(held, read_ring(empty_site.home))
    assert (new != old, new in rotated) == (True, True)
    assert "Test" in text(client, path)


def test_the_moving_part_of_a_webhook_is_asked_for_while_something_is_on_its_way(empty_site: Site):
    held = webhook(empty_site)
    client = empty_site.client(Role.ADMINISTRATOR)
    quiet = text(client, f"/webhooks/{held.pk}/")
    client.post(f"/webhooks/{held.pk}/test/")

    part = client.get(f"/webhooks/{held.pk}/", headers={"HX-Request": "true"}).content.decode()

    assert ("hx-get" in quiet, "hx-get" in part, "<html" in part) == (False, True, False)


def grow(site: Site, path: str, number: int) -> None:
    if path == "/jobs/":
        schedule(["tidy", "daily", "refresh"][number])
        person = site.person(Role.EXPERIENCE_MANAGER, username=f"someone-{number}")
        tasks.ask("tidy", asked_by=Actor(person, "x"), at=timezone.now())
    elif path == "/outbox/":
        webhook(site, f"CRM {number}")
        outbox.put(Event.LOAD_FINISHED, {}, at=timezone.now())
    else:
        webhook(site, f"CRM {number}")


@pytest.mark.parametrize("path", ["/jobs/", "/outbox/", "/webhooks/"])
def test_lists_ask_the_database_as_often_for_three_rows_as_for_one(empty_site: Site, path: str):
    client = empty_site.client(Role.ADMINISTRATOR)
    asked = []
    for number in range(3):
        grow(empty_site, path, number)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            text(client, path)
        asked.append(len(queries))

    assert asked[0] == asked[2]
