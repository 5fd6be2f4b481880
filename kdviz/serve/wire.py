"""The websocket between a page and its kernel, without Nagle's algorithm."""

from __future__ import annotations

import asyncio

from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection


class PromptConnection(ZMQChannelsWebsocketConnection):
    """Sends every message at once.

    A step is answered by three small messages (busy, frame, idle). By default TCP keeps back the second one until the
    browser has acknowledged the first, which browsers put off for 40 ms: that, not the computation, would be the
    pace of a drag.
    """

    def connect(self) -> asyncio.Future[None] | None:  # type: ignore[override]
        """Connect to the kernel."""
        self.websocket_handler.set_nodelay(True)
        return super().connect()
