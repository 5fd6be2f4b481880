"""A page as one widget: it carries messages between a browser and a session, and decides nothing."""

from __future__ import annotations

import time
import uuid
from typing import Any

import traitlets

from kdviz.app.bundle import widget
from kdviz.app.lending import Lending
from kdviz.app.runner import runner_of
from kdviz.app.session import Session
from kdviz.app.ticking import Ticker
from kdviz.pages import Page


class PageWidget(Lending):
    """A dashboard page, live in Voila, JupyterLab and wherever anywidget runs.

    `params` are the parameters of the charts on screen (`asked` those of the controls: others only while a setting
    cannot be computed), `result` what was computed from them.
    """

    _esm = widget("page")
    token = traitlets.Unicode().tag(sync=True)
    spec = traitlets.Dict().tag(sync=True)
    start = traitlets.Dict().tag(sync=True)
    params = property(lambda self: self.session.screen.params)
    result = property(lambda self: self.session.screen.result)
    asked = property(lambda self: self.session.asked)

    def __init__(self, page: Page, query: str = "") -> None:
        self.session = Session.open(page, query, runner_of(page))
        self._ticker = Ticker(self.session, self.tick)
        super().__init__(token=uuid.uuid4().hex, **self.session.whole())
        self.on_msg(lambda _widget, content, _buffers: self._answer(self.session.receive, content))

    def set(self, **fields: Any) -> None:
        """Move controls by field name: `page.set(temperature=20)`. ValueError for a field that the page has not."""
        self._answer(self.session.set, **fields)

    def tick(self) -> None:
        """Show what the live run has made since."""
        self._answer(self.session.tick)

    def close(self) -> None:
        """End the live run, if there is one, and close the widget."""
        if hasattr(self, "session"):  # the page could be made
            self.session.end()
        super().close()

    def _answer(self, ask: Any, *given: Any, **fields: Any) -> None:
        began = time.perf_counter()
        for message, buffer in ask(*given, **fields):
            if message["kind"] == "frame":  # a browser has as many changes under way as the line holds beside the work
                message["spent"] = round(1000 * (time.perf_counter() - began), 1)
            self.send(message, None if buffer is None else [buffer])
        self._ticker.watch()
