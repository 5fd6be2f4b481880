"""The websocket between a page and its kernel: one protocol, without Nagle's algorithm."""

from __future__ import annotations

import asyncio
from typing import Any

from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection

PROTOCOL = "v1.kernel.websocket.jupyter.org"


class PromptConnection(ZMQChannelsWebsocketConnection):
    """Sends every message at once, and speaks one protocol for ever.

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
        """Pass a message of the kernel on, unless the line is closed."""
        if getattr(self.websocket_handler, "ws_connection", None) is not None:
            super().handle_outgoing_message(stream, outgoing_msg)
