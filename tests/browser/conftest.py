"""A real server and a real browser for the tests in this folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.support.tab import Tab, Watch
from tools.browsing import ROOT, Server, chromium, serve


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder, so that `-m "not browser"` leaves them out."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="package")
def server() -> Iterator[Server]:
    """Run one server for all tests of this folder; forked pages start a second sooner."""
    with serve(ROOT, "--fork") as running:
        yield running


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Run one Chromium; without one the browser tests fail, they are never skipped in silence.

    It ends with this folder: while it runs, its event loop is the main thread's, and other tests have their own.
    """
    with chromium() as running:
        yield running


@pytest.fixture
def tab(browser: Browser, server: Server) -> Iterator[Tab]:
    """Give a fresh browser context with one tab; foreign requests and console errors fail the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    tab = Tab(context, server)
    yield tab
    seen = Watch(list(tab.seen.foreign), list(tab.seen.errors))
    tab.page.close(run_before_unload=True)  # a context that is closed says no farewell, and its kernel would stay
    context.close()
    assert not seen.foreign, f"requests to other hosts: {seen.foreign}"
    assert not seen.errors, f"console errors: {seen.errors}"
