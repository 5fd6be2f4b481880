"""A live run in a process of its own, lent by the server: its values come one by one, after a place in a queue.

`kdviz serve` names the socket of its runs in the environment of a kernel. Elsewhere there is none, and a run is a
thread of the kernel. What goes up is JSON; what comes down is from our own processes, through a socket in a private
folder.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib.util
import json
import logging
import os
import socket
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from kdviz.app.run import Failed, Place
from kdviz.core.check import BadInput
from kdviz.core.params import to_query
from kdviz.pages import Page, Progress
from kdviz.pages.catalogue import CATALOGUE, load
from kdviz.words import W

log = logging.getLogger("kdviz")
ADDRESS = "KDVIZ_RUNS"  # environment of a kernel: path of the server's socket


class Remote:
    """Iterates over `Place`s while the run waits, then over its `Progress`; a value is computed when it is asked for.

    `cut()` may be called by any thread: it ends the wait of whoever waits here, and the run.
    Raises BadInput with what happened when the run is lost.
    """

    def __init__(self, address: str, page: Page, params: Any) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        try:
            self._socket.connect(address)
        except OSError:
            self._socket.close()
            raise BadInput(W.RUN_LOST) from None
        self._line = Connection(os.dup(self._socket.fileno()))
        self.slug, self._going = page.slug, False
        self._line.send_bytes(json.dumps({"slug": page.slug, "query": to_query(params, full=True)}).encode())

    def __iter__(self) -> Iterator[Place | Progress]:
        return self

    def __next__(self) -> Place | Progress:
        try:
            if self._going:
                self._line.send_bytes(b"next")
            kind, content = self._line.recv()
        except (EOFError, OSError):
            raise BadInput(W.RUN_LOST) from None
        if kind == "place":
            return Place(int(content))
        if kind == "value":
            self._going = True
            return content
        if kind == "over":
            raise StopIteration
        raise self._failed(*content)

    def _failed(self, kind: str, text: str, report: str) -> Exception:
        if kind == BadInput.__name__:
            return BadInput(text)
        log.error("a live run of %s\n%s", self.slug, report)
        return Failed(kind)

    def cut(self) -> None:
        """Hang up, whoever is waiting."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Hang up and let go of the socket."""
        self.cut()
        self._line.close()
        self._socket.close()


def training(page: Page) -> Callable[[Any], Iterator[Place | Progress]] | None:
    """Return what makes the values of a run of `page`: the server's where it lends runs, else the page's own."""
    address, train = os.environ.get(ADDRESS), page.train
    if train is None:
        return None
    if address and page.slug in CATALOGUE and load(page.slug) is page:
        return lambda params: Remote(address, page, params)

    def here(params: Any) -> Iterator[Place | Progress]:
        fetch()
        return train(params)

    return here


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
