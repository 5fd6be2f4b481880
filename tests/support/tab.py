"""A tab of a real browser on a dashboard: what it asked for, what it complained about, what is on its screen."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import psutil
from playwright.sync_api import BrowserContext, Page, Request, WebSocket

from tools.browsing import DRAWN, LIVE, ROOT, Server

PICTURES = ROOT / "artefacts" / "screenshots"  # git-ignored, kept by CI
# Not ours, or nothing lost: 503 is the waiting page, which comes back by itself
HARMLESS = re.compile(r"Unsatisfied version|Voil. bundles|was preloaded|ResizeObserver loop|status of 503")


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
        self.page.on("websocket", self._request)
        self.page.on("console", lambda message: message.type == "error" and self._complain(message.text))
        self.page.on("pageerror", lambda error: self._complain(str(error)))

    def _request(self, request: Request | WebSocket) -> None:
        if not request.url.startswith((self.server.url, "data:", "blob:", self.server.url.replace("http", "ws", 1))):
            self.seen.foreign.append(request.url)

    def _complain(self, text: str) -> None:
        if not HARMLESS.search(text):
            self.seen.errors.append(text)

    def open(self, slug: str, query: str = "", charts: bool = True) -> Tab:
        """Open a dashboard and wait until every chart is drawn."""
        self.page.goto(self.server.page(slug, query))
        self.page.wait_for_selector(LIVE, timeout=60_000)
        if charts:
            self.page.wait_for_function(DRAWN, timeout=60_000)
        return self

    def state(self) -> dict:
        """Return the state on the screen as the page knows it."""
        return self.page.evaluate("document.querySelector('.kd').kdviz.store.texts.state")

    def texts(self) -> dict:
        """Return the texts of the last frame."""
        return self.page.evaluate("document.querySelector('.kd').kdviz.store.texts")

    def kernel(self) -> psutil.Process:
        """Return the youngest kernel of the server: that of the page opened last."""
        return max(self.server.kernels(), key=psutil.Process.create_time)

    def traces(self, chart: int) -> list[dict]:
        """Return name, role, x and y of the traces that Plotly has drawn in a chart; NaN comes as None."""
        return self.page.evaluate(TRACES, chart)

    def settle(self) -> Tab:
        """Wait until the answer to the last change is on the screen."""
        self.page.wait_for_function(SETTLED, timeout=30_000)
        return self


SETTLED = """() => { const root = document.querySelector('.kd'), k = root.kdviz;
  return k.sent() <= k.store.texts.seq && k.charts.every((c) => !c.frame && !c.stale); }"""
TRACES = """(i) => { const list = (values) => Array.from(values ?? [], (v) => (Number.isNaN(v) ? null : v));
  const flat = (rows) => (rows ?? []).flatMap((row) => Array.from(row));
  const { data } = document.querySelector('.kd').kdviz.charts[i].plot;
  return data.map((t) => ({ name: t.name, role: t.meta?.role, x: list(t.x), y: list(t.y), z: list(flat(t.z)),
    text: list(t.text) })); }"""
