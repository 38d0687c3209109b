"""Pages of a real server, signed in: how long each takes, one request after the other."""

from __future__ import annotations

import http.client
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from benchmarks import city
from benchmarks.city import Size
from benchmarks.plan import Bench
from benchmarks.processes import ROOT, Failed, measure
from benchmarks.report import Line, Section
from powercx.base.home import VARIABLE, Home

_LIMIT_MS = 300.0
_WARM, _TIMES = 10, 100
_PATIENCE_S = 120
_OK, _FOUND = 200, 302
_PAGES = {
    "overview": "/",
    "measures, all of them": "/measures/",
    "one measure": "/measures/connection_on_time/",
    "one measure, explained": "/measures/connection_on_time/explain/",
    "data": "/data/",
    "objectives": "/objectives/",
}


class _Browser:
    """One connection that is kept, with its cookies."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("localhost", port, timeout=60)
        self._cookies: dict[str, str] = {}

    def ask(self, path: str, form: Mapping[str, str] | None = None) -> tuple[int, str]:
        """Status and body of an answer, or the address that it leads to."""
        headers = {"Cookie": "; ".join(f"{k}={v}" for k, v in self._cookies.items())}
        if form is not None:
            headers |= {"Content-Type": "application/x-www-form-urlencoded"}
        body = urlencode(form) if form is not None else None
        self._connection.request("GET" if form is None else "POST", path, body, headers)
        answer = self._connection.getresponse()
        text = answer.read().decode()
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = cookie.partition(";")[0].partition("=")
            self._cookies[name] = value
        return answer.status, answer.headers.get("Location") or text

    def close(self) -> None:
        self._connection.close()


def pages(bench: Bench) -> Section:
    """Item 6: the main pages over a city, each asked for again and again."""
    customers = bench.scale.pages
    home = bench.city(Size(customers))
    if not city.results(home).exists():
        measure("refresh", home=home.path, full=True)
    ready = measure("ready", home=home.path)
    with _server(home) as port:
        browser = _Browser(port)
        try:
            _sign_in(browser, ready.said["username"], ready.said["password"])
            found = {name: _timed(browser, path) for name, path in _PAGES.items()}
        finally:
            browser.close()
    lines = tuple(
        Line(
            name,
            f"p50 {statistics.median(times):.0f} ms, p95 {_percentile(times, 95):.0f} ms",
            "",
            "",
            f"p95 {_LIMIT_MS:.0f} ms",
            _percentile(times, 95) < _LIMIT_MS,
        )
        for name, times in found.items()
    )
    how = (
        f"{customers:,} customers, a year; powercx serve with two workers, signed in as experience "
        f"manager, one request after the other over one connection, {_TIMES} times after {_WARM} "
        "to warm up; client and server share the machine."
    )
    before = (
        f"Before: {ready.said['figures']:,} figures remembered in {ready.seconds:.1f} s, as a "
        "nightly run does."
    )
    return Section("Pages", lines, (how, before))


def _timed(browser: _Browser, path: str) -> list[float]:
    """Milliseconds of each request once the page is warm."""
    times = []
    for number in range(_WARM + _TIMES):
        began = time.perf_counter()
        status, text = browser.ask(path)
        took = (time.perf_counter() - began) * 1000
        if status != _OK:
            raise Failed(f"{path} answered {status}: {text[:200]}")
        if number >= _WARM:
            times.append(took)
    return times


def _percentile(times: list[float], share: int) -> float:
    return statistics.quantiles(times, n=100, method="inclusive")[share - 1]


def _sign_in(browser: _Browser, username: str, password: str) -> None:
    _, page = browser.ask("/accounts/login/")
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    form = {
        "login": username,
        "password": password,
        "csrfmiddlewaretoken": token[1] if token else "",
    }
    status, leads = browser.ask("/accounts/login/", form)
    if status != _FOUND or "login" in urlsplit(leads).path:
        raise Failed(f"signing in answered {status}")


@contextmanager
def _server(home: Home) -> Iterator[int]:
    """``powercx serve`` over the home, once it answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command = [sys.executable, "-m", "powercx", "serve", "--port", str(port), "--workers", "2"]
    path = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    environ = {**os.environ, "PYTHONPATH": path, VARIABLE: str(home.path)}
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            command, env=environ, cwd=Path(ROOT), stdout=said, stderr=subprocess.STDOUT
        )
        try:
            _await(process, port)
            yield port
        except (Failed, OSError):
            said.seek(0)
            sys.stderr.write(said.read().decode())
            raise
        finally:
            process.terminate()
            process.wait()


def _await(process: subprocess.Popen[bytes], port: int) -> None:
    end = time.monotonic() + _PATIENCE_S
    while time.monotonic() < end and process.poll() is None:
        browser = _Browser(port)
        try:
            if browser.ask("/accounts/login/")[0] == _OK:
                return
        except OSError:
            time.sleep(0.2)
        finally:
            browser.close()
    raise Failed("the server did not come up")
