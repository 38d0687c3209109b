"""Pictures of the main pages for the READMEs: ``python -m tools.screenshots``.

Makes the demo, whose city is always the same, under ``build/screenshots``, serves it, and writes
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
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from playwright.sync_api import Browser, FilePayload, Page, sync_playwright

from powercx.jobs.demo import PASSWORD
from tools import browser

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
WORK = ROOT / "build" / "screenshots"
LARGEST = 250_000
LOCALES = {"zh": "zh-CN", "en": "en-US"}
FAULTY = """\
工单编号,客户编号,供电单位编号,工单类型,受理时间,完成时间,工单状态,回访评分
GD90000001,0300000001,B01S01,投诉,2025-12-03 09:12:00,2025-12-04 10:00:00,已完成,5
GD90000002,0300000002,B01S02,投诉,2025-12-03 09:15:00,2025-12-32 10:00:00,已完成,4
GD90000003,0300000003,B01S01,表扬信,2025-12-03 09:20:00,2025-12-04 11:30:00,已完成,9
"""


@dataclass(frozen=True)
class Shot:
    """One picture: ``before`` is done on the page once it is open."""

    name: str
    path: str
    who: str = "lin"
    language: str = "zh"
    width: int = 1440
    height: int = 900
    before: Callable[[Page], None] | None = None


def _upload(page: Page) -> None:
    """Send a file with faults, to the preview of how it is read."""
    file = FilePayload(name="投诉工单-12月.csv", mimeType="text/csv", buffer=FAULTY.encode())
    page.set_input_files("main input[type=file]", file)
    with page.expect_navigation(wait_until="networkidle"):
        page.click("main form button.primary")


def _first_link(page: Page) -> None:
    """Open the first record of a list."""
    with page.expect_navigation(wait_until="networkidle"):
        page.click("main tbody th a, main .panel h2 a")


SHOTS = (
    Shot("overview", "/"),
    Shot("overview-en", "/", language="en"),
    Shot("overview-phone", "/", width=375, height=812),
    Shot("measure", "/measures/complaint_rate/?period=2025Q4"),
    Shot("measure-phone", "/measures/complaint_rate/?period=2025Q4", width=375, height=812),
    Shot("explain", "/measures/complaint_rate/explain/?period=2025-12", height=1100),
    Shot("upload", "/data/uploads/", before=_upload),
    Shot("quarantine", "/data/quarantine/", before=_first_link),
    Shot("objective", "/objectives/", before=_first_link),
    Shot("audit", "/audit/", who="liang"),
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
    """The variables of the demo's home."""
    home = WORK / "home"
    environ = os.environ | {"POWERCX_HOME": str(home), "PYTHONPATH": str(ROOT / "src")}
    if not (WORK / "ready").exists():
        shutil.rmtree(WORK, ignore_errors=True)
        command = [sys.executable, "-m", "powercx", "demo", "--dir", str(WORK), "--no-serve"]
        subprocess.run(command, env=environ, check=True)
        (WORK / "ready").touch()
    return environ


@contextmanager
def _served(environ: dict[str, str]) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    powercx = [sys.executable, "-m", "powercx"]
    command = [*powercx, "serve", "--port", str(port), "--workers", "1", "--with-worker"]
    serve = subprocess.Popen(command, env=environ)
    try:
        while serve.poll() is None:
            with suppress(OSError), closing(HTTPConnection("localhost", port, timeout=5)) as asked:
                asked.request("GET", "/accounts/login/")
                asked.getresponse().close()
                break
            time.sleep(0.2)
        yield f"http://localhost:{port}"
    finally:
        serve.terminate()
        serve.wait(20)


def _take(chromium: Browser, address: str, shot: Shot) -> int:
    context = chromium.new_context(
        locale=LOCALES[shot.language],
        viewport={"width": shot.width, "height": shot.height},
        reduced_motion="reduce",
        timezone_id="Asia/Shanghai",
    )
    page = context.new_page()
    page.goto(f"{address}/accounts/login/")
    page.fill("#id_login", shot.who)
    page.fill("#id_password", PASSWORD)
    with page.expect_navigation(wait_until="networkidle"):
        page.press("#id_password", "Enter")
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
