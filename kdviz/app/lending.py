"""A widget that lends the browser's libraries to browsers which no server gives them to."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import anywidget

from kdviz.app.bundle import library, stylesheet
from kdviz.app.closed import Closed

PAUSE = 1.0  # s between two answers with the same library: it is a megabyte, and whoever waits for it hears the first


class Lending(Closed, anywidget.AnyWidget):
    """Answers `{kind: "library", name}` with the file, and leaves every other message to `on_msg`."""

    _css = stylesheet()

    def __init__(self, *args: Any, clock: Callable[[], float] = time.monotonic, **keys: Any) -> None:
        self.clock, self.lent = clock, dict[str, float]()  # name -> s of the last answer
        super().__init__(*args, **keys)

    def _handle_custom_msg(self, content: Any, buffers: list[Any]) -> None:
        if not isinstance(content, dict) or content.get("kind") != "library":
            return super()._handle_custom_msg(content, buffers)
        name, now = str(content.get("name"))[:20], self.clock()
        if now - self.lent.get(name, -PAUSE) >= PAUSE and (found := library(name)):
            self.lent[name] = now
            self.send(found[0], [found[1]])
