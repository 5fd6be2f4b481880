"""The process that computes with what links its pages open; it takes one question after the other, and holds nothing.

A question is JSON {slug, query} on a connection, the answer the JSON of `kdviz.app.opening`, or nothing where a link
cannot be computed. The process ends with the server. A link is what any visitor wrote: so it is not the server that
computes, and this process may not take much memory, writes nothing, and is ended by the server when it takes too long.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import signal
import sys
from multiprocessing.connection import Connection
from pathlib import Path

from kdviz.app.opening import opening
from kdviz.pages.catalogue import CATALOGUE

LESS = 5  # niceness: the kernels, which visitors wait for, come first
MEMORY = 512  # MiB of data; 90 were measured with all pages loaded, 110 at their largest
LONGEST = 2**16  # bytes of a question
LARGEST = 2**20  # bytes of an answer: 30 to 40 thousand were measured
FIRST = "900"  # of all processes these are the first that the system may end when memory runs out
log = logging.getLogger("kdviz")


def work(line: Connection) -> None:
    """Answer until the other end hangs up."""
    prepare()
    with line, contextlib.suppress(EOFError, OSError):
        for slug in CATALOGUE:  # what is loaded by the first computation is loaded before a visitor waits for it
            answer(json.dumps({"slug": slug, "query": ""}).encode())
        line.send_bytes(b"ready")
        while True:
            line.send_bytes(answer(line.recv_bytes(LONGEST)))


def answer(question: bytes) -> bytes:
    """Return the answer to a question; empty for one that has none.

    >>> answer(b'{"slug": "02_gradient_gap", "query": "T=3"}')[:9], answer(b'{"slug": "torch", "query": ""}')
    (b'{"spec": ', b'')
    """
    try:
        asked = json.loads(question)
        found = json.dumps(opening(asked["slug"], asked["query"]), allow_nan=False).encode()
        return found if len(found) <= LARGEST else b""
    except Exception as error:  # whatever a link does to a page costs the early picture, nothing else
        log.warning("no early picture: %s", type(error).__name__)
        return b""


def prepare() -> None:
    """Take less of the processor than the kernels, and little memory; Ctrl+C is for the server."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(LESS)
    if sys.platform == "linux":
        import resource

        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_DATA, (MEMORY << 20, MEMORY << 20))
            Path("/proc/self/oom_score_adj").write_text(FIRST)


if __name__ == "__main__":
    work(Connection(int(sys.argv[1])))
