"""The live runs of a page: what its buttons do, and how far the present run is."""

from __future__ import annotations

import importlib.util
import math
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

from kdviz.app.protocol import RunStatus
from kdviz.app.run import Cooperative, Run, Values
from kdviz.pages import Page, Progress

GOING = ("waiting", "starting", "running", "paused")
ACTS = ("play", "pause", "step", "stop", "reset")
IDLE: RunStatus = {"state": "idle", "done": 0, "total": 0, "words": "", "left": None, "place": 0}


def able() -> bool:
    """Return whether live runs can be had here; looks for torch without importing it."""
    return importlib.util.find_spec("torch") is not None


class Look(NamedTuple):
    """A run at one moment."""

    newest: Progress | None
    status: RunStatus
    error: Exception | None


class Runner:
    """The live runs of one page, one at a time: `train(params)` makes the values, `kind` the run that takes them."""

    def __init__(self, train: Callable[[Any], Values], kind: Callable[..., Run] = Cooperative) -> None:
        self._train, self._kind = train, kind
        self.run: Run | None = None
        self._stopped = False

    @property
    def newest(self) -> Progress | None:
        """The newest value of the present run; None before the first and without a run."""
        return self.run.newest if self.run else None

    @property
    def state(self) -> str:
        """One of idle, waiting, starting, running, paused, stopped, finished, failed."""
        run = self.run
        if run is None:
            return "idle"
        if run.error is not None:
            return "failed"
        if self._stopped:
            return "stopped"
        if run.over:
            return "finished"
        if run.newest is None:
            return "waiting" if run.place else "starting"
        return "paused" if run.paused else "running"

    def look(self) -> Look:
        """Return how the present run stands; its status tells of the same value as `newest`."""
        run, state, newest = self.run, self.state, self.newest
        if run is None:
            return Look(None, IDLE, None)
        done, total, words = (newest.done, newest.total, newest.words) if newest else (0, 0, "")
        left = round(run.spent / done * (total - done), 1) if state in ("running", "paused") and done > 0 else None
        place = run.place if state == "waiting" else 0
        status: RunStatus = {
            "state": state,
            "done": done,
            "total": total,
            "words": words,
            "left": left,
            "place": place,
        }
        return Look(newest, status, run.error)

    def do(self, what: str, params: Any) -> None:
        """Play, pause, step, stop or reset the run; `params` are the settings a new one starts with."""
        alive = self.run is not None and self.state in GOING
        if what in ("play", "step"):
            steps = math.inf if what == "play" else 1
            if alive and self.run:
                self.run.allow(steps)
            else:
                self._stopped = False
                self.run = self._kind(lambda: self._train(params), steps=steps)
        elif what == "pause" and alive and self.run:
            self.run.allow(0)
        elif what == "stop" and alive and self.run and self.run.newest is not None:
            self._stopped = True
            self.run.end()
        elif what in ("stop", "reset"):  # stopped before the first value there is nothing to keep
            self.end()

    def end(self) -> None:
        """End the run and forget it."""
        if self.run:
            self.run.end()
        self.run = None

    def work(self, seconds: float) -> float:
        """Let the run work for about so long, if that is up to the caller; returns how many of these are left."""
        return self.run.work(seconds) if self.run else seconds


def runner_of(page: Page) -> Runner | None:
    """Return what drives the live runs of a page in this process; None where it has none, or torch is missing."""
    if page.train is None or not able():
        return None
    if sys.platform in ("emscripten", "wasi"):
        return Runner(page.train, Cooperative)
    from kdviz.app import remote, threaded  # not to be had without threads and sockets

    train = remote.training(page)
    return Runner(train, threaded.Threaded) if train else None
