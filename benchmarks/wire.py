"""What goes over a page's websocket: frames, bytes, and which Jupyter messages they carry.

Counted are the payloads of websocket frames in both directions, as Chromium reports them: whole Jupyter messages with
headers, the kernel's busy and idle notices included; not TCP, TLS or the frames' own few bytes. A `comm_msg` is what a
widget says; the rest is the protocol's.
"""

from __future__ import annotations

import base64
import json
import struct
from dataclasses import dataclass, field


@dataclass
class Wire:
    """Counts of one page since `reset`; feed it with Chromium's Network.webSocketFrame events."""

    up: list[tuple[str, int]] = field(default_factory=list)  # (Jupyter message type, bytes)
    down: list[tuple[str, int]] = field(default_factory=list)

    def listen(self, session) -> Wire:
        """Count what a CDP session (synchronous or not) reports; the caller has sent Network.enable."""
        session.on("Network.webSocketFrameSent", lambda event: self.up.append(self._read(event)))
        session.on("Network.webSocketFrameReceived", lambda event: self.down.append(self._read(event)))
        return self

    def reset(self) -> None:
        """Start counting anew."""
        self.up.clear()
        self.down.clear()

    @staticmethod
    def _read(event) -> tuple[str, int]:
        response = event["response"]
        if response["opcode"] == 2:
            data = base64.b64decode(response["payloadData"])
            return kind(data), len(data)
        text = response["payloadData"]
        try:
            return json.loads(text)["header"]["msg_type"], len(text.encode())
        except (ValueError, KeyError, TypeError):
            return "", len(text.encode())

    def messages_up(self) -> int:
        """Widget messages that went up."""
        return sum(name == "comm_msg" for name, _ in self.up)

    def bytes_up(self) -> int:
        """Bytes that went up, of all messages."""
        return sum(size for _, size in self.up)

    def bytes_down(self) -> int:
        """Bytes that came down, of all messages."""
        return sum(size for _, size in self.down)


def kind(data: bytes) -> str:
    """Message type of one frame of the protocol v1.kernel.websocket.jupyter.org: offsets, channel, header, …

    >>> parts = [b"shell", b'{"msg_type": "comm_msg"}']
    >>> offsets = [8 * 4, 8 * 4 + 5, 8 * 4 + 5 + len(parts[1])]
    >>> kind(struct.pack("<4Q", 3, *offsets) + b"".join(parts))
    'comm_msg'
    """
    try:
        (count,) = struct.unpack_from("<Q", data)
        _, start, end, *_ = struct.unpack_from(f"<{count}Q", data, 8)
        return json.loads(data[start:end])["msg_type"]
    except (struct.error, ValueError, KeyError, TypeError):
        return ""
