"""The log of the server under attack: the same trouble, however often it comes, is one line a minute."""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from collections.abc import Callable

EVERY = 60.0  # s between two lines of the same kind
KINDS = 500  # kinds that are remembered
LOGGERS = ("kdviz", "tornado.general", "tornado.application", "tornado.access", "asyncio", "py.warnings")


class Seldom(logging.Filter):
    """Lets the first record of a kind through, then none for a minute; what was kept back is counted and said.

    A kind is the place in the code that speaks, the text without its values, and the type of the error.
    """

    def __init__(self, every: float = EVERY, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self.every, self.clock = every, clock
        self.last: OrderedDict[tuple[object, ...], tuple[float, int]] = OrderedDict()  # kind -> (s, kept back since)

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether a record is written."""
        if record.levelno < logging.WARNING:
            return True
        error = record.exc_info[0] if record.exc_info else None
        kind = (record.pathname, record.lineno, str(record.msg)[:80], error)
        now = self.clock()
        last, count = self.last.pop(kind, (-float("inf"), 0))
        if now - last < self.every:
            self.last[kind] = last, count + 1
            return False
        self.last[kind] = now, 0
        while len(self.last) > KINDS:
            self.last.popitem(last=False)
        if count:
            record.msg = f"{record.getMessage()} (and {count} more like it)"
            record.args = ()
        return True


def quieten(*loggers: logging.Logger) -> None:
    """Let these loggers, and those of the libraries, say the same only once a minute."""
    seldom = Seldom()
    for logger in (*loggers, *map(logging.getLogger, LOGGERS)):
        logger.addFilter(seldom)
