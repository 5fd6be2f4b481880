"""The dashboards as Binder and a Hub show them: Voila inside a Jupyter server, in a real browser."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.support.serving import TOKEN, LocalServer, binder, eventually
from tests.support.tab import HARMLESS
from tests.support.visits import HERO, move, says, state, visit

pytestmark = pytest.mark.quiet  # seconds until a kernel has ended

IDLE = 12  # s after which an unused kernel ends here, ten minutes on Binder; a busy machine takes some to open a page


@pytest.fixture(scope="module")
def here() -> Iterator[LocalServer]:
    """Run one server with little patience for this file."""
    culling = {"cull_idle_timeout": IDLE, "cull_interval": 1, "cull_connected": True}
    with binder(*(f"--MappingKernelManager.{name}={value}" for name, value in culling.items())) as running:
        yield running


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Open a tab."""
    context = browser.new_context(viewport={"width": 1000, "height": 700})
    yield context.new_page()
    context.close()


def address(here: LocalServer, query: str = "") -> str:
    """Return the address of page 02 for the owner of the server."""
    return f"{here.url}{HERO.replace('render/', 'render/dashboards/')}?token={TOKEN}{query}"


def kernels(here: LocalServer) -> list[dict]:
    """Return the kernels that the server has."""
    return json.loads(here.get("/api/kernels", Authorization=f"token {TOKEN}")[1])


def test_a_page_asks_nobody_else_and_ends_its_kernel_when_it_is_left(page: Page, here: LocalServer) -> None:
    foreign: list[str] = []
    errors: list[str] = []
    page.on("request", lambda r: foreign.append(r.url) if not r.url.startswith((here.url, "data:", "blob:")) else None)
    page.on("console", lambda m: errors.append(m.text) if m.type == "error" and not HARMLESS.search(m.text) else None)
    visit(page, address(here))
    move(page, T=9)
    page.wait_for_function("document.querySelector('.kd').kdviz.store.texts.state.T === 9")
    page.wait_for_timeout(1000)
    assert len(kernels(here)) == 1
    page.goto("about:blank")
    assert eventually(lambda: not kernels(here), 2)
    assert (foreign, errors) == ([], [])


def test_an_idle_kernel_ends_with_its_page_open_and_the_page_comes_back_with_its_state(
    page: Page, here: LocalServer
) -> None:
    visit(page, address(here, "&T=7"))
    assert "ended" in says(page, "ended", IDLE + 15)
    assert not kernels(here)
    page.get_by_role("button", name="Start again").click()
    page.wait_for_selector("#kd-banner", state="hidden", timeout=30_000)
    page.wait_for_selector(".kd", timeout=60_000)
    assert state(page)["T"] == 7
