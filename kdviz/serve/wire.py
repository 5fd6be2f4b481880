"""The websocket between a page and its kernel: prompt, one protocol, closed to all but the page's own widgets."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

from jupyter_server.services.kernels.connection.base import deserialize_msg_from_ws_v1
from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection

from kdviz.app.protocol import CONTROL
from kdviz.serve.outgoing import may_leave, report
from kdviz.serve.reports import Budget

PROTOCOL = "v1.kernel.websocket.jupyter.org"
log = logging.getLogger("kdviz")


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
