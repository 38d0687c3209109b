"""A working day by keyboard alone, in both languages, on a desk and in the hand."""

from __future__ import annotations

import io
import itertools
import re
import zipfile
from pathlib import Path

import pytest
from browser.conftest import People, Visitor
from browser.keyboard import Keyboard
from playwright.sync_api import Locator
from support import staff

pytestmark = pytest.mark.e2e
MEASURE = "complaint_rate"
DESK, HAND = 1440, 375
HEAD = "工单编号,客户编号,供电单位编号,工单类型,受理时间,工单状态,回访评分"
_PATIENCE = 90
_runs = itertools.count(1)


def _number(text: str) -> float | None:
    found = re.search(r"-?[\d,]*\d(?:\.\d+)?", text)
    return float(found[0].replace(",", "")) if found else None


class Day(Keyboard):
    """The steps of the day, each on the page that the one before led to."""

    def __init__(self, visitor: Visitor) -> None:
        super().__init__(visitor.page)
        self.visitor = visitor
        # A listener from the first makes the browser ask us for files before a key can be pressed.
        self.page.on("filechooser", lambda _: None)

    def at(self, selector: str) -> Locator:
        return self.page.locator(selector)

    def open(self, path: str) -> None:
        """Go to a page by the navigation, which a small screen keeps behind a button."""
        rail = self.at("[data-open-rail]")
        if rail.is_visible():
            self.press(rail)
        self.follow(self.at(f"nav.rail a[href^='{path}']"))

    def sign_in(self, username: str) -> None:
        self.visitor.go("/accounts/login/")
        self.type(self.at("#id_login"), username)
        self.type(self.at("#id_password"), staff.PASSWORD)
        self.send()

    def worst_unit(self) -> str:
        """Follow the unit with the highest value beneath the one that is shown; its id."""
        worst, highest = None, -1.0
        for row in self.at("#ranking table").last.locator("tbody tr").all():
            value = _number(row.locator("td.num").first.inner_text())
            if value is not None and value > highest:
                worst, highest = row.locator("th a").first, value
        assert worst is not None
        address = worst.get_attribute("href") or ""
        self.follow(worst)
        return re.findall(r"org=([\w-]+)", address)[0]

    def count(self) -> float:
        """How many complaints there are, as the page that explains the figure tells."""
        found = _number(self.at("main .figure .value").first.inner_text())
        assert found is not None
        return found

    def wait_for_task(self) -> None:
        """Until the task that a page shows is done; the page tells it by itself."""
        self.page.wait_for_selector("#task .tag.fine", timeout=_PATIENCE * 1000)

    def saved(self, target: Locator, folder: Path) -> bytes:
        """Follow a link that gives a file, and what the file holds."""
        self.reach(target)
        with self.page.expect_download() as download:
            self.page.keyboard.press("Enter")
        file = folder / download.value.suggested_filename
        download.value.save_as(file)
        return file.read_bytes()

    def to_the_worst_station(self) -> str:
        """From the measure of the whole company to its worst unit and that one's; its id."""
        self.open("/measures/")
        self.follow(self.at(f"main a[href^='/measures/{MEASURE}/']"))
        self.worst_unit()
        return self.worst_unit()

    def down_to_the_rows(self) -> None:
        """The rows that the figure stands on, and back."""
        self.follow(self.at("main a.primary[href*='/explain/']"))
        assert self.at("main tbody tr").count() > 0
        self.follow(self.at("main a.primary"))

    def set_a_target(self) -> None:
        self.follow(self.at(f"main a[href^='/measures/{MEASURE}/targets/']"))
        self.follow(self.at(f"main a[href^='/measures/{MEASURE}/target/']"))
        self.type(self.at("#id_value"), "1.5")
        self.follow(self.at("main form button.primary"))
        assert self.at("main [role=status]").count() == 1

    def send_a_file(self, name: str, rows: list[str]) -> None:
        """Upload and load it; ends on its report."""
        self.open("/data/")
        self.follow(self.at("main a[href^='/data/uploads/']"))
        self.reach(self.at("main input[type=file]"))
        with self.page.expect_file_chooser() as chooser:
            self.page.keyboard.press("Space")
        content = "\n".join([HEAD, *rows, ""]).encode()
        chooser.value.set_files({"name": name, "mimeType": "text/csv", "buffer": content})
        self.follow(self.at("main form button.primary"))
        self.follow(self.at("main form[action$='/load/'] button.primary"))
        self.wait_for_task()
        self.follow(self.at("#task a.primary"))

    def mend(self, value: str) -> None:
        """Write ``value`` where a row that was set aside has a fault, and load it."""
        self.follow(self.at("main a[href^='/data/quarantine/']"))
        self.type(self.at("main input[aria-invalid=true]"), value)
        self.follow(self.at("main button[value=reload]"))
        self.wait_for_task()

    def refresh(self) -> None:
        self.open("/data/")
        self.follow(self.at("main form[action^='/data/refresh/'] button"))
        self.wait_for_task()


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("width", [DESK, HAND])
def test_a_day_by_keyboard(people: People, tmp_path: Path, language: str, width: int):
    day = Day(people.someone(language=language, width=width))
    day.sign_in("experience_manager")

    station = day.to_the_worst_station()
    there, before = day.page.url, day.count()
    month = day.at("select[name=period]").input_value()
    day.down_to_the_rows()
    day.set_a_target()

    run = next(_runs)
    good = f"K{run}01,,{station},投诉,{month}-05 09:01:00,已完成,5"
    faulty = f"K{run}02,,{station},投诉,{month}-05 09:02:00,已完成,99"
    day.send_a_file(f"service_order_{run}.csv", [good, faulty])
    day.mend("5")
    day.refresh()

    day.visitor.go(there.removeprefix(day.visitor.address))
    assert day.count() > before
    book = day.saved(day.at("main a[href*='figures.xlsx']"), tmp_path)
    picture = day.saved(day.at("main a[href*='.png']"), tmp_path)
    assert zipfile.ZipFile(io.BytesIO(book)).testzip() is None
    assert picture.startswith(b"\x89PNG\r\n")
