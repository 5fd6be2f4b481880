"""A live run in a thread of its own, a daemon: when the kernel goes, because the visitor left, so does the run."""

from __future__ import annotations

import atexit
import math
import threading
import time
from collections.abc import Callable
from typing import Any

from kdviz.app.run import Place, Run, Values


class Threaded(Run):
    """A run that works by itself."""

    def __init__(self, start: Callable[[], Values], *, steps: float = math.inf) -> None:
        super().__init__(start, steps=steps)
        self._values: Any = iter(())
        self._turn = threading.Condition()
        self._thread = threading.Thread(target=self._work, name="kdviz-run", daemon=True)
        self._thread.start()
        atexit.register(self.leave)

    def allow(self, steps: float) -> None:
        """Let the run make `steps` more values: 0 pauses, infinity lets it run."""
        with self._turn:
            super().allow(steps)
            self._turn.notify_all()

    def end(self) -> None:
        """End the run after the value it is working on; returns at once."""
        with self._turn:
            super().end()
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

    def _work(self) -> None:
        values: Any = iter(())
        try:
            begun = time.perf_counter()
            values = self._start()
            with self._turn:
                self._values = values if not self._ended else iter(())
            for value in self._values:
                with self._turn:
                    if self._ended:
                        break
                    self._take(value, time.perf_counter() - begun)
                    if not isinstance(value, Place):  # whoever waits for a place keeps it also when paused
                        self._turn.wait_for(lambda: self._allowed > 0 or self._ended)
                    if self._ended:
                        break
                begun = time.perf_counter()
        except Exception as error:
            self._fail(error)
        finally:
            if hasattr(values, "close"):
                values.close()
            self.over = True
            atexit.unregister(self.leave)
