"""On a full server a visitor moves from page to page with the place that is theirs, and the others wait."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.serving import ROOT, eventually, local_server
from tools.browsing import LIVE

pytestmark = pytest.mark.quiet  # seconds until a place is free

HERO = "voila/render/02_gradient_gap.ipynb"


def alive(page: Page) -> bool:
    """Wait until a page is alive; tells whether it is no waiting page."""
    page.wait_for_selector(f"{LIVE}, #kd-wait", timeout=60_000)
    return page.locator(LIVE).count() == 1


def test_click_reload_back_and_forward_keep_the_place_in_a_full_server(browser: Browser) -> None:
    with local_server(ROOT / "dashboards", max_sessions=1, fork=True) as here:
        mine, theirs = (browser.new_context() for _ in range(2))
        page, other = mine.new_page(), theirs.new_page()
        page.goto(here.url)
        assert alive(page)
        other.goto(f"{here.url}{HERO}")
        assert not alive(other)
        page.locator("a[href*='02_gradient_gap']").first.click()
        page.wait_for_url("**/02_gradient_gap*")
        assert alive(page)
        for act in (page.reload, page.reload, page.go_back, page.go_forward):
            act()
            assert alive(page), act
        expect(other.locator("#kd-wait")).to_contain_text("number 1")
        second = mine.new_page()  # a second tab takes the place of the first one, and that is said
        second.goto(f"{here.url}{HERO}?T=7")
        assert alive(second)
        page.wait_for_selector("#kd-banner[data-state=moved]", timeout=15_000)
        assert here.health()["sessions"] == 1
        second.close(run_before_unload=True)
        page.close()
        assert eventually(lambda: other.locator(LIVE).count() == 1, 30)
        mine.close()
        theirs.close()
