"""Pictures of the main pages for the READMEs: ``python -m tools.screenshots``.

Simulates a city of a fixed seed under ``build/screenshots``, serves it, and writes
``docs/images``. A second call uses the city of the first.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tools import browser

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
WORK = ROOT / "build" / "screenshots"
STAFF = ROOT / "tests" / "support" / "staff.py"
PASSWORD = "correct-horse-battery"  # noqa: S105 - of people who exist in this city only
LARGEST = 250_000
LOCALES = {"zh": "zh-CN", "en": "en-US"}
FAULTY = """\
工单编号,客户编号,供电单位编号,工单类型,受理时间,办结时间,满意度
GD90000001,0300000001,B01S01,投诉,2025-12-03 09:12:00,2025-12-04 10:00:00,5
GD90000002,0300000002,B01S09,投诉,2025-12-03 09:15:00,2025-12-32 10:00:00,4
GD90000003,0300000003,B01S01,表扬信,2025-12-03 09:20:00,2025-12-04 11:30:00,9
"""


@dataclass(frozen=True)
class Shot:
    """One picture: ``before`` is done on the page once it is open."""

    name: str
    path: str
    role: str = "experience_manager"
    language: str = "zh"
    width: int = 1440
    height: int = 900
    before: Callable[[Page], None] | None = None


def _upload(page: Page) -> None:
    """Send a file with faults and wait for what is said of it."""
    page.set_input_files(
        "input[type=file]",
        {"name": "service_order.csv", "mimeType": "text/csv", "buffer": FAULTY.encode()},
    )
    page.click("main form button.primary")
    page.wait_for_load_state("networkidle")


def _first_link(selector: str) -> Callable[[Page], None]:
    def follow(page: Page) -> None:
        page.click(selector)
        page.wait_for_load_state("networkidle")

    return follow


SHOTS = (
    Shot("overview", "/"),
    Shot("overview-en", "/", language="en"),
    Shot("overview-375", "/", width=375, height=812),
    Shot("measure", "/measures/complaint_rate/?period=2025Q4"),
    Shot("measure-375", "/measures/complaint_rate/?period=2025Q4", width=375, height=812),
    Shot("explain", "/measures/complaint_rate/explain/?period=2025-12"),
    Shot("upload", "/data/uploads/", before=_upload),
    Shot("quarantine", "/data/quarantine/", before=_first_link("main td a")),
    Shot("objectives", "/objectives/"),
    Shot("audit", "/audit/", role="auditor"),
)


def main(args: list[str]) -> int:
    wanted = [shot for shot in SHOTS if not args or shot.name in args]
    found = browser.find()
    if found is None:
        print(browser.WITHOUT, file=sys.stderr)
        return 1
    IMAGES.mkdir(parents=True, exist_ok=True)
    with _served(_city()) as address, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(found), args=browser.options())
        sizes = {shot.name: _take(chromium, address, shot) for shot in wanted}
        chromium.close()
    for name, size in sizes.items():
        print(f"{name}: {size / 1000:.0f} kB{' TOO LARGE' if size > LARGEST else ''}")
    return int(any(size > LARGEST for size in sizes.values()))


def _city() -> dict[str, str]:
    """The variables of a home with the city in it and someone of every role."""
    home = WORK / "home"
    environ = os.environ | {"POWERCX_HOME": str(home), "PYTHONPATH": f"{ROOT / 'src'}"}
    if not (WORK / "ready").exists():
        shutil.rmtree(WORK, ignore_errors=True)
        command = [sys.executable, "-m", "powercx", "demo", "--dir", str(WORK), "--seed", "1"]
        subprocess.run(command, env=environ, check=True)
        subprocess.run([sys.executable, str(STAFF)], env=environ, check=True)
        (WORK / "ready").touch()
    return environ


@contextmanager
def _served(environ: dict[str, str]) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    powercx = [sys.executable, "-m", "powercx"]
    serve = subprocess.Popen([*powercx, "serve", "--port", str(port)], env=environ)
    work = subprocess.Popen([*powercx, "worker"], env=environ)
    try:
        while serve.poll() is None:
            with suppress(OSError):
                asked = HTTPConnection("localhost", port, timeout=5)
                asked.request("GET", "/accounts/login/")
                asked.close()
                break
            time.sleep(0.2)
        yield f"http://localhost:{port}"
    finally:
        for process in (serve, work):
            process.terminate()
            process.wait(20)


def _take(chromium: Browser, address: str, shot: Shot) -> int:
    context = chromium.new_context(
        locale=LOCALES[shot.language],
        viewport={"width": shot.width, "height": shot.height},
        reduced_motion="reduce",
        timezone_id="Asia/Shanghai",
    )
    page = context.new_page()
    page.goto(f"{address}/accounts/login/")
    page.fill("#id_login", shot.role)
    page.fill("#id_password", PASSWORD)
    page.press("#id_password", "Enter")
    page.wait_for_load_state("networkidle")
    page.goto(address + shot.path)
    page.wait_for_load_state("networkidle")
    if shot.before is not None:
        shot.before(page)
    file = IMAGES / f"{shot.name}.png"
    page.screenshot(path=str(file))
    context.close()
    return file.stat().st_size


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
