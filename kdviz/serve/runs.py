"""The live runs of all pages: as many at once as memory allows, the others in a queue, in the order of their coming.

A kernel that wants a run connects to a unix socket in the server's private folder and hears its place; when the turn
has come, its connection goes to a process that trains (`kdviz.serve.trainer`), and comes back as the end of that
process. So memory is free when a run is over, and a kernel that goes, however, gives its place back by itself.
"""

from __future__ import annotations

import contextlib
import json
import logging
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Protocol

from kdviz.serve import memory

log = logging.getLogger("kdviz")
COST = 400.0  # MiB that a run is thought to take until one of its page was measured
MARGIN = 200.0  # MiB that are never given to runs
GROWN = 3.0  # s of work after which the size of a run that has ended says something
LOOK = 0.5  # s between two looks at the memory and at who has ended
LONGEST = 2**16  # bytes of what a kernel may ask
STILL = 60.0  # s without work after which a paused run gives way to others who wait


class Process(Protocol):
    """What is needed of the process of a run: `subprocess.Popen` has it, `forkserver.Forked` too."""

    pid: int

    def poll(self) -> int | None:
        """Return None while it runs."""

    def terminate(self) -> None:
        """Ask it to end."""


@dataclass
class Run:
    """A run that was admitted: what it takes, and since when it has not worked."""

    process: Process
    page: str
    moved: float  # s, when it last worked
    worked: float = 0.0  # s of the processor
    taken: float = 0.0  # MiB
    peak: float = 0.0


@dataclass
class Waiting:
    """A kernel that waits for a run: what it asked for, {slug, query}, and the place that it knows."""

    line: Connection
    asked: dict[str, str] = field(default_factory=dict)
    place: int = 0


@dataclass
class Runs:
    """At most as many runs as fit into the memory that is free now, less `keep()` and what admitted ones will yet take.

    `begin(line, asked)` starts a run on a connection; `free()` and `size(pid)` are in MiB, `work(pid)` in s.
    `look()` is one step of the thread that `start` begins.
    """

    begin: Callable[[Connection, dict[str, str]], Process]
    free: Callable[[], float] = memory.free
    keep: Callable[[], float] = lambda: 0.0
    size: Callable[[int], float] = memory.private
    work: Callable[[int], float] = memory.worked
    waiting: list[Waiting] = field(default_factory=list)
    live: list[Run] = field(default_factory=list)
    peaks: dict[str, deque[float]] = field(default_factory=dict)  # page -> MiB that its last runs took
    address: str = ""
    _closed: bool = False
    _left: float = 0.0  # MiB that were free at the last look
    _next: float = 0.0  # s, when to measure again: what it costs must not be felt

    def cost(self, page: str) -> float:
        """MiB that a run of a page will take: the most that one took of late, with a tenth on top."""
        known = max(self.peaks.get(page, ()), default=COST)
        return 1.1 * max([known, *(run.peak for run in list(self.live) if run.page == page)])

    @property
    def mebibytes(self) -> float:
        """What all live runs take."""
        return sum(run.taken for run in list(self.live))

    def fits(self, page: str) -> bool:
        """Whether one more run of a page fits now; whoever keeps too much still lets one in after the other."""
        growing = sum(max(0.0, self.cost(run.page) - run.taken) for run in self.live)
        kept = self.keep() if self.live else 0.0
        return self._left - MARGIN - kept - growing >= self.cost(page)

    def start(self, path: Path) -> None:
        """Listen on the socket `path` and look after the runs, in a thread of its own."""
        self.door = socket.socket(socket.AF_UNIX)
        self.door.bind(str(path))
        self.door.listen(64)
        self.door.setblocking(False)
        self.address = str(path)
        self.thread = threading.Thread(target=self._tend, name="kdviz-runs", daemon=True)
        self.thread.start()

    def close(self) -> None:
        """Take no more runs, and send those away who wait."""
        self._closed = True
        if self.address:
            with socket.socket(socket.AF_UNIX) as knock, contextlib.suppress(OSError):
                knock.connect(self.address)
            self.thread.join(5)

    def _tend(self) -> None:
        while not self._closed:
            try:
                busy = self.waiting or self.live
                wait([self.door, *(one.line for one in self.waiting)], LOOK if busy else None)
                self.look()
            except Exception:
                log.exception("the queue of runs")
                time.sleep(LOOK)
        self.door.close()
        for one in self.waiting:
            one.line.close()

    def look(self) -> None:
        """Take in who came, forget who went, admit those who fit, and tell the others their place."""
        with contextlib.suppress(BlockingIOError):
            while self.address:
                self.enter(Connection(self.door.accept()[0].detach()))
        self.waiting = [one for one in self.waiting if self._is_there(one)]
        self._measure()
        while self.waiting and self.fits(self.waiting[0].asked["slug"]):
            self._admit(self.waiting.pop(0))
        for place, one in enumerate(self.waiting, start=1):
            if one.place != place:
                one.place = place
                with contextlib.suppress(OSError):
                    one.line.send(("place", place))
        self._end_one()

    def enter(self, line: Connection) -> None:
        """Put a kernel at the end of the queue, once it has sent what it wants."""
        try:
            asked = json.loads(line.recv_bytes(LONGEST) if line.poll(1) else b"")
            self.waiting.append(Waiting(line, {"slug": str(asked["slug"]), "query": str(asked["query"])}))
        except (EOFError, OSError, ValueError, TypeError, KeyError):
            line.close()

    def _is_there(self, one: Waiting) -> bool:
        if one.line.poll():  # who waits says nothing more: this is the end of the connection
            one.line.close()
            return False
        return True

    def _admit(self, one: Waiting) -> None:
        with one.line:
            try:
                process = self.begin(one.line, one.asked)
            except (OSError, ValueError) as error:
                log.error("a live run cannot be started: %s", error)
                return
        self.live.append(Run(process, one.asked["slug"], time.monotonic()))

    def _measure(self) -> None:
        for run in list(self.live):
            if run.process.poll() is not None:
                self.live.remove(run)
                if run.worked > GROWN:
                    self.peaks.setdefault(run.page, deque(maxlen=20)).append(run.peak)
        began = time.monotonic()
        if began < self._next or not (self.waiting or self.live):
            return
        for run in self.live:
            run.taken = self.size(run.process.pid)
            run.peak = max(run.peak, run.taken)
            worked = self.work(run.process.pid)
            if worked > run.worked + 0.05:
                run.worked, run.moved = worked, time.monotonic()
        self._left = self.free()
        self._next = began + max(LOOK / 2, 3 * (time.monotonic() - began))

    def _end_one(self) -> None:
        """End a run that stands still while others wait, and the youngest before the system must end something."""
        now = time.monotonic()
        still = [run for run in self.live if now - run.moved > STILL]
        if still and self.waiting:
            min(still, key=lambda run: run.moved).process.terminate()
        elif len(self.live) > 1 and self._left < MARGIN / 2:
            self.live[-1].process.terminate()
