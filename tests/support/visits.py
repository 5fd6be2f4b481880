"""A page under a hand, its state, and what its banner says."""

from __future__ import annotations

from playwright.sync_api import Page

from tools.browsing import LIVE

BANNER = "#kd-banner:not([hidden])"
HERO = "voila/render/02_gradient_gap.ipynb"


def visit(page: Page, address: str) -> Page:
    """Open a page and wait until it is alive."""
    page.goto(address)
    page.wait_for_selector(LIVE, timeout=60_000)
    return page


def state(page: Page) -> dict:
    """Return the state on the screen."""
    return page.evaluate("document.querySelector('.kd').kdviz.store.texts.state")


def move(page: Page, **values: float) -> None:
    """Move controls."""
    page.evaluate("values => document.querySelector('.kd').kdviz.send(values)", values)


def says(page: Page, what: str, seconds: float = 15) -> str:
    """Wait until the banner says `what`; returns its text."""
    page.wait_for_selector(f"{BANNER}[data-state={what}]", timeout=seconds * 1000)
    assert page.locator(BANNER).get_attribute("role") == "alert"
    return page.locator(BANNER).inner_text()
