"""The receiver that the guide to webhooks shows: takes what powercx sends, and nothing else."""

from __future__ import annotations

import http.client
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from support.site import Site

from powercx.apps.core.domain import outbox, webhooks
from powercx.apps.core.domain.audit import SYSTEM
from powercx.apps.core.domain.webhooks import Listener
from powercx.apps.core.enums import DeliveryState, Event
from powercx.apps.core.models import OutboxMessage
from powercx.apps.core.vault.keyring import read_ring
from powercx.jobs.delivery import Delivery, deliver_due

PAGE = Path(__file__).resolve().parents[2] / "docs" / "webhooks.md"
EVENTS = [Event.LOAD_FINISHED.value]


def now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def awaited(port: int) -> None:
    for _ in range(200):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise AssertionError("the receiver did not start")


@pytest.fixture
def shown(empty_site: Site, tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The receiver of the page, running with the secret of a webhook that sends to it."""
    port = free_port()
    url = f"http://127.0.0.1:{port}/"
    _, secret = webhooks.create(
        listener=Listener("shown", url, EVENTS),
        ring=read_ring(empty_site.home),
        actor=SYSTEM,
        at=now(),
    )
    [code] = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    program = tmp_path / "receiver.py"
    program.write_text(code, "utf-8")
    running = subprocess.Popen(
        [sys.executable, str(program)],
        env={**os.environ, "WEBHOOK_SECRET": secret, "PORT": str(port)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    awaited(port)
    yield url, running
    running.kill()
    if running.stdout and not running.stdout.closed:
        running.communicate()


def test_the_receiver_shown_takes_a_message_once(
    empty_site: Site, shown: tuple[str, subprocess.Popen[str]]
):
    _, running = shown
    outbox.put(Event.LOAD_FINISHED, {"table": "bill"}, at=now())

    assert deliver_due(Delivery(empty_site.home, now)) == (1, 0)
    OutboxMessage.objects.update(state=DeliveryState.WAITING, due_at=now())
    assert deliver_due(Delivery(empty_site.home, now)) == (1, 0)

    running.kill()
    said, _ = running.communicate()
    assert said.splitlines() == ["load.finished {'table': 'bill'}"]


def test_the_receiver_shown_refuses_what_is_old_or_not_signed(
    empty_site: Site, shown: tuple[str, subprocess.Popen[str]]
):
    url, _ = shown
    outbox.put(Event.LOAD_FINISHED, {"table": "bill"}, at=now())
    link = http.client.HTTPConnection(urlsplit(url).netloc, timeout=5)
    link.request("POST", "/", b"{}", {"Powercx-Timestamp": "1", "Powercx-Signature": "v1=0"})
    forged = link.getresponse().status
    link.close()

    old = deliver_due(Delivery(empty_site.home, lambda: now() + timedelta(hours=1)))

    assert (forged, old) == (401, (0, 1))
    assert OutboxMessage.objects.get().error == "HTTP 401"
