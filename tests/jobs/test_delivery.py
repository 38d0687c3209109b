"""The outbox delivered to a real HTTP server and into a real lake: in order, again, dead, anew."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.db import transaction
from support.site import Site

from powercx.analytics.measures.service import refresh
from powercx.analytics.results.tree import OrgTree
from powercx.apps.core import lake, tasks
from powercx.apps.core.domain import objectives, outbox, targets, webhooks
from powercx.apps.core.domain import tasks as records
from powercx.apps.core.domain.audit import SYSTEM, Actor
from powercx.apps.core.domain.webhooks import Listener
from powercx.apps.core.enums import DeliveryState, Event, ObjectiveState, Role
from powercx.apps.core.models import AuditEntry, Objective, OutboxMessage, Webhook
from powercx.apps.core.queries.people import scope_of
from powercx.apps.core.service import OperationalVault
from powercx.apps.core.vault.keyring import read_ring
from powercx.base.home import Home
from powercx.jobs import runs
from powercx.jobs.delivery import Delivery, deliver_due

NOW = datetime(2026, 2, 1, 8, tzinfo=UTC)


class Clock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


class Receiver:
    """What another system has heard, and how it answers."""

    def __init__(self) -> None:
        self.heard: list[tuple[dict[str, str], bytes]] = []
        self.status = 204
        self.body = b""
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.heard.append(({k.lower(): v for k, v in self.headers.items()}, body))
                self.send_response(receiver.status)
                if receiver.status == 302:
                    self.send_header("Location", receiver.url + "/elsewhere")
                self.send_header("Content-Length", str(len(receiver.body)))
                self.end_headers()
                self.wfile.write(receiver.body)

            def log_message(self, *args: object) -> None:
                """Say nothing."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    @property
    def data(self) -> list[Any]:
        return [json.loads(body)["data"] for _, body in self.heard]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()
    thread = threading.Thread(target=found.server.serve_forever, daemon=True)
    thread.start()
    yield found
    found.server.shutdown()
    thread.join()
    found.server.server_close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


def listen(site: Site, url: str, *events: Event, name: str = "CRM") -> tuple[Webhook, str]:
    listener = Listener(name, url, [event.value for event in events or [Event.LOAD_FINISHED]])
    return webhooks.create(listener=listener, ring=read_ring(site.home), actor=SYSTEM, at=NOW)


def put(*numbers: int) -> None:
    for number in numbers:
        outbox.put(Event.LOAD_FINISHED, {"number": number}, at=NOW)


def test_a_message_arrives_signed(empty_site: Site, receiver: Receiver, clock: Clock):
    _, secret = listen(empty_site, receiver.url + "/hook?tenant=1")
    put(7)

    assert deliver_due(Delivery(empty_site.home, clock)) == (1, 0)

    [(headers, body)] = receiver.heard
    signed = f"{headers['powercx-timestamp']}.".encode() + body
    expected = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    message = OutboxMessage.objects.get()
    assert headers["powercx-signature"] == f"v1={expected}"
    assert headers["powercx-timestamp"] == str(int(NOW.timestamp()))
    assert json.loads(body) == {
        "id": headers["powercx-id"],
        "event": "load.finished",
        "at": "2026-02-01T08:00:00Z",
        "data": {"number": 7},
    }
    assert (message.state, str(message.event_id)) == (
        DeliveryState.DELIVERED,
        headers["powercx-id"],
    )


def test_the_secret_is_sealed_in_the_database(empty_site: Site, receiver: Receiver):
    webhook, secret = listen(empty_site, receiver.url)

    stored = bytes(Webhook.objects.get(pk=webhook.pk).secret)

    assert secret.encode() not in stored
    assert webhooks.secret_of(webhook, read_ring(empty_site.home)) == secret


def test_what_is_rolled_back_leaves_nothing_to_deliver(empty_site: Site, receiver: Receiver):
    listen(empty_site, receiver.url)

    def change() -> None:
        with transaction.atomic():
            put(1)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        change()

    assert OutboxMessage.objects.count() == 0


def test_only_those_who_listen_hear_of_an_event(empty_site: Site, receiver: Receiver):
    listen(empty_site, receiver.url, Event.TASK_FAILED)
    heard, _ = listen(empty_site, receiver.url, Event.LOAD_FINISHED, name="BI")
    off, _ = listen(empty_site, receiver.url, Event.LOAD_FINISHED, name="off")
    Webhook.objects.filter(pk=off.pk).update(enabled=False)

    put(1)

    assert [message.target for message in OutboxMessage.objects.all()] == [str(heard.pk)]


@pytest.mark.parametrize("status", [301, 302, 400, 500, 503])
def test_any_answer_but_two_hundred_is_tried_again_later(
    empty_site: Site, receiver: Receiver, clock: Clock, status: int
):
    listen(empty_site, receiver.url)
    put(1)
    receiver.status, receiver.body = status, b"busy " * 500

    assert deliver_due(Delivery(empty_site.home, clock)) == (0, 1)

    message = OutboxMessage.objects.get()
    assert (message.state, message.due_at - NOW) == (
        DeliveryState.WAITING,
        timedelta(seconds=15),
    )
    assert message.error.startswith(f"HTTP {status} busy")
    assert len(message.error) <= 500
    assert len(receiver.heard) == 1, "a redirect was followed"


def test_nobody_at_the_other_end_is_told(empty_site: Site, receiver: Receiver, clock: Clock):
    listen(empty_site, "http://127.0.0.1:1/")
    put(1)

    assert deliver_due(Delivery(empty_site.home, clock)) == (0, 1)

    assert "refused" in OutboxMessage.objects.get().error


def test_messages_arrive_in_order_although_the_first_fails_at_first(
    empty_site: Site, receiver: Receiver, clock: Clock
):
    listen(empty_site, receiver.url)
    put(1, 2, 3)
    delivery = Delivery(empty_site.home, clock)
    receiver.status = 500
    deliver_due(delivery)
    receiver.status = 200

    held_back = deliver_due(delivery)
    clock.now += timedelta(seconds=15)
    while deliver_due(delivery) != (0, 0):
        pass

    assert held_back == (0, 0)
    assert [each["number"] for each in receiver.data] == [1, 1, 2, 3]
    ids = [headers["powercx-id"] for headers, _ in receiver.heard]
    assert ids[0] == ids[1]


def test_a_message_that_never_arrives_is_dead_and_those_behind_it_go_on(
    empty_site: Site, receiver: Receiver, clock: Clock
):
    listen(empty_site, receiver.url)
    put(1, 2)
    delivery = Delivery(empty_site.home, clock)
    receiver.status = 500
    for _ in range(outbox.MOST_ATTEMPTS):
        assert deliver_due(delivery) == (0, 1)
        clock.now += outbox.LONGEST_WAIT
    receiver.status = 200
    deliver_due(delivery)

    states = {m.payload["number"]: m.state for m in OutboxMessage.objects.all()}
    assert states == {1: DeliveryState.DEAD, 2: DeliveryState.DELIVERED}

    dead = OutboxMessage.objects.filter(state=DeliveryState.DEAD)
    assert outbox.replay(messages=dead, actor=SYSTEM, at=clock.now) == 1
    deliver_due(delivery)
    assert receiver.data[-1] == {"number": 1}
    assert AuditEntry.objects.latest("seq").action == "replay"


def test_two_workers_do_not_deliver_one_message_both(empty_site: Site, receiver: Receiver):
    listen(empty_site, receiver.url)
    put(1)
    [first], [second] = outbox.heads(at=NOW), outbox.heads(at=NOW)

    assert (outbox.take(message=first, at=NOW), outbox.take(message=second, at=NOW)) == (
        True,
        False,
    )
    assert outbox.heads(at=NOW) == []
    # A worker that died with it: when its time is over another takes it.
    assert len(outbox.heads(at=NOW + outbox.LEASE)) == 1


def test_a_webhook_that_is_off_keeps_its_messages(
    empty_site: Site, receiver: Receiver, clock: Clock
):
    webhook, _ = listen(empty_site, receiver.url)
    put(1)
    Webhook.objects.filter(pk=webhook.pk).update(enabled=False)
    off = deliver_due(Delivery(empty_site.home, clock))
    Webhook.objects.filter(pk=webhook.pk).update(enabled=True)

    assert (off, deliver_due(Delivery(empty_site.home, clock))) == ((0, 0), (1, 0))


def test_a_new_secret_signs_from_then_on(empty_site: Site, receiver: Receiver, clock: Clock):
    webhook, old = listen(empty_site, receiver.url)
    ring = read_ring(empty_site.home)
    new = webhooks.rotate_secret(webhook=webhook, ring=ring, actor=SYSTEM, at=NOW)
    put(1)
    deliver_due(Delivery(empty_site.home, clock))

    [(headers, body)] = receiver.heard
    stamp = headers["powercx-timestamp"]
    assert headers["powercx-signature"] == webhooks.signature(new, stamp, body)
    assert headers["powercx-signature"] != webhooks.signature(old, stamp, body)


def test_a_task_given_up_is_told(empty_site: Site, receiver: Receiver):
    listen(empty_site, receiver.url, Event.TASK_FAILED)
    task = tasks.ask("tidy", at=NOW)
    claimed = records.claim(names=["tidy"], at=NOW)
    assert claimed is not None

    records.fail(task=claimed, error={"reference": "1"}, tries=2, at=NOW)
    tried_again = OutboxMessage.objects.count()
    claimed = records.claim(names=["tidy"], at=NOW + timedelta(hours=1))
    assert claimed is not None
    records.fail(task=claimed, error={"reference": "2"}, tries=2, at=NOW)

    assert tried_again == 0
    assert OutboxMessage.objects.get().payload == {
        "id": str(task.pk),
        "name": "tidy",
        "error": {"reference": "2"},
    }


def test_changed_targets_and_objectives_are_told(site: Site, receiver: Receiver):
    listen(site, receiver.url, Event.TARGET_CHANGED, Event.OBJECTIVE_CHANGED)
    person = site.person(Role.EXPERIENCE_MANAGER)
    asking = {
        "actor": Actor(person, person.username),
        "scope": scope_of(person, site.tree),
        "at": NOW,
    }
    aim = targets.Aim("csat", site.company, date(2026, 1, 1), None, 0.9)
    target = targets.set_target(aim=aim, **asking)
    targets.remove_target(target=target, version=target.version, **asking)
    objective = Objective.objects.create(
        statement="停电早知道",
        owner=person,
        org_id=site.company,
        starts_on=date(2026, 1, 1),
        ends_on=date(2026, 12, 31),
        created_at=NOW,
    )
    objectives.set_state(objective=objective, version=1, state=ObjectiveState.CLOSED, **asking)

    told = [(m.event, m.payload["action"]) for m in OutboxMessage.objects.order_by("pk")]
    assert told == [
        ("target.changed", "create"),
        ("target.changed", "remove"),
        ("objective.changed", "close"),
    ]


def test_loads_and_refreshes_are_told(
    home: Home, vault: OperationalVault, receiver: Receiver, clock: Clock
):
    listen(Site(home), receiver.url, Event.LOAD_FINISHED, Event.REFRESH_FINISHED)
    outbox.put_fact("org_unit", {"org_id": "north", "name": "北区"}, at=NOW)

    deliver_due(Delivery(home, clock))
    task = tasks.ask("refresh", at=NOW)
    tasks.run(tasks.Work(home, task, clock))
    runs.refresh_now(tasks.Work(home, task, clock))

    told = {m.event: m.payload for m in OutboxMessage.objects.filter(kind="webhook")}
    assert set(told) == {"load.finished", "refresh.finished"}
    assert (told["load.finished"]["table"], told["load.finished"]["loaded"]) == ("org_unit", 1)


def units(home: Home) -> OrgTree:
    refresh(home, at=NOW)
    return lake.tree(home)


def test_facts_reach_the_lake_in_one_load_and_twice_does_no_harm(
    home: Home, vault: OperationalVault, clock: Clock
):
    rows = [
        {"org_id": "root", "name": "公司"},
        {"org_id": "north", "name": "北区", "parent_id": "root"},
    ]
    for row in rows:
        outbox.put_fact("org_unit", row, at=NOW)

    first = deliver_due(Delivery(home, clock))
    # As if the worker had died between the load and its mark.
    OutboxMessage.objects.update(state=DeliveryState.WAITING)
    clock.now += outbox.LEASE
    second = deliver_due(Delivery(home, clock))

    assert (first, second) == ((2, 0), (2, 0))
    assert sorted(name for name in units(home).names if name in {"root", "north"}) == [
        "north",
        "root",
    ]
    assert list(home.staging.rglob("*.jsonl")) == []


def test_a_bug_in_delivering_is_told_by_a_number_and_ends_nothing(
    empty_site: Site, receiver: Receiver, clock: Clock, caplog: pytest.LogCaptureFixture
):
    listen(empty_site, receiver.url)
    outbox.put_to(outbox.Address("pigeon", "north"), "fact", {}, at=NOW)
    put(1)

    assert deliver_due(Delivery(empty_site.home, clock)) == (1, 1)

    message = OutboxMessage.objects.get(kind="pigeon")
    assert message.state == DeliveryState.WAITING
    assert caplog.records[-1].args[0] in message.error


def test_a_faulty_fact_is_dead_at_once_and_its_neighbours_arrive(
    home: Home, vault: OperationalVault, clock: Clock
):
    outbox.put_fact("org_unit", {"org_id": "root", "name": "公司"}, at=NOW)
    outbox.put_fact("org_unit", {"org_id": None, "name": "无编号"}, at=NOW)
    outbox.put_fact("org_unit", {"org_id": "east", "name": "东区"}, at=NOW)

    assert deliver_due(Delivery(home, clock)) == (2, 1)

    states = {m.payload["name"]: m.state for m in OutboxMessage.objects.all()}
    assert states == {"公司": "delivered", "无编号": "dead", "东区": "delivered"}
    assert OutboxMessage.objects.get(state="dead").error
