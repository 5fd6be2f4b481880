"""A browser's side of a session: what it says, and what it hears, of which every message is held against its form."""

import json
import math
from typing import Any

import numpy as np

from kdviz.app.protocol import Failed, File, Frame, Table, Texts
from kdviz.app.session import Session
from tests.support.forms import wrong

FORMS = {"frame": Frame, "table": Table, "file": File, "failed": Failed}


def deep() -> list:
    """A list deeper than Python recurses."""
    made: list = []
    for _ in range(10_000):
        made = [made]
    return made


class Visitor:
    """Opens a page at a link and talks to its session; `heard` are the messages that came, frames with their buffer."""

    def __init__(self, page: Any, query: str = "", runner: Any = None) -> None:
        self.session = Session.open(page, query, runner)
        self.heard: list[dict] = []

    def say(self, message: object) -> list[dict]:
        """Send a message; returns the answers."""
        return self.hear(self.session.receive(message))

    def change(self, seq: int = 1, **values: Any) -> dict:
        """Send changed values; returns the frame that answers them."""
        (frame,) = self.say({"kind": "change", "values": values, "seq": seq})
        return frame

    def press(self, what: object) -> list[dict]:
        """Press a button of the live run."""
        return self.say({"kind": "run", "do": what})

    def tick(self) -> list[dict]:
        """Let the session look at its run."""
        return self.hear(self.session.tick())

    def hear(self, answers: list) -> list[dict]:
        """Take messages as they would arrive, and hold them against their forms."""
        before, new = len(self.heard), []
        for message, buffer in answers:
            arrived = json.loads(json.dumps(message, allow_nan=False))
            assert not wrong(arrived, FORMS[arrived["kind"]])
            if arrived["kind"] == "frame":
                missing = {} if arrived["whole"] else self.texts
                assert not wrong({**missing, **arrived["texts"]}, Texts)
                arrived["buffer"] = buffer
                decode(arrived)
            new.append(arrived)
        self.heard += new
        assert len(self.heard) == before + len(new)
        return new

    @property
    def texts(self) -> dict:
        """The texts on the screen, as JSON."""
        return json.loads(json.dumps(self.session.screen.texts, allow_nan=False))

    @property
    def params(self) -> Any:
        """The parameters of the charts."""
        return self.session.screen.params


def decode(frame: dict) -> dict[tuple[int, int, str], np.ndarray]:
    """{(chart, trace, key): numbers} of a frame, read as the browser does."""
    flat, found, at = np.frombuffer(frame["buffer"], "<f4"), {}, 0
    for chart, trace, key, shape in frame["arrays"]:
        size = math.prod(shape)
        found[chart, trace, key] = flat[at : at + size].reshape(shape)
        at += size
    assert at == len(flat)
    return found
