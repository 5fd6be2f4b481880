"""How many files and connections this process may have open, and whether it comes close to that.

A system gives out the lowest free number, so one that lies near the limit says that all below it are taken.
"""

from __future__ import annotations

import contextlib
import os
import sys

MANY = 65536  # enough for anything here; some systems allow without end and then fail
RESERVE = 48  # kept for what is under way: a start (ten), a line (nine), a file
SESSION = 14  # of a session with its page open, the websocket included
SEAT = SESSION + 3  # with connections of the browser beside it; they give way where they are too many
OWN = 24  # of the server before the first visitor, with some to spare


def raise_limit() -> int:
    """Allow as many as the system lets this process have; returns the limit."""
    if sys.platform == "win32":
        return MANY
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MANY if hard == resource.RLIM_INFINITY else min(MANY, hard)
    if soft == resource.RLIM_INFINITY or soft < most:
        with contextlib.suppress(OSError, ValueError):  # macOS allows fewer than it says
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    return limit()


def limit() -> int:
    """Return how many this process may have open."""
    if sys.platform == "win32":
        return MANY
    import resource

    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return MANY if soft == resource.RLIM_INFINITY else soft


def short(number: int | None = None, reserve: int = RESERVE) -> bool:
    """Tell whether all but `reserve` are in use; `number` is the one just given out, looked up where it is left out."""
    if number is None:
        try:
            number = os.open(os.devnull, os.O_RDONLY)
        except OSError:
            return True
        os.close(number)
    return number >= limit() - reserve


def seats(allowed: int) -> int:
    """Return how many sessions fit into `allowed`.

    >>> seats(256), seats(1024)
    (10, 56)
    """
    return max(1, (allowed - OWN - RESERVE) // SEAT)
