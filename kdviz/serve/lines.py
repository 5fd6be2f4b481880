"""The websocket of a page: one protocol, and nothing goes on that does not have its form."""

from __future__ import annotations

import itertools
from typing import Any

from tornado import web
from voila.tornado.kernel_websocket_handler import VoilaKernelWebsocketHandler

PROTOCOL = "v1.kernel.websocket.jupyter.org"
PARTS = range(6, 65)  # offsets in a message: channel, header, parent, metadata, content, buffers, end


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

    async def pre_get(self) -> None:
        """Refuse the older protocol before anything is connected."""
        asked = self.request.headers.get("Sec-WebSocket-Protocol", "")
        if PROTOCOL not in [name.strip() for name in asked.split(",")]:
            raise web.HTTPError(400, "the websocket needs the protocol %s", PROTOCOL)
        await super().pre_get()

    def get_websocket_protocol(self) -> Any:
        """Return the protocol without pings of tornado's own: it reads Jupyter's milliseconds as seconds, and warns."""
        protocol = super().get_websocket_protocol()
        if protocol:
            protocol.params.ping_interval = protocol.params.ping_timeout = None
        return protocol

    def on_message(self, message: str | bytes) -> None:
        """Pass a message on to the kernel; one without the form of a message ends the connection."""
        if not well_formed(message):
            return self.close(1003, "not a message")
        try:
            super().on_message(message)
        except (AssertionError, KeyError, TypeError, ValueError):  # parts that are not what they should be
            self.close(1003, "not a message")
