"""A visitor without a mouse: Tab, arrows, Enter and letters only."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Locator, Page

MOST_TABS = 400
_IS_FOCUSED = "element => element === document.activeElement"


@dataclass
class Keyboard:
    """Reaches what it is told to by Tab alone, as someone who cannot use a mouse does."""

    page: Page

    def reach(self, target: Locator) -> None:
        """Press Tab until ``target`` has the focus; it must then be seen that it has."""
        wanted = target.first
        wanted.wait_for(state="visible")
        for _ in range(MOST_TABS):
            if wanted.evaluate(_IS_FOCUSED):
                break
            self.page.keyboard.press("Tab")
        else:
            raise AssertionError(f"{target} cannot be reached by Tab")
        seen = wanted.evaluate("element => getComputedStyle(element).outlineStyle")
        assert seen != "none", f"{target}: it cannot be seen that it has the focus"

    def press(self, target: Locator) -> None:
        """Reach a button that stays on the page and press Enter."""
        self.reach(target)
        self.page.keyboard.press("Enter")

    def follow(self, target: Locator) -> None:
        """Reach a link or the button of a form, and come to the page that it leads to."""
        self.reach(target)
        self.send()

    def send(self) -> None:
        """Press Enter where one is, and come to the next page."""
        with self.page.expect_navigation(wait_until="networkidle"):
            self.page.keyboard.press("Enter")

    def type(self, target: Locator, text: str) -> None:
        """Reach a field and write over what it holds."""
        self.reach(target)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)

    def choose(self, target: Locator, value: str) -> None:
        """Reach a list and press arrows until ``value`` is chosen."""
        self.reach(target)
        values = target.first.evaluate("list => [...list.options].map(option => option.value)")
        at = values.index(target.first.input_value())
        steps = values.index(value) - at
        for _ in range(abs(steps)):
            self.page.keyboard.press("ArrowDown" if steps > 0 else "ArrowUp")
        assert target.first.input_value() == value
