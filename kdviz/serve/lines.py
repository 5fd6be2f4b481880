"""The websocket of a page: one protocol, few lines at a time, and nothing goes on that does not have its form."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
from collections import defaultdict
from collections.abc import Coroutine
from typing import Any, ClassVar

import zmq
from tornado import web
from tornado.websocket import WebSocketClosedError
from voila.tornado.kernel_websocket_handler import VoilaKernelWebsocketHandler

from kdviz.serve.pace import Pace
from kdviz.serve.wire import PROTOCOL

PARTS = range(6, 65)  # offsets in a message: channel, header, parent, metadata, content, buffers, end
MOST = 3  # lines of one kernel: one, and the ones that a page which came back has not noticed to be dead
OPENED = 4.0  # lines a second that may be opened to one kernel, after the first ones
MESSAGES = 200.0  # messages a second that a line takes; a page sends one for every picture at most
UNSENT = 2**22  # bytes that wait for a reader; more, and the line is cut
log = logging.getLogger("kdviz")


def well_formed(message: str | bytes) -> bool:
    """Tell whether a message has the layout of the protocol: count, offsets (8 bytes each, little-endian), parts.

    The server's own reader believes the count: eight bytes of 255 would make it fill the memory with offsets.

    >>> well_formed(bytes([255] * 8)), well_formed(b""), well_formed("{}")
    (False, False, False)
    """
    if not isinstance(message, bytes) or len(message) < 8:
        return False
    count = int.from_bytes(message[:8], "little")
    if count not in PARTS or len(message) < 8 * (count + 1):
        return False
    ends = [int.from_bytes(message[8 * i : 8 * (i + 1)], "little") for i in range(1, count + 1)]
    return ends[0] == 8 * (count + 1) and ends[-1] == len(message) and all(a <= b for a, b in itertools.pairwise(ends))


class KernelHandler(VoilaKernelWebsocketHandler):
    """The websocket of a page, in the protocol that pages speak.

    Voila reads the head of every binary answer in that protocol's layout. In the older one the same bytes are a length
    of 10¹⁷: one visitor who asked for it would fill the memory of the server for ever, so it is not spoken here.
    """

    open_lines: ClassVar[dict[str, list[KernelHandler]]] = defaultdict(list)  # kernel -> its lines, the oldest first
    opening: ClassVar[dict[str, Pace]] = {}  # kernel -> how fast lines to it may be opened
    connection: Any = None
    kernel_id = ""

    def initialize(self) -> None:
        """Begin to count what comes."""
        super().initialize()
        self.pace = Pace(MESSAGES, MESSAGES)

    async def get(self, kernel_id: str) -> None:
        """Answer with a line; where none came of it, let go of what was prepared."""
        await super().get(kernel_id)
        if self.ws_connection is None:
            self.on_close()

    async def pre_get(self) -> None:
        """Refuse the older protocol before anything is connected, and too many lines: first go those that began."""
        asked = self.request.headers.get("Sec-WebSocket-Protocol", "")
        if PROTOCOL not in [name.strip() for name in asked.split(",")]:
            raise web.HTTPError(400, "the websocket needs the protocol %s", PROTOCOL)
        lines = self.open_lines[self.kernel_id]
        lines.append(self)
        excess = len(lines) - (MOST if self.settings["front"].has_room() else 1)
        for line in sorted(lines[:-1], key=lambda line: line.ws_connection is not None)[: max(0, excess)]:
            line.cut()
        pace = self.opening.setdefault(self.kernel_id, Pace(OPENED, 2 * MOST))
        try:
            await asyncio.sleep(pace.delay())
            if self in lines:
                await super().pre_get()
        except BaseException:
            self.on_close()
            raise
        if self not in lines:  # the visitor hung up, or newer lines came meanwhile
            self.on_close()
            raise web.HTTPError(503)

    def get_websocket_protocol(self) -> Any:
        """Return the protocol without pings of tornado's own: it reads Jupyter's milliseconds as seconds, and warns."""
        protocol = super().get_websocket_protocol()
        if protocol:
            protocol.params.ping_interval = protocol.params.ping_timeout = None
        return protocol

    async def open(self, kernel_id: str) -> None:
        """Connect to the kernel; where the system has no descriptors left, the page tries again."""
        try:
            await super().open(kernel_id)
        except (OSError, zmq.ZMQError) as error:
            log.warning("no line to a kernel: %s", error)
            self.cut()

    def on_message(self, message: str | bytes) -> Coroutine[Any, Any, None] | None:
        """Pass a message on to the kernel; one without the form ends the line, and what comes after that is dropped.

        Returns what tornado waits for before it reads on: others have their turn between the messages of one.
        """
        if self.ws_connection is None or self.ws_connection.is_closing():
            return None
        if not well_formed(message):
            return self.close(1003, "not a message")
        try:
            super().on_message(message)
        except (AssertionError, AttributeError, KeyError, TypeError, ValueError):  # a part is not what it should be
            self.close(1003, "not a message")
        return asyncio.sleep(self.pace.delay())

    def write_message(self, message: bytes | dict[str, Any], binary: bool = False) -> asyncio.Future[None]:
        """Send a message; a line whose other side has gone drops it, one whose other side does not read is cut."""
        if self.ws_connection is not None and self.unsent() > UNSENT:
            self.cut()
        try:
            return super().write_message(message, binary)
        except WebSocketClosedError:
            done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            done.set_result(None)
            return done

    def unsent(self) -> int:
        """Return how many bytes wait for the other side to read."""
        stream = self.ws_connection and self.ws_connection.stream
        return len(stream._write_buffer) if stream and not stream.closed() else 0

    def cut(self) -> None:
        """End the line now, whatever the other side does."""
        stream = self.ws_connection.stream if self.ws_connection else self.request.connection.stream
        if stream:
            stream.close()
        self.forget()

    def on_close(self) -> None:
        """Let go of the kernel, also where the visitor left before there was a line."""
        self.forget()
        connection, self.connection = self.connection, None
        if connection is not None:
            connection.disconnect()

    def forget(self) -> None:
        """Count this line no more."""
        lines = self.open_lines.get(self.kernel_id, [])
        with contextlib.suppress(ValueError):
            lines.remove(self)
        if not lines:
            self.open_lines.pop(self.kernel_id, None)
            if self.kernel_id not in self.kernel_manager:
                self.opening.pop(self.kernel_id, None)
