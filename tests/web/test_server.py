"""The real server: headers, compressed files, sessions over a restart, and how it stops."""

from __future__ import annotations

import contextlib
import gzip
import os
import re
import signal
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.message import Message
from http.cookiejar import CookieJar
from pathlib import Path

import pytest
from support import terminal

from powercx.apps.core.bootstrap import start
from powercx.apps.core.domain import people
from powercx.apps.core.domain.audit import SYSTEM
from powercx.apps.core.enums import Role
from powercx.apps.core.rules import Grant
from powercx.cli.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "correct-horse-battery"  # noqa: S105 - of a person who exists in tests only
PATIENCE_S = 90


@contextmanager
def server(environ: dict[str, str], *words: str) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """``powercx serve`` as a group of its own, as a terminal starts it, once it answers."""
    port = free_port(18500 + os.getpid() % 1000)
    command = terminal.powercx("serve", "--port", str(port), "--workers", "2")
    process = subprocess.Popen(
        [*command, *words],
        env={**os.environ, **environ, "PYTHONPATH": str(ROOT / "src")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    address = f"http://localhost:{port}"
    try:
        _await(process, address)
        yield process, address
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _await(process: subprocess.Popen[bytes], address: str) -> None:
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        assert process.poll() is None
        try:
            urllib.request.urlopen(f"{address}/accounts/login/", timeout=5).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise AssertionError("the server did not come up")


@pytest.fixture
def people_of(home, environ):
    """A home in which one person can sign in."""
    start(home, environ)
    people.create_person(
        particulars=people.Particulars("lin", "林静"),
        grants=[Grant(Role.EXECUTIVE)],
        password=PASSWORD,
        actor=SYSTEM,
        at=datetime(2026, 2, 1, 8, tzinfo=UTC),
        must_change=False,
    )
    return home


def get(url: str, **headers: str) -> tuple[Message, bytes]:
    """Headers and body of an answer, whatever its status."""
    request = urllib.request.Request(
        url, headers={k.replace("_", "-"): v for k, v in headers.items()}
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            error.headers["Status"] = str(error.code)
            return error.headers, error.read()


def browser() -> urllib.request.OpenerDirector:
    return urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))


def sign_in(opener: urllib.request.OpenerDirector, address: str) -> str:
    login = f"{address}/accounts/login/"
    with opener.open(login) as answer:
        page = answer.read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[1]
    form = {"login": "lin", "password": PASSWORD, "csrfmiddlewaretoken": token}
    request = urllib.request.Request(login, urllib.parse.urlencode(form).encode())
    request.add_header("Referer", login)
    with opener.open(request) as answer:
        return answer.url


def test_a_session_outlives_a_restart_and_ctrl_c_ends_it_at_once(people_of, environ):
    opener = browser()
    with server(environ) as (process, address):
        landed = sign_in(opener, address)
        os.killpg(process.pid, signal.SIGINT)
        code = process.wait(PATIENCE_S)
    with server(environ, "--with-worker") as (process, again):
        with opener.open(again) as answer:
            still = answer.url
        os.killpg(process.pid, signal.SIGINT)
        code_with_worker = process.wait(PATIENCE_S)

    assert "login" not in landed
    assert "login" not in still
    assert (code, code_with_worker) == (0, 0)


def test_a_request_under_way_is_answered_when_the_server_is_told_to_stop(people_of, environ):
    with server(environ) as (process, address):
        os.kill(process.pid, signal.SIGTERM)
        code = process.wait(PATIENCE_S)
        with pytest.raises(OSError, match="refused"):
            urllib.request.urlopen(address, timeout=5)

    assert code == 0


def test_large_scripts_go_out_compressed_and_are_not_asked_for_again(people_of, environ):
    with server(environ) as (_, address):
        url = f"{address}/static/vendor/vega.js"
        plain, whole = get(url)
        packed, small = get(url, Accept_Encoding="br, gzip")
        unchanged, _ = get(url, If_None_Match=packed["ETag"])

    assert plain["Content-Encoding"] is None
    assert packed["Content-Encoding"] == "gzip"
    assert packed["Vary"] == "Accept-Encoding"
    assert packed["Cache-Control"] == "max-age=86400, public"
    assert gzip.decompress(small) == whole
    assert len(small) < len(whole) / 2
    assert unchanged["Status"] == "304"


def test_pages_carry_their_security_headers(people_of, environ):
    with server(environ) as (_, address):
        headers, _ = get(f"{address}/accounts/login/")

    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    cookies = headers.get_all("Set-Cookie")
    assert cookies
    assert all("SameSite=Lax" in cookie for cookie in cookies)
    assert not any("Secure" in cookie for cookie in cookies)
    assert headers["Strict-Transport-Security"] is None


def test_behind_https_cookies_are_secure_and_browsers_told_to_stay(people_of, environ):
    with server({**environ, "POWERCX_HTTPS": "1"}) as (_, address):
        headers, _ = get(f"{address}/accounts/login/", X_Forwarded_Proto="https")

    cookies = headers.get_all("Set-Cookie")
    assert cookies
    assert all("Secure" in cookie for cookie in cookies)
    assert headers["Strict-Transport-Security"] == "max-age=31536000"


def test_a_host_that_was_not_named_is_refused(people_of, environ):
    with server(environ) as (_, address):
        refused, _ = get(address, Host="elsewhere.example")

    assert refused["Status"] == "400"
