"""Ten minutes of everything a visitor could do, in an order that nobody thought of. `python3 run.py test --all`."""

from __future__ import annotations

import random
import time

import pytest

from kdviz.pages.catalogue import CATALOGUE
from tests.support.tab import Tab
from tools.browsing import LIVE

SECONDS = 600
JUNK = ["NaN", "1e999", "-1", "", "abc", "0", "∞", "1,5", "9" * 80, "<b>x</b>", "−2", "1e-400", "\u202e7"]


class Hand:
    """A hand that does something at random on a page."""

    def __init__(self, tab: Tab, seed: int) -> None:
        self.tab, self.page, self.chance = tab, tab.page, random.Random(seed)

    def one(self, selector: str):
        """Return one visible element of a kind, None where there is none."""
        found = [item for item in self.page.locator(selector).all() if item.is_visible() and item.is_enabled()]
        return self.chance.choice(found) if found else None

    def slide(self) -> None:
        """Move a slider by keys."""
        if slider := self.one(".kd-range"):
            for _ in range(self.chance.randint(1, 15)):
                slider.press(self.chance.choice(["ArrowLeft", "ArrowRight", "PageUp", "PageDown", "Home", "End"]))

    def type(self) -> None:
        """Type something into a box."""
        if box := self.one(".kd-box"):
            box.fill(self.chance.choice([*JUNK, str(self.chance.uniform(-50, 50))]))
            box.press("Enter")

    def choose(self) -> None:
        """Choose another item of a list."""
        if field := self.one(".kd select"):
            field.select_option(index=self.chance.randrange(field.locator("option").count()))

    def click(self) -> None:
        """Press a button or a check box, or open something; an open menu lies over other things and is closed first."""
        if menu := self.one(".kd-export[open] > summary"):
            return menu.click(timeout=5000)
        if button := self.one(
            ".kd summary, .kd input[type=checkbox], .kd .kd-reset, .kd .kd-option, .kd .kd-legend button"
        ):
            button.click(timeout=5000)

    def resize(self) -> None:
        """Make the window another one."""
        self.page.set_viewport_size({"width": self.chance.randint(320, 1600), "height": self.chance.randint(400, 1100)})

    def reload(self) -> None:
        """Load the page anew."""
        self.page.reload()
        self.page.wait_for_selector(LIVE, timeout=60_000)

    def leave(self) -> None:
        """Go to another page."""
        self.tab.open(
            self.chance.choice(list(CATALOGUE)), f"T={self.chance.randint(-5, 200)}&K={self.chance.choice(JUNK[:5])}"
        )


@pytest.mark.slow
@pytest.mark.timeout(SECONDS + 300)
def test_random_use_raises_no_error_in_the_console_and_leaves_a_page_that_answers(tab: Tab) -> None:
    seed = random.randrange(2**32)
    hand = Hand(tab.open("02_gradient_gap"), seed)
    habits = {
        hand.slide: 30,
        hand.type: 20,
        hand.choose: 8,
        hand.click: 15,
        hand.resize: 3,
        hand.reload: 1,
        hand.leave: 1,
    }
    until, done = time.monotonic() + SECONDS, 0
    while time.monotonic() < until:
        (act,) = hand.chance.choices(list(habits), list(habits.values()))
        act()
        done += 1
        assert tab.seen.errors == [], f"seed {seed}, after {done} acts: {act.__name__}"
        assert tab.page.locator("#kd-banner").is_hidden(), f"seed {seed}, after {done} acts"
    tab.settle()
    print(f"{done} acts, seed {seed}")
