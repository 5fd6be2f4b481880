"""The server's log: no secret in it, and what visitors do wrong cannot fill it."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable

from tornado.web import RequestHandler

AGAIN = 60.0  # s after which a line of the same kind is written again
KINDS = 5  # different texts from one place of the code in that time
QUERY = re.compile(r"(\?|%3[fF])[^\s'\"<>)]+")  # of an address, where tokens are
VARYING = re.compile(r"\d[\d.]*|0x\w+")
NO_FAULT = (  # how lines begin on what is no fault or has another line
    "%d %s: ",  # tornado on an answer, which has a line here
    "wrote error: ",  # and Jupyter
    "Couldn't authenticate ",
    "Clearing invalid/expired login cookie",  # of the server before
    "Got events for closed stream",  # a kernel's last messages, when its visitor has left
)
FAREWELL = "/voila/api/shutdown/"  # a page says farewell twice, and the second time finds nothing
FOREIGN = "Blocking request with non-local 'Host'"  # Jupyter's words, which name an option of another program
log = logging.getLogger("kdviz")


class Discreet(logging.Formatter):
    """Writes addresses without their queries, in tracebacks too."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        return QUERY.sub(r"\1…", super().format(record))


class Sparing(logging.Filter):
    """Lets a warning or an error through once a minute, numbers in it aside, and few that differ from one place."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self.clock, self.since, self.texts = clock, 0.0, {}  # type: ignore[var-annotated]

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether the record is written."""
        if record.levelno < logging.WARNING:
            return True
        if str(record.msg).startswith(NO_FAULT):
            return False
        if str(record.msg).startswith(FOREIGN):
            record.msg = "refused a request for the name %s (%s); if visitors come by it, say --name NAME"
        now, place = self.clock(), (record.pathname, record.lineno, record.levelno)
        if now - self.since >= AGAIN:
            self.since, self.texts = now, {}
        known, text = self.texts.setdefault(place, set()), VARYING.sub("#", QUERY.sub("", record.getMessage()))
        if text in known or len(known) >= KINDS:
            return False
        known.add(text)
        return True


def set_up(app_log: logging.Logger, verbose: bool) -> None:
    """Send every log of this process to one handler on stderr; with `verbose` all lines, else warnings, sparingly."""
    handler = logging.StreamHandler()
    handler.setFormatter(Discreet("%(levelname).1s %(asctime)s %(message)s", "%H:%M:%S"))
    if not verbose:
        handler.addFilter(Sparing())
    level = logging.INFO if verbose else logging.WARNING
    for logger in (logging.getLogger(), app_log):
        logger.handlers = [handler]
        logger.setLevel(level)
    logging.captureWarnings(True)


def answered(handler: RequestHandler) -> None:
    """Write one line on an answer, without the query of its address; what went well is written with --verbose."""
    status, request = handler.get_status(), handler.request
    fine = status < 400 or (status == 404 and FAREWELL in request.path)
    level = logging.INFO if fine else logging.WARNING if status < 500 else logging.ERROR
    path = request.path if len(request.path) < 100 else f"{request.path[:100]}…"
    spent = 1000 * request.request_time()
    log.log(level, "%d %s %s (%s) %.0f ms", status, request.method, path, request.remote_ip, spent)
