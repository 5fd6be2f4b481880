"""With what a page opens, asked of the process that computes it: bounded in time and number, and kept for the next.

Nothing here is needed for a page to work. Whoever asks gets a text or none: no process, no answer in time and too many
questions cost the early picture and nothing else.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import socket
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from typing import Protocol

from kdviz.pages.catalogue import CATALOGUE

PATIENCE = 0.4  # s that a page waits for its picture; its kernel starts meanwhile, and takes longer
DEADLINE = (
    2.0  # s after which the process is ended; 0.03 s of the processor are the most that a link was measured to take
)
READY = 60.0  # s in which a new process has to be ready
REST = 10.0  # s after a process was lost before the next one is made
MOST = 16  # questions that wait for the process at once
KEPT = 8 * 2**20  # bytes of answers that are kept, the ones asked for last
log = logging.getLogger("kdviz")


class Process(Protocol):
    """What is needed of the process that computes: `subprocess.Popen` has it, `forkserver.Forked` too."""

    def kill(self) -> None:
        """End it at once."""


class Openings:
    """Texts for the links of pages: JSON that is safe inside a `<script>`; `start` makes the process on a connection.

    The same link is computed once, however many ask for it at the same time, and kept for those who ask later.
    """

    def __init__(self, start: Callable[[Connection], Process], slugs: Iterable[str]) -> None:
        self.start = start
        self.slugs = (
            set(slugs) & set(CATALOGUE) if os.name == "posix" else set()
        )  # elsewhere no connection is inherited
        self.known: OrderedDict[tuple[str, str], str] = OrderedDict()
        self.size = 0  # bytes of what is known
        self.asked: dict[tuple[str, str], asyncio.Future[str]] = {}
        self.line: Connection | None = None
        self.process: Process | None = None
        self.rests_until = 0.0  # monotonic s
        self.thread = ThreadPoolExecutor(1, "kdviz-opening")  # all that waits for the process waits here

    def warm(self) -> None:
        """Make the process before the first visitor comes, and learn with what the pages open by themselves."""
        for slug in self.slugs:
            self.asked[slug, ""] = asyncio.ensure_future(self.learn((slug, "")))

    async def get(self, slug: str, query: str, *, waiting: bool = False) -> str:
        """Return the text of a link, empty where there is none in time; the waiting page asks only an idle process."""
        key = (slug, query)
        if slug not in self.slugs:
            return ""
        if key in self.known:
            self.known.move_to_end(key)
            return self.known[key]
        asked = self.asked.get(key)
        if asked is None:
            if len(self.asked) >= (1 if waiting else MOST):
                return ""
            asked = self.asked[key] = asyncio.ensure_future(self.learn(key))
        try:
            return await asyncio.wait_for(asyncio.shield(asked), PATIENCE)
        except TimeoutError:
            return ""

    async def learn(self, key: tuple[str, str]) -> str:
        """Ask the process, and keep what it answers, also for those who did not wait for it."""
        try:
            text = safe(await asyncio.get_running_loop().run_in_executor(self.thread, self.ask, *key))
        except RuntimeError:  # the server stops
            return ""
        finally:
            del self.asked[key]
        if text:
            self.known[key] = text
            self.size += len(text)
            while self.size > KEPT:
                self.size -= len(self.known.popitem(last=False)[1])
        return text

    def ask(self, slug: str, query: str) -> str:
        """Return what the process answers, in the thread; empty for a link without a picture."""
        if not self.ensure() or self.line is None:
            return ""
        try:
            self.line.send_bytes(json.dumps({"slug": slug, "query": query}).encode())
            if self.line.poll(DEADLINE):
                return self.line.recv_bytes().decode()
            log.warning("no early picture of %s: it took longer than %.0f s", slug, DEADLINE)
        except (EOFError, OSError) as error:
            log.warning("the process of the early pictures was lost: %s", type(error).__name__)
        self.end()
        return ""

    def ensure(self) -> bool:
        """Tell whether there is a process, in the thread, after making one where that is due."""
        if self.line or time.monotonic() < self.rests_until:
            return self.line is not None
        mine, theirs = socket.socketpair()
        self.line = Connection(mine.detach())
        try:
            with Connection(theirs.detach()) as other:
                self.process = self.start(other)
            if not self.line.poll(READY) or self.line.recv_bytes() != b"ready":
                raise OSError("it was not ready in time")
        except (EOFError, OSError, ValueError) as error:
            log.warning("pages open without their early pictures for a while: %r", error)  # some have no text
            self.end()
        return self.line is not None

    def end(self) -> None:
        """End the process; the next one is made after a rest, so that nobody can have them made on end."""
        self.rests_until = time.monotonic() + REST
        if self.process:
            self.process.kill()
        if self.line:
            self.line.close()
        self.line = self.process = None

    def close(self) -> None:
        """End the process, and ask nothing more."""
        self.thread.shutdown(wait=False, cancel_futures=True)
        if self.process:
            self.process.kill()


def safe(text: str) -> str:
    """Return JSON that no text in it can leave, inside a `<script>`.

    >>> safe('{"a": "</script><!--"}')
    '{"a": "\\\\u003c/script\\\\u003e\\\\u003c!--"}'
    """
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
