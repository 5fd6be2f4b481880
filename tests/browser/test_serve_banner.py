"""What a page says when its session, its line or its server is lost, and the way back; the waiting page."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.line import Line
from tests.support.serving import ROOT, LocalServer, eventually, local_server
from tests.support.tab import PICTURES
from tests.support.visits import HERO, move, says, state, visit
from tools.browsing import LIVE, Server

pytestmark = pytest.mark.quiet  # seconds until a banner, and until a process has ended

IDLE = 10  # s after which a session without its page is ended, in one test; a busy machine takes some to open a page


@pytest.fixture(scope="module")
def here() -> Iterator[LocalServer]:
    """Run one server for this file."""
    with local_server(ROOT / "dashboards", max_sessions=8) as running:
        yield running


@contextmanager
def lined(server: Server) -> Iterator[Line]:
    """Put a line that can be cut before a server."""
    made = Line(urlsplit(server.url).port)
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Open a tab that may complain: a lost server is an error in every console."""
    context = browser.new_context(viewport={"width": 1000, "height": 500})
    yield context.new_page()
    for left in context.pages:
        left.close(run_before_unload=True)  # a context that is closed says no farewell, and its kernel would stay
    context.close()


def test_a_dead_kernel_is_shown_within_seconds_light_and_dark(page: Page, here: LocalServer) -> None:
    visit(page, f"{here.url}{HERO}?T=20&theme=dark")
    for kernel in here.processes():
        os.kill(kernel, signal.SIGKILL)
    assert "ended unexpectedly" in says(page, "died", 5)
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / "banner-dark.png")
    page.evaluate("document.documentElement.dataset.kdTheme = 'light'")
    page.screenshot(path=PICTURES / "banner-light.png")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Start again").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(LIVE, timeout=60_000)
    expect(page.locator("#kd-banner")).to_be_hidden()
    assert state(page)["T"] == 20


@pytest.mark.parametrize("seconds", [4, pytest.param(20, marks=pytest.mark.slow)])
def test_a_line_that_was_cut_is_shown_and_what_is_moved_meanwhile_is_kept(page: Page, server: Server, seconds) -> None:
    held = []  # while it holds something, the page's websocket does not come back although the server has
    sockets = []

    def gate(socket):
        sockets.append(socket)
        socket.close() if held else socket.connect_to_server()

    page.route_web_socket(re.compile(r"/channels\?"), gate)
    with lined(server) as line:
        visit(page, f"http://127.0.0.1:{line.port}/{HERO}")
        held.append(True)
        line.cut()
        sockets[-1].close()  # a cut that the route does not pass on
        move(page, cs=1.5)
        assert "No connection" in says(page, "offline")
        page.wait_for_timeout(seconds * 1000)
        line.mend()
        page.get_by_role("button", name="Try now").click()
        assert "goes on in some seconds" in says(page, "returning")
        held.clear()
        page.wait_for_function("document.querySelector('.kd').kdviz.store.texts.state.cs === 1.5", timeout=20_000)
        expect(page.locator("#kd-banner")).to_be_hidden(timeout=10_000)


@pytest.mark.slow
def test_a_session_that_ended_meanwhile_is_shown_and_comes_back_with_its_state(page: Page) -> None:
    with local_server(ROOT / "dashboards", idle=IDLE) as here, lined(here) as line:
        visit(page, f"http://127.0.0.1:{line.port}/{HERO}?K=12")
        line.cut()
        assert eventually(lambda: here.health()["sessions"] == 0, IDLE + 15)
        line.mend()
        assert "nobody used it" in says(page, "idle", 20)
        page.get_by_role("button", name="Wake it up").click()
        page.wait_for_selector(LIVE, timeout=60_000)
        assert state(page)["K"] == 12


def test_a_restarted_server_is_noticed_and_the_page_comes_back_with_its_state(page: Page) -> None:
    with local_server(ROOT / "dashboards") as first:
        port = urlsplit(first.url).port
        visit(page, f"{first.url}{HERO}?seed=3")
        first.process.kill()
        assert "No connection" in says(page, "offline")
    with local_server(ROOT / "dashboards", port=port):
        assert "started anew" in says(page, "restarted", 20)
        page.get_by_role("button", name="Open the page again").click()
        page.wait_for_selector(LIVE, timeout=60_000)
        assert state(page)["seed"] == 3


@pytest.mark.slow
def test_a_restarted_server_with_a_token_asks_for_its_link(page: Page) -> None:
    with local_server(ROOT / "dashboards", token="first-token") as first:
        port = urlsplit(first.url).port
        visit(page, f"{first.url}voila/render/index.ipynb?token=first-token")
        assert "token" not in page.url
    with local_server(ROOT / "dashboards", port=port, token="second-token"):
        assert "link or token" in says(page, "locked", 20)
        page.get_by_role("button", name="Open the page again").click()
        page.get_by_label("Token").fill("wrong")
        page.get_by_role("button", name="Open the pages").click()
        expect(page.get_by_role("alert")).to_have_text("That is not the token.")
        page.get_by_label("Token").fill("second-token")
        page.get_by_role("button", name="Open the pages").click()
        page.wait_for_selector(LIVE, timeout=60_000)


def test_who_waits_sees_the_place_and_gets_the_page_with_its_state_when_somebody_leaves(browser: Browser) -> None:
    with local_server(ROOT / "dashboards", max_sessions=1) as full:
        contexts = [browser.new_context(viewport={"width": 800, "height": 400}) for _ in range(3)]
        first, second, third = (context.new_page() for context in contexts)
        visit(first, f"{full.url}{HERO}")
        for waiting, place in ((second, 1), (third, 2)):
            assert waiting.goto(f"{full.url}{HERO}?T=20").status == 503
            expect(waiting.locator("#kd-wait")).to_contain_text(f"number {place} in the queue")
        third.screenshot(path=PICTURES / "waiting.png")
        first.goto("about:blank")
        second.wait_for_selector(LIVE, timeout=60_000)
        assert state(second)["T"] == 20
        expect(third.locator("#kd-wait")).to_contain_text("number 1 in the queue", timeout=30_000)
        second.close(run_before_unload=True)
        third.wait_for_selector(LIVE, timeout=60_000)
        assert full.health()["sessions"] == 1
        for context in contexts:
            context.close()


def test_who_leaves_while_the_widgets_are_on_their_way_leaves_no_kernel(page: Page, here: LocalServer) -> None:
    page.route("**/voila.js*", lambda route: None)  # never answered: what Voila says on leaving is not there yet
    page.goto(f"{here.url}voila/render/index.ipynb", wait_until="commit")
    assert eventually(lambda: here.health()["sessions"] == 1 and not here.health()["starting"], 20)
    page.goto("about:blank")
    assert eventually(lambda: not here.processes() and not here.health()["sessions"], 1)


def test_a_page_that_the_browser_brings_back_as_it_was_is_opened_anew(page: Page, here: LocalServer) -> None:
    visit(page, f"{here.url}{HERO}?T=7")
    with page.expect_navigation():
        page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    page.wait_for_selector(LIVE, timeout=60_000)
    assert state(page)["T"] == 7
    assert here.health()["sessions"] == 1


def test_closing_reloading_and_leaving_end_the_kernel_within_a_second(page: Page, here: LocalServer) -> None:
    visit(page, f"{here.url}{HERO}")
    assert eventually(lambda: here.health()["sessions"] == 1, 15)
    before = set(here.processes())
    visit(page, page.url)
    assert not before & set(here.processes())
    page.goto("about:blank")
    assert eventually(lambda: not here.processes(), 1)
    for asked in (True, False):  # without: as phones close a page
        tab = visit(page.context.new_page(), f"{here.url}{HERO}")
        tab.close(run_before_unload=asked)
        assert eventually(lambda: not here.processes() and not here.health()["sessions"], 1), asked
