"""A served city and a headless Chromium that takes note of everything that goes wrong in it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from support import staff

from powercx.base.home import Home
from tools import browser

ROOT = Path(__file__).resolve().parents[2]
LOCALES = {"zh": "zh-CN", "en": "en-US"}
SPOKEN = {"zh": "zh-Hans", "en": "en"}


@dataclass(frozen=True)
class Server:
    """``powercx serve`` over a home of its own."""

    address: str
    home: Path


@dataclass
class Visitor:
    """Someone at a browser; ``troubles`` is what the console and the network complained of."""

    page: Page
    address: str
    troubles: list[str] = field(default_factory=list)

    def go(self, path: str) -> int:
        answer = self.page.goto(self.address + path)
        self.page.wait_for_load_state("networkidle")
        return answer.status if answer else 0

    def sign_in(self, username: str) -> None:
        self.go("/accounts/login/")
        self.page.fill("#id_login", username)
        self.page.fill("#id_password", staff.PASSWORD)
        self.page.press("#id_password", "Enter")
        self.page.wait_for_load_state("networkidle")


class People:
    """Makes visitors, each with cookies of their own."""

    def __init__(self, chromium: Browser, address: str, after: ExitStack) -> None:
        self._chromium, self._address, self._after = chromium, address, after
        self.visitors: list[Visitor] = []

    def someone(
        self, username: str = "", *, language: str = "zh", width: int = 1440, height: int = 900
    ) -> Visitor:
        context = self._chromium.new_context(
            locale=LOCALES[language],
            viewport={"width": width, "height": height},
            reduced_motion="reduce",
        )
        self._after.callback(context.close)
        visitor = Visitor(context.new_page(), self._address)
        _listen(visitor)
        self.visitors.append(visitor)
        if username:
            visitor.sign_in(username)
        return visitor


def _listen(visitor: Visitor) -> None:
    page, troubles = visitor.page, visitor.troubles
    page.on(
        "console",
        lambda m: m.type in {"error", "warning"} and troubles.append(f"{page.url}: {m.text}"),
    )
    page.on("pageerror", lambda error: troubles.append(f"{page.url}: {error}"))
    page.on("requestfailed", lambda r: _is_ours(r) and troubles.append(f"{r.url}: {r.failure}"))
    # What a policy refuses without a word in the console is noted by the page itself.
    page.add_init_script(
        "document.addEventListener('securitypolicyviolation',"
        " e => console.error('policy', e.violatedDirective, e.blockedURI, e.sourceFile))"
    )


def _is_ours(request: object) -> bool:
    """A page left before its pictures came, or a file that is saved, is no failure."""
    return "ERR_ABORTED" not in str(getattr(request, "failure", ""))


@pytest.fixture(scope="session")
def server(city_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The city loaded by the commands and served; what a test changes stays for the next."""
    home = tmp_path_factory.mktemp("served") / "home"
    environ = {k: v for k, v in os.environ.items() if k != "DATABASE_URL"}
    environ |= {"POWERCX_HOME": str(home), "PYTHONPATH": f"{ROOT / 'src'}:{ROOT / 'tests'}"}
    exports = str(city_home.path.parent / "city" / "exports")
    for words in (["init"], ["load", exports], ["refresh"]):
        powercx = [sys.executable, "-m", "powercx", *words]
        subprocess.run(powercx, env=environ, check=True, capture_output=True)
    subprocess.run([sys.executable, staff.__file__], env=environ, check=True)
    port = _free_port()
    command = [sys.executable, "-m", "powercx", "serve", "--port", str(port)]
    command += ["--workers", "1", "--with-worker"]
    with (home / "serve.log").open("w") as log:
        process = subprocess.Popen(command, env=environ, stdout=log, stderr=log)
    try:
        _wait_for(port, process, home / "serve.log")
        yield Server(f"http://localhost:{port}", home)
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    found = browser.find()
    if found is None:
        pytest.skip(browser.WITHOUT)
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=str(found), args=browser.options())
        yield made
        made.close()


@pytest.fixture
def people(chromium: Browser, server: Server) -> Iterator[People]:
    """Visitors of the server; at the end nothing may have gone wrong in their browsers."""
    with ExitStack() as after:
        made = People(chromium, server.address, after)
        yield made
        troubles = [trouble for visitor in made.visitors for trouble in visitor.troubles]
    assert troubles == []


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("localhost", 0))
        return int(found.getsockname()[1])


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(300):
        if process.poll() is not None:
            break
        try:
            with closing(HTTPConnection("localhost", port, timeout=5)) as asked:
                asked.request("GET", "/accounts/login/")
                asked.getresponse().close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"the server did not start:\n{log.read_text('utf-8')}")
