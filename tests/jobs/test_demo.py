"""The demo makes people who can sign in, targets for its overview, and serves until Ctrl+C."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import time
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.contrib.auth.password_validation import validate_password
from support import terminal

from powercx.apps.core.enums import Role
from powercx.apps.core.models import AuditEntry, Objective, Person, Target
from powercx.base.errors import UserError
from powercx.cli.main import main
from powercx.cli.ports import free_port
from powercx.jobs.demo import PASSWORD, DemoCity, run_demo

AT = datetime(2026, 3, 2, 4, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[2]


def test_a_real_home_gets_none_of_the_demos_people(home, environ):
    main(["init"], environ)

    assert not Person.objects.exists()


def test_a_port_that_is_taken_is_passed_over():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        assert free_port(port) > port


def test_when_every_port_is_taken_the_user_is_told(monkeypatch):
    def refuse(self, address):
        raise OSError(address)

    monkeypatch.setattr(socket.socket, "bind", refuse)
    with pytest.raises(UserError) as told:
        free_port(8000)

    assert told.value.params == {"first": 8000, "last": 8020}


def test_the_demo_serves_until_ctrl_c_and_a_second_one_works(environ, tmp_path):
    if "DATABASE_URL" in environ:
        pytest.skip("a second demo would meet the people of the first in one database")
    told, answer, code, errors = served(environ, tmp_path / "demo")

    city = DemoCity(customers=200, months=1, seed=3)
    report = run_demo(tmp_path / "demo", city, environ=environ, at=AT, tell=_silent)

    assert (answer, code) == (200, 0)
    assert "Traceback" not in errors
    assert {each["role"] for each in told["accounts"]} == set(Role)
    for each in report.accounts:
        person = Person.objects.get(username=each.username)
        assert (person.check_password(PASSWORD), person.must_change) == (True, False)
        validate_password(PASSWORD, person)
    bureau = {each.role for each in report.accounts if each.org}
    assert bureau == {Role.ORG_MANAGER, Role.ACCOUNT_MANAGER, Role.AGENT}
    targets = Target.objects.filter(measure="connection_on_time").order_by("org_id")
    assert [(t.set_by.username, t.value) for t in targets] == [("lin", 0.97), ("lin", 0.95)]
    assert AuditEntry.objects.filter(record_type="target", actor="lin").count() > 0
    assert [o.targets.count() for o in Objective.objects.filter(owner__username="zhou")] == [2]


def served(environ, folder):
    """What the demo told, how its pages answered, and how it ended after Ctrl+C."""
    size = ["--customers", "200", "--months", "1", "--port", str(free_port(19500)), "--json"]
    process = subprocess.Popen(
        terminal.powercx("demo", "--dir", str(folder), *size),
        env={**os.environ, **environ, "PYTHONPATH": str(ROOT / "src")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    with process:
        try:
            lines = []
            while not lines or lines[-1] != b"}\n":
                lines.append(process.stdout.readline())
                assert lines[-1], process.stderr.read().decode()
            told = json.loads(b"".join(lines))
            answer = _asked(told["address"])
            os.killpg(process.pid, signal.SIGINT)
            return told, answer, process.wait(90), process.stderr.read().decode()
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def _silent(what, share):
    del what, share


def _asked(address):
    for _ in range(300):
        try:
            with urllib.request.urlopen(f"{address}accounts/login/", timeout=10) as answer:
                return answer.status
        except OSError:
            time.sleep(0.3)
    return None
