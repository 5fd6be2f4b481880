"""What a kernel complains about goes to the server's log: with the name of its page, as plain text, and not too much.

To a page go messages of widgets, and that the kernel is there, and nothing that it printed: tracebacks, prints and
displays are for the operator, since they would show paths and code of the server to every visitor.

`stream` is an `outstream_class` for ipykernel: standard output stays what a cell shows while its page is made, but
standard error is that of the process, so that warnings, log records and tracebacks of callbacks reach the operator.
"""

from __future__ import annotations

import io
import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ipykernel.iostream import OutStream

ARGUMENTS = [f"--IPKernelApp.outstream_class={__name__}.stream", "--IPKernelApp.capture_fd_output=False"]
LEAVE = frozenset(
    ("comm_open", "comm_msg", "comm_close", "comm_info_reply", "kernel_info_reply", "status", "iopub_welcome")
)
COLOUR = re.compile(r"\x1b\[[\d;]*m")
LONGEST = 8000  # characters of one report
BURST, RATE = 16_384, 20.0  # bytes of reports of one kernel at once, and per second: below 2 MB a day


@dataclass
class Budget:
    """So many bytes at once and per second: `take` says whether a text may still be written, `lost` counts the others.

    >>> budget = Budget(burst=10, rate=1, clock=lambda: 0.0)
    >>> budget.take("12345678"), budget.take("12345678"), budget.lost
    (True, False, 1)
    """

    burst: float = BURST
    rate: float = RATE
    clock: Callable[[], float] = time.monotonic
    lost: int = 0
    left: float = field(init=False)
    seen: float = field(init=False)

    def __post_init__(self) -> None:
        self.left, self.seen = self.burst, self.clock()

    def take(self, text: str) -> bool:
        """Spend the bytes of `text`, or count it as lost."""
        now = self.clock()
        self.left = min(self.burst, self.left + self.rate * (now - self.seen))
        self.seen = now
        size = len(text.encode("utf-8", "replace"))
        if size > self.left:
            self.lost += 1
            return False
        self.left -= size
        return True


def page() -> str:
    """Return the name of the page that this kernel is for."""
    return os.environ.get("SCRIPT_NAME", "").rpartition("/")[2].removesuffix(".ipynb") or "?"


def plain(text: str) -> str:
    """Return text without what a terminal would obey.

    >>> plain("a\\x1b[2Jb\\r\\n\\tc")
    'a?[2Jb?\\n\\tc'
    """
    return "".join(letter if letter.isprintable() or letter in "\n\t" else "?" for letter in text)


def may_leave(kind: object) -> bool:
    """Tell whether a message of this kind may go to a page.

    >>> may_leave("comm_msg"), may_leave("stream"), may_leave("error"), may_leave("display_data"), may_leave(None)
    (True, False, False, False, False)
    """
    return kind in LEAVE


def report(kind: object, content: dict[str, Any]) -> str:
    """Return what the log says of a message that stays here; empty for those that say nothing new.

    >>> report("error", {"ename": "KeyError", "evalue": "3", "traceback": ["\\x1b[31mKeyError\\x1b[0m: 3"]})
    'KeyError: 3\\nKeyError: 3'
    >>> report("stream", {"text": "hello\\n"}), report("execute_input", {})
    ('hello', '')
    """
    text = ""
    if kind == "stream":
        text = str(content.get("text", ""))
    elif kind == "error":
        lines = [f"{content.get('ename')}: {content.get('evalue')}", *map(str, content.get("traceback") or ())]
        text = "\n".join(lines)
    return plain(COLOUR.sub("", text)[:LONGEST]).strip()


class Log(io.TextIOBase):
    """Standard error of a kernel: whole lines, each with the name of the page, into a file descriptor."""

    encoding = "utf-8"

    def __init__(self, descriptor: int = 2, budget: Budget | None = None) -> None:
        self.descriptor, self.budget, self.name, self.open = descriptor, budget or Budget(), page(), ""

    def writable(self) -> bool:
        """Tell that this is for writing."""
        return True

    def fileno(self) -> int:
        """The descriptor, for those who write to it themselves."""
        return self.descriptor

    def write(self, text: str) -> int:
        """Take text; a line goes out when it is complete."""
        *lines, self.open = (self.open + str(text)[:BURST]).split("\n")
        self.open = self.open[:BURST]
        for line in lines:
            whole = f"page {self.name}: {plain(line)}\n"
            if self.budget.take(whole):
                lost, self.budget.lost = self.budget.lost, 0
                left_out = f"page {self.name}: ({lost} lines are left out)\n" if lost else ""
                os.write(self.descriptor, (left_out + whole).encode("utf-8", "replace"))
        return len(text)


def stream(session: Any, thread: Any, name: str, **keys: Any) -> io.TextIOBase:
    """Make standard output or standard error of a kernel."""
    return Log() if name == "stderr" else OutStream(session, thread, name, **keys)
