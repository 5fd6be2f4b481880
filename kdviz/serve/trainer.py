"""The process of one live run: it computes the values of a page's `train`, one whenever the page asks for it.

It holds one end of a connection, the page's kernel the other: a value goes down, then one more for every message that
comes up. It ends with its run, and when the kernel does: all memory that a run takes is back when the run is over.
Forked from a prepared process it has torch from the start.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import traceback
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from kdviz.core.check import BadInput
from kdviz.core.params import from_query
from kdviz.pages.catalogue import load
from kdviz.words import W

LESS = 5  # niceness: the pages of everybody come first
FIRST = "900"  # of all processes these are the first that the system may end when memory runs out


class Evicted(BaseException):
    """The server took the place of this run back."""


def work(line: Connection, asked: dict[str, str], memory: int = 0) -> None:
    """Run what was asked for, `{slug, query}`, until the other end hangs up; `memory` MiB of data (0: no limit)."""
    prepare(memory)
    with line, contextlib.suppress(EOFError, OSError):
        try:
            page = load(asked["slug"])
            assert page.train is not None
            for value in page.train(from_query(page.params, asked["query"])[0]):
                send(line, "value", value)
                line.recv_bytes(2**10)
            send(line, "over", None)
        except (EOFError, OSError):
            raise
        except Evicted:
            send(line, "failed", ("BadInput", W.RUN_NEEDED, ""))
        except Exception as error:
            text = str(error) if isinstance(error, BadInput) else ""
            send(line, "failed", (type(error).__name__, text, traceback.format_exc()))


def send(line: Connection, kind: str, content: Any) -> None:
    """Send a message that is not cut off in the middle."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    line.send((kind, content))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})


def prepare(memory: int) -> None:
    """Take less of the processor than the pages, and no more memory than is allowed."""
    signal.signal(signal.SIGTERM, evict)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(LESS)
    if sys.platform == "linux":
        import resource

        with contextlib.suppress(OSError, ValueError):
            if memory:
                resource.setrlimit(resource.RLIMIT_DATA, (memory << 20, memory << 20))
            Path("/proc/self/oom_score_adj").write_text(FIRST)


def evict(_number: int, _frame: Any) -> None:
    """End the run where it stands."""
    raise Evicted


if __name__ == "__main__":
    work(Connection(int(sys.argv[1])), json.loads(sys.argv[2]), int(sys.argv[3]))
