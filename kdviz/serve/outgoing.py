"""What may leave a kernel for a page: messages of widgets, and that the kernel is there. Nothing that it printed.

Tracebacks, prints and displays are for the operator: they would show paths and code of the server to every visitor.
"""

from __future__ import annotations

import re
from typing import Any

from kdviz.serve.reports import plain

LEAVE = frozenset(
    ("comm_open", "comm_msg", "comm_close", "comm_info_reply", "kernel_info_reply", "status", "iopub_welcome")
)
COLOUR = re.compile(r"\x1b\[[\d;]*m")
LONGEST = 8000  # characters of one report


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
