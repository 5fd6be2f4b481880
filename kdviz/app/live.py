"""A live run beside a page: a thread computes, the kernel's own loop paints the newest result every 100 ms.

The run is a generator of `Progress` (`Lesson.train`) and knows nothing of pages. Between two of its values it can be
paused, stepped and ended. The thread is a daemon: when the kernel goes, because the visitor left, so does the run.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import ctypes
import importlib.util
import logging
import math
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from kdviz.pages import Progress
from kdviz.words import W

log = logging.getLogger("kdviz")
TICK = 0.1  # seconds between two paintings
GOING = ("starting", "running", "paused")
MISSING = W.NO_TORCH


def able() -> bool:
    """Return whether live runs can be had here; looks for torch without importing it."""
    return importlib.util.find_spec("torch") is not None


def fetch() -> None:
    """Map torch's largest library before torch is imported.

    An import keeps the interpreter to itself while the library is bound, for half a second in which no slider answers;
    ctypes lets the other threads go on.
    """
    spec = importlib.util.find_spec("torch")
    for folder in (spec and spec.submodule_search_locations) or ():
        for library in Path(folder).glob("lib/libtorch_cpu.*"):
            with contextlib.suppress(OSError):  # then the import binds it
                ctypes.CDLL(str(library))


class Run:
    """One generator of `Progress` in a thread of its own.

    `newest` is the last value, `error` what ended the run if it failed, `spent` the seconds it has worked.
    """

    def __init__(self, start: Callable[[], Iterator[Progress]], *, steps: float = math.inf) -> None:
        self.newest: Progress | None = None
        self.error: Exception | None = None
        self.over = False
        self.spent = 0.0
        self._start, self._allowed, self._ended = start, steps, False
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
            for value in values:
                self.spent += time.perf_counter() - begun
                if self._ended:
                    break
                self.newest = value
                if value.done < value.total and not self._may_go_on():
                    break
                begun = time.perf_counter()
        except Exception as error:
            log.exception("a live run")
            self.error = error
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

    def __init__(self, train: Callable[[Any], Iterator[Progress]], paint: Callable[[Progress | None], None]) -> None:
        self._train, self._paint = train, paint
        self._run: Run | None = None
        self._newest: Progress | None = None  # as painted
        self._state = "idle"
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
        """One of idle, starting, running, paused, stopped, finished, failed."""
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
            return "starting"
        return "paused" if run.paused else "running"

    def status(self) -> dict[str, Any]:
        """Return {state, done, total, words, left}; `left` in seconds, None where nothing can be said yet."""
        run, newest = self._run, self.newest
        done, total, words = (newest.done, newest.total, newest.words) if newest else (0, 0, "")
        going = run is not None and self.state in ("running", "paused") and done > 0
        left = round(run.spent / done * (total - done), 1) if run is not None and going else None
        return {"state": self.state, "done": done, "total": total, "words": words, "left": left}

    def do(self, what: str, params: Any) -> None:
        """Play, pause, step, stop or reset the run; `params` are the settings a new one starts with."""
        alive = self._run is not None and self.state in GOING
        if what in ("play", "step"):
            steps = math.inf if what == "play" else 1
            if alive and self._run:
                self._run.allow(steps)
            else:
                self._stopped = False
                self._run = Run(lambda: self._begin(params), steps=steps)
            self._watch()
        elif what == "pause" and alive and self._run:
            self._run.allow(0)
        elif what == "stop" and alive and self._run:
            self._run.end()
            self._stopped = True
        elif what == "reset":
            self.end()
        self.paint()

    def _begin(self, params: Any) -> Iterator[Progress]:
        fetch()
        return self._train(params)

    def end(self) -> None:
        """End the run and forget it."""
        if self._run:
            self._run.end()
        self._run, self._stopped = None, False

    def paint(self) -> None:
        """Paint the newest value, if there is one that is not painted, or the status, if that changed."""
        newest, state = self.newest, self.state
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
