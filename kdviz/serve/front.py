"""The front of the server: connections are bounded, and nobody's waiting for their next word keeps others out.

When there are too many, the address with the most of them gives up the one that has been silent longest: between two
requests, or in the middle of one. A request that is being answered is not cut off here, unless the other side takes
nothing of the answer for a minute; a websocket never is. Nobody waits at the door while there are files.
"""

from __future__ import annotations

import logging
import math
import socket
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tornado.http1connection import HTTP1Connection
from tornado.httpserver import HTTPServer
from tornado.ioloop import IOLoop
from tornado.iostream import IOStream

from kdviz.serve import address, descriptors

IDLE = 60  # s that a connection may wait for its next request; its timer holds what the last one needed
UNREAD = 60.0  # s in which the other side has to take something of its answer
BODY = 10.0  # s in which the body of a request has to come
LARGEST_HEAD = 2**14  # bytes of the head of a request: an address of 8192 characters, a cookie, a token
LARGEST_BODY = 2**14  # bytes of the body of a request: a login, a farewell
AT_ONCE = 64  # connections taken between two looks at everything else
LAST = 12  # descriptors that no connection takes
PAUSE = 0.2  # s without new connections after one could not be taken
log = logging.getLogger("kdviz")


@dataclass(eq=False)
class Guest:
    """A connection over which no websocket runs."""

    stream: IOStream
    address: str
    since: float  # s, when the server began to wait for a request
    request: HTTP1Connection | None = None
    taken: int = 0  # bytes that had gone out when they were looked at last
    moved: float = field(default_factory=time.monotonic)  # s, when it was last seen to take some, or to owe nothing

    @property
    def silent(self) -> bool:
        """Whether the server waits for it, and not it for the server."""
        return self.request is None or not self.request._read_finished


class Front(HTTPServer):
    """Tornado's server with at most `most` connections besides the websockets."""

    def initialize(self, *args: Any, most: int = 1000, **settings: Any) -> None:
        """Take what tornado's server takes, and `most`."""
        limits = {"idle_connection_timeout": IDLE, "body_timeout": BODY, "max_buffer_size": 2**22}
        sizes = {"max_body_size": LARGEST_BODY, "max_header_size": LARGEST_HEAD}
        super().initialize(*args, **{**limits, **sizes, **settings})
        self.most = most
        self.guests: dict[IOStream, Guest] = {}

    def add_sockets(self, sockets: Iterable[socket.socket]) -> None:
        """Accept connections on these; a failure to do so is logged once a minute and does not keep the server busy."""
        loop = IOLoop.current()
        for sock in sockets:
            self._sockets[sock.fileno()] = sock
            self._handlers[sock.fileno()] = lambda sock=sock: loop.remove_handler(sock)  # type: ignore[misc]
            loop.add_handler(sock, self.accept, IOLoop.READ)

    def accept(self, sock: socket.socket, events: int) -> None:
        """Take the connections that wait; who came a moment ago may have spoken, and is not silent yet."""
        now, look = time.monotonic(), True
        for _ in range(AT_ONCE):
            if descriptors.short(reserve=LAST) and not self.close_silent(AT_ONCE, now):
                return self.pause(sock)  # all are being answered: who comes now waits outside
            try:
                connection, where = sock.accept()
            except (BlockingIOError, InterruptedError):
                return
            except ConnectionAbortedError:
                continue
            except OSError as error:
                log.warning("no connection can be taken: %s", error.strerror)
                self.close_silent(AT_ONCE, now)
                return self.pause(sock)
            short = descriptors.short(connection.fileno())
            self._handle_connection(connection, where)
            if (len(self.guests) > self.most and look) or short:
                log.warning("%d connections: those that are silent are closed", len(self.guests))
                look = self.close_silent(1 + len(self.guests) // 20, now) > 0  # none were silent before `now`: none are
                if short and not look:
                    return self.pause(sock)

    def pause(self, sock: socket.socket) -> None:
        """Take no connections for a moment."""
        loop = IOLoop.current()
        loop.remove_handler(sock)

        def again() -> None:
            if not self._stopped:
                loop.add_handler(sock, self.accept, IOLoop.READ)

        loop.call_later(PAUSE, again)

    def has_descriptors(self) -> bool:
        """Tell whether there are descriptors for something new, after closing connections where there are few."""
        return not descriptors.short() or (self.close_silent(AT_ONCE) > 0 and not descriptors.short())

    def close_silent(self, number: int, before: float = math.inf) -> int:
        """Close connections that are silent since `before` (monotonic s), at most `number`; returns how many."""
        guests = (guest for guest in self.guests.values() if guest.silent and guest.since < before)
        silent = sorted(guests, key=lambda guest: guest.since)
        crowds = Counter(guest.address for guest in silent)
        for done in range(number):
            if not silent:
                return done
            crowd = max(crowds, key=lambda name: crowds[name])
            guest = next(guest for guest in silent if guest.address == crowd)
            silent.remove(guest)
            crowds[crowd] -= 1
            del self.guests[guest.stream]  # its own end comes later, and must not count until then
            guest.stream.close()
        return number

    def close_unread(self) -> None:
        """Close connections that take nothing of their answers; call it every few seconds."""
        now = time.monotonic()
        for guest in list(self.guests.values()):
            taken = guest.stream._total_write_done_index
            if taken != guest.taken or not guest.stream.writing():
                guest.taken, guest.moved = taken, now
            elif now - guest.moved > UNREAD:
                guest.stream.close()

    def handle_stream(self, stream: IOStream, where: tuple) -> None:
        """Begin to serve a connection."""
        self.guests[stream] = Guest(stream, address.group(str(where[0]) if where else ""), time.monotonic())
        super().handle_stream(stream, where)

    def start_request(self, server_conn: Any, request_conn: Any) -> Any:
        """Note that the server waits for a request."""
        if guest := self.guests.get(server_conn.stream):
            guest.request, guest.since = request_conn, time.monotonic()
        return super().start_request(server_conn, request_conn)

    def on_close(self, server_conn: Any) -> None:
        """Forget a connection that is closed, or has become a websocket."""
        self.guests.pop(server_conn.stream, None)
        super().on_close(server_conn)
