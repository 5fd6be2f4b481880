"""One live run: an iterator of `Progress` that can be paused, stepped and ended between two of its values.

The iterator (`Page.train`, or one in another process) knows nothing of pages. A thread takes its values
(`kdviz.app.threaded`), or, where there are none, whoever hosts the page does, between two messages (`Cooperative`).
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Generator, Iterator
from typing import NamedTuple

from kdviz.core.check import BadInput
from kdviz.pages import Progress

log = logging.getLogger("kdviz")


class Place(NamedTuple):
    """A place in the queue of runs, 1 for the next."""

    number: int


class Failed(Exception):
    """A run raised something in its process; `kind` names it."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


Values = Iterator[Place | Progress]


class Run:
    """One iterator of `Progress`; a `Place` in between says that it waits for its turn.

    `newest` is the last value, `place` the place in the queue (0: none), `error` what ended the run if it failed,
    `spent` the seconds it has worked.
    """

    def __init__(self, start: Callable[[], Values], *, steps: float = math.inf) -> None:
        self.newest: Progress | None = None
        self.place = 0
        self.error: Exception | None = None
        self.over = False
        self.spent = 0.0
        self._start, self._allowed, self._ended = start, steps, False

    @property
    def paused(self) -> bool:
        """Whether the run waits for leave to go on."""
        return self._allowed <= 0 and not self.over

    def allow(self, steps: float) -> None:
        """Let the run make `steps` more values: 0 pauses, infinity lets it run."""
        self._allowed = steps

    def end(self) -> None:
        """End the run after the value it is working on; returns at once."""
        self._ended = True

    def work(self, seconds: float) -> float:
        """Work for about so long, if that is up to the caller; returns how many of these seconds are left."""
        return seconds

    def _take(self, value: Place | Progress, seconds: float) -> None:
        """Take a value that took so many seconds; after the last one there is nothing to hold."""
        if isinstance(value, Place):
            self.place = value.number
            return
        self.newest, self.place = value, 0
        self.spent += seconds
        self._allowed = self._allowed - 1 if value.done < value.total else math.inf

    def _fail(self, error: Exception) -> None:
        if not self._ended:
            self.error = error
            if not isinstance(error, BadInput | Failed):  # those are said, or logged where they happened
                log.exception("a live run")


class Cooperative(Run):
    """A run that works when it is told to, in whoever calls `work`, and makes no thread."""

    def __init__(
        self, start: Callable[[], Values], *, steps: float = math.inf, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        super().__init__(start, steps=steps)
        self._clock, self._values = clock, self._begun()

    def _begun(self) -> Generator[Place | Progress, None, None]:
        yield from self._start()

    def work(self, seconds: float) -> float:
        """Make values, one at least, until about `seconds` are over, the run is held, or has ended."""
        begun = since = self._clock()
        while not self.over and self._allowed > 0 and (since == begun or since - begun < seconds):
            try:
                value = next(self._values)
            except StopIteration:
                self.over = True
            except Exception as error:
                self._fail(error)
                self.over = True
            else:
                self._take(value, self._clock() - since)
            since = self._clock()
        return seconds - (since - begun)

    def end(self) -> None:
        """End the run where it stands."""
        super().end()
        self.over = True
        self._values.close()
