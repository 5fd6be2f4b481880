"""A live run beside a page: a thread takes its values, the kernel's own loop paints the newest every 100 ms.

The run is an iterator of `Progress` (`Lesson.train`, or one in another process) and knows nothing of pages. Between two
of its values it can be paused, stepped and ended. The thread is a daemon: when the kernel goes, because the visitor
left, so does the run.
"""

from __future__ import annotations

import asyncio
import atexit
import importlib.util
import logging
import math
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from kdviz.app.remote import Failed, Place
from kdviz.core.check import BadInput
from kdviz.pages import Progress
from kdviz.words import W

log = logging.getLogger("kdviz")
TICK = 0.1  # seconds between two paintings
GOING = ("waiting", "starting", "running", "paused")
MISSING = W.NO_TORCH


def able() -> bool:
    """Return whether live runs can be had here; looks for torch without importing it."""
    return importlib.util.find_spec("torch") is not None


class Run:
    """One iterator of `Progress` in a thread of its own; a `Place` in between says that it waits for its turn.

    `newest` is the last value, `place` the place in the queue (0: none), `error` what ended the run if it failed,
    `spent` the seconds it has worked.
    """

    def __init__(self, start: Callable[[], Iterator[Place | Progress]], *, steps: float = math.inf) -> None:
        self.newest: Progress | None = None
        self.place = 0
        self.error: Exception | None = None
        self.over = False
        self.spent = 0.0
        self._start, self._allowed, self._ended = start, steps, False
        self._values: Any = iter(())
        self._turn = threading.Condition()
        self._thread = threading.Thread(target=self._work, name="kdviz-run", daemon=True)
        self._thread.start()
        atexit.register(self.leave)

    @property
    def paused(self) -> bool:
        """Whether the run waits for leave to go on."""
        return self._allowed <= 0 and not self.over

    def allow(self, steps: float) -> None:
        """Let the run make `steps` more values: 0 pauses, infinity lets it run."""
        with self._turn:
            self._allowed = steps
            self._turn.notify_all()

    def end(self) -> None:
        """End the run after the value it is working on; returns at once."""
        with self._turn:
            self._ended = True
            self._turn.notify_all()
            if cut := getattr(self._values, "cut", None):
                cut()  # it may be waiting, for a place or for a value

    def leave(self) -> None:
        """End the run and wait for it: a process must not be taken down under a thread that computes."""
        self.end()
        self.join()

    def join(self, seconds: float = 10) -> bool:
        """Wait for the end of the thread; False when it takes longer."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _may_go_on(self) -> bool:
        with self._turn:
            self._allowed -= 1
            self._turn.wait_for(lambda: self._allowed > 0 or self._ended)
            return not self._ended

    def _work(self) -> None:
        values: Any = iter(())
        try:
            begun = time.perf_counter()
            values = self._start()
            with self._turn:
                self._values = values if not self._ended else iter(())
            for value in self._values:
                if isinstance(value, Place):
                    self.place, begun = value.number, time.perf_counter()
                    continue
                self.spent += time.perf_counter() - begun
                if self._ended:
                    break
                self.newest, self.place = value, 0
                if value.done < value.total and not self._may_go_on():
                    break
                begun = time.perf_counter()
        except Exception as error:
            if not self._ended:
                self.error = error
                if not isinstance(error, BadInput | Failed):  # those are said, or logged where they happened
                    log.exception("a live run")
        finally:
            if hasattr(values, "close"):
                values.close()
            self.over = True
            atexit.unregister(self.leave)


class Live:
    """The live run of one page: what the buttons do to it, and what the page says of it.

    `train(params)` makes the generator; `paint(progress)` is called in the kernel's loop, at most ten times a second,
    with the newest value, or with None when only the status changed.
    """

    def __init__(
        self, train: Callable[[Any], Iterator[Place | Progress]], paint: Callable[[Progress | None], None]
    ) -> None:
        self._train, self._paint = train, paint
        self._run: Run | None = None
        self._newest: Progress | None = None  # as painted
        self._state: tuple[str, int] = ("idle", 0)  # with the place in the queue, as painted
        self._painter: asyncio.Task[None] | None = None
        self._stopped = False

    @property
    def newest(self) -> Progress | None:
        """The newest value of the present run; None before the first and without a run."""
        return self._run.newest if self._run else None

    @property
    def error(self) -> Exception | None:
        """What ended the present run, if it failed."""
        return self._run.error if self._run else None

    @property
    def state(self) -> str:
        """One of idle, waiting, starting, running, paused, stopped, finished, failed."""
        run = self._run
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

    def status(self) -> dict[str, Any]:
        """Return {state, done, total, words, left, place}; `left` in s, None where nothing can be said yet."""
        run, newest = self._run, self.newest
        done, total, words = (newest.done, newest.total, newest.words) if newest else (0, 0, "")
        going = run is not None and self.state in ("running", "paused") and done > 0
        left = round(run.spent / done * (total - done), 1) if run is not None and going else None
        place = run.place if run is not None and self.state == "waiting" else 0
        return {"state": self.state, "done": done, "total": total, "words": words, "left": left, "place": place}

    def do(self, what: str, params: Any) -> None:
        """Play, pause, step, stop or reset the run; `params` are the settings a new one starts with."""
        alive = self._run is not None and self.state in GOING
        if what in ("play", "step"):
            steps = math.inf if what == "play" else 1
            if alive and self._run:
                self._run.allow(steps)
            else:
                self._stopped = False
                self._run = Run(lambda: self._train(params), steps=steps)
            self._watch()
        elif what == "pause" and alive and self._run:
            self._run.allow(0)
        elif what == "stop" and alive and self._run and self._run.newest is not None:
            self._run.end()
            self._stopped = True
        elif what in ("stop", "reset"):  # stopped before the first value there is nothing to keep
            self.end()
        self.paint()

    def end(self) -> None:
        """End the run and forget it."""
        if self._run:
            self._run.end()
        self._run, self._stopped = None, False

    def paint(self) -> None:
        """Paint the newest value, if there is one that is not painted, or the status, if that changed."""
        newest, state = self.newest, (self.state, self._run.place if self._run else 0)
        is_new, changed = newest is not self._newest, state != self._state
        self._newest, self._state = newest, state
        if is_new or changed:
            self._paint(newest if is_new else None)

    def _watch(self) -> None:
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return  # no loop: whoever drives the page calls `paint`
        if self._painter is None or self._painter.done():
            self._painter = loop.create_task(self._keep_painting())

    async def _keep_painting(self) -> None:
        while self.state in GOING:
            await asyncio.sleep(TICK)
            self.paint()
        self.paint()
