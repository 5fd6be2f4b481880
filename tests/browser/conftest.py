"""A real server and a real browser for the tests in this folder."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "artefacts" / "screenshots"  # git-ignored, kept by CI
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "msedge")
FLAGS = (
    "--disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update "
    "--disable-sync --disable-extensions --disable-default-apps --hide-scrollbars"
).split()
HARMLESS = re.compile(r"Unsatisfied version|Voil. bundles|was preloaded|ResizeObserver loop")  # not ours, nothing lost


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder, so that `-m "not browser"` leaves them out."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


def find_browser() -> str | None:
    """Return a Chromium-like browser: KDVIZ_BROWSER, then the usual names on PATH, then Playwright's own."""
    found = os.environ.get("KDVIZ_BROWSER") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if found:
        return found
    with sync_playwright() as play:
        path = play.chromium.executable_path
    return path if Path(path).exists() else None


@dataclass
class Server:
    """A running `kdviz serve`: its address and its process."""

    url: str
    process: psutil.Process

    def page(self, slug: str, query: str = "") -> str:
        """Return the address of a dashboard."""
        return f"{self.url}voila/render/{slug}.ipynb{'?' + query if query else ''}"

    def kernels(self) -> int:
        """Return how many kernels run."""
        return sum("ipykernel_launcher" in " ".join(child.cmdline()) for child in living(self.process))


def living(process: psutil.Process) -> list[psutil.Process]:
    """Return the children of a process that still run."""
    with suppress(psutil.NoSuchProcess):
        return [child for child in process.children(recursive=True) if child.status() != psutil.STATUS_ZOMBIE]
    return []


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """Start `python -m kdviz serve` on a free port and stop it at the end."""
    command = [sys.executable, "-m", "kdviz", "serve", "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        line = process.stdout.readline() if process.stdout else ""
        match = re.search(r"http://\S+/", line)
        assert match, f"kdviz serve said {line!r} instead of its address"
        yield Server(match.group(), psutil.Process(process.pid))
        process.terminate()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start a headless Chromium; without one the browser tests fail, they are never skipped in silence."""
    path = find_browser()
    assert path, "no browser: install chromium (apt-get install chromium), or set KDVIZ_BROWSER to one"
    flags = [*FLAGS, *(["--no-sandbox"] if os.name == "posix" and os.geteuid() == 0 else [])]
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=flags)
        yield browser
        browser.close()


@dataclass
class Watch:
    """What a page asked for and complained about."""

    foreign: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


class Tab:
    """One browser tab on a dashboard, with what it asked for and its console errors."""

    def __init__(self, context: BrowserContext, server: Server) -> None:
        self.page: Page = context.new_page()
        self.server = server
        self.seen = Watch()
        self.page.on("request", self._request)
        self.page.on("console", lambda message: message.type == "error" and self._complain(message.text))
        self.page.on("pageerror", lambda error: self._complain(str(error)))

    def _request(self, request) -> None:
        if not request.url.startswith((self.server.url, "data:", "blob:", self.server.url.replace("http", "ws"))):
            self.seen.foreign.append(request.url)

    def _complain(self, text: str) -> None:
        if not HARMLESS.search(text):
            self.seen.errors.append(text)

    def open(self, slug: str, query: str = "", charts: bool = True) -> Tab:
        """Open a dashboard and wait until every chart is drawn."""
        self.page.goto(self.server.page(slug, query))
        self.page.wait_for_selector(".kd", timeout=60_000)
        if charts:
            self.page.wait_for_function(DRAWN, timeout=60_000)
        return self

    def state(self) -> dict:
        """Return the state on the screen as the page knows it."""
        return self.page.evaluate("document.querySelector('.kd').kdviz.store.texts.state")

    def texts(self) -> dict:
        """Return the texts of the last frame."""
        return self.page.evaluate("document.querySelector('.kd').kdviz.store.texts")

    def traces(self, chart: int) -> list[dict]:
        """Return name, role, x and y of the traces that Plotly has drawn in a chart; NaN comes as None."""
        return self.page.evaluate(TRACES, chart)

    def settle(self) -> Tab:
        """Wait until the answer to the last change is on the screen."""
        self.page.wait_for_function(SETTLED, timeout=10_000)
        return self


DRAWN = """() => { const k = document.querySelector('.kd')?.kdviz;
  return k && k.charts.length && k.charts.every((c) => c.drawn && !c.frame && !c.stale); }"""
SETTLED = """() => { const root = document.querySelector('.kd'), k = root.kdviz;
  return k.sent() <= k.store.texts.seq && k.charts.every((c) => !c.frame && !c.stale); }"""
TRACES = """(i) => document.querySelector('.kd').kdviz.charts[i].plot.data.map((t) => ({ name: t.name, role: t.meta?.role,
  x: Array.from(t.x ?? [], (v) => Number.isNaN(v) ? null : v), y: Array.from(t.y ?? [], (v) => Number.isNaN(v) ? null : v) }))"""


@pytest.fixture
def tab(browser: Browser, server: Server) -> Iterator[Tab]:
    """Give a fresh browser context with one tab, closed afterwards; foreign requests and console errors fail the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    tab = Tab(context, server)
    yield tab
    context.close()
    assert not tab.seen.foreign, f"requests to other hosts: {tab.seen.foreign}"
    assert not tab.seen.errors, f"console errors: {tab.seen.errors}"


def wait_until(condition, seconds: float = 5.0) -> bool:
    """Tell whether `condition()` became true within some seconds."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if condition():
            return True
        time.sleep(0.05)
    return bool(condition())
