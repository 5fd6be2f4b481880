"""The websocket between a page and its kernel: one protocol, few lines at a time, nothing passes that has not its form.

`KernelHandler` is the visitor's side of it, `PromptConnection` the kernel's: prompt, and closed to all but the page's
own widgets.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import logging
from collections import defaultdict
from collections.abc import Coroutine
from typing import Any, ClassVar

import zmq
from jupyter_server.services.kernels.connection.base import deserialize_msg_from_ws_v1
from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
from tornado import web
from tornado.websocket import WebSocketClosedError
from voila.tornado.kernel_websocket_handler import VoilaKernelWebsocketHandler

from kdviz.app.protocol import CONTROL
from kdviz.serve.pace import Pace
from kdviz.serve.reports import Budget, may_leave, report

PARTS = range(6, 65)  # offsets in a message: channel, header, parent, metadata, content, buffers, end
MOST = 3  # lines of one kernel: one, and the ones that a page which came back has not noticed to be dead
OPENED = 4.0  # lines a second that may be opened to one kernel, after the first ones
MESSAGES = 200.0  # messages a second that a line takes; a page sends one for every picture at most
UNSENT = 2**22  # bytes that wait for a reader; more, and the line is cut
PROTOCOL = "v1.kernel.websocket.jupyter.org"
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
        excess = len(lines) - (MOST if self.settings["front"].has_descriptors() else 1)
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


class PromptConnection(ZMQChannelsWebsocketConnection):
    """Sends every message at once, in one protocol for ever, and lets through only what pages and widgets say.

    A step is answered by three small messages (busy, frame, idle). By default TCP keeps back the second one until the
    browser has acknowledged the first, which browsers put off for 40 ms: that, not the computation, would be the
    pace of a drag.
    """

    connected = False  # whether the kernel's channels were asked for

    @property
    def subprotocol(self) -> str:
        """The protocol; Jupyter's server reads the older one from a line that it has closed itself."""
        return PROTOCOL

    def connect(self) -> asyncio.Future[None] | None:  # type: ignore[override]
        """Connect to the kernel."""
        self.connected = True
        self.websocket_handler.set_nodelay(True)
        return super().connect()

    def disconnect(self) -> None:  # type: ignore[override]
        """Let go of the kernel; one who left before being connected is not taken off the count of connections."""
        if self.connected:
            return super().disconnect()
        if self._open_sessions.get(self.session_key) is self.websocket_handler:
            del self._open_sessions[self.session_key]
        channel: Any = self.kernel_info_channel
        self.kernel_info_channel = None
        if channel is not None and not channel.closed():  # its answer, on which other lines wait, will not come
            channel.close()
            if not self._kernel_info_future.done():
                self._kernel_info_future.set_result({})
            if getattr(self.kernel_manager, "_kernel_info_future", None) is self._kernel_info_future:
                del self.kernel_manager._kernel_info_future

    def handle_outgoing_message(self, stream: Any, outgoing_msg: list[Any]) -> None:
        """Pass a message of the kernel on, or write what it says into the log; a closed line passes nothing on."""
        _, (_, header, _, _, content, *_) = self.session.feed_identities(outgoing_msg)
        head = json.loads(bytes(header))
        kind = head.get("msg_type")
        if may_leave(kind):
            if getattr(self.websocket_handler, "ws_connection", None) is None:
                return
            return super().handle_outgoing_message(stream, outgoing_msg)
        self.note(head.get("msg_id"), report(kind, json.loads(bytes(content))))

    def handle_incoming_message(self, incoming_msg: Any) -> None:
        """Pass a message of the page on, unless it is of a kind, or opens something, that no page needs."""
        channel, (header, _, _, content, *_) = deserialize_msg_from_ws_v1(incoming_msg)
        kind, allowed = json.loads(header)["msg_type"], self.multi_kernel_manager.allowed_message_types
        if channel not in self.channels or (allowed and kind not in allowed):
            return
        if kind == "comm_open" and json.loads(content)["target_name"] != CONTROL:
            return
        super().handle_incoming_message(incoming_msg)

    def note(self, name: object, text: str) -> None:
        """Write a report into the log: once, however many lines the kernel has, and not without end."""
        manager: Any = self.kernel_manager
        manager.reports = getattr(manager, "reports", None) or Budget()
        if text and name != getattr(manager, "reported", None) and manager.reports.take(text):
            manager.reported = name
            log.error("kernel %s: %s", self.kernel_id, text)

    def write_stderr(self, error_message: str, parent_header: Any) -> None:
        """Say in the log, not on the page, that a kernel sends too much."""
        self.note(None, error_message.strip())
