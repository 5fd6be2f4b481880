"""What one visitor can try against the server, and how long everybody else stands still meanwhile."""

from __future__ import annotations

import http.client
import json
import socket
import struct
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from urllib.parse import urlsplit

import psutil
from jupyter_server.services.kernels.connection.base import serialize_msg_to_ws_v1

from benchmarks.table import Row
from benchmarks.visitor import HEADER, KERNEL, PROTOCOL

STALL = 1.0  # s that anybody else may have to wait
GROWN = 1.10  # × the memory before
AFTER = 100.0  # s in which memory has to come back to that
PAGE = "/voila/render/02_gradient_gap.ipynb"
SLOW = {
    "idle connections": b"",
    "half a head": b"GET /healthz HTTP/1.1\r\nHost: loc",
    "half a body": b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    b"Content-Length: 9000\r\n\r\np",
}


def get(url: str, path: str, timeout: float = 60, **headers: str) -> tuple[int, bytes]:
    """Ask once; returns (status, body)."""
    line = http.client.HTTPConnection(urlsplit(url).netloc, timeout=timeout)
    try:
        line.request("GET", path, headers=headers)
        answer = line.getresponse()
        return answer.status, answer.read()
    finally:
        line.close()


def dial(url: str) -> socket.socket:
    """Open a connection."""
    where = urlsplit(url)
    return socket.create_connection((where.hostname or "", where.port or 80), timeout=10)


def handshake(kernel: str) -> bytes:
    """Return the request for a kernel's websocket."""
    head = [
        f"GET /api/kernels/{kernel}/channels?session_id={uuid.uuid4()} HTTP/1.1", "Host: localhost",
        "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", f"Sec-WebSocket-Protocol: {PROTOCOL}",
    ]  # fmt: skip
    return "\r\n".join([*head, "", ""]).encode()


def raw_line(url: str, kernel: str) -> socket.socket:
    """Open a kernel's websocket by hand; ConnectionError where that is refused."""
    line, answer = dial(url), b""
    line.sendall(handshake(kernel))
    while b"\r\n\r\n" not in answer:
        if not (more := line.recv(4096)):
            line.close()
            raise ConnectionError(answer[:100])
        answer += more
    if not answer.startswith(b"HTTP/1.1 101"):
        line.close()
        raise ConnectionError(answer[:100])
    return line


def frame(data: bytes) -> bytes:
    """Return a binary frame of a websocket as a client sends it (masked with zeros)."""
    size = bytes([0x80 | len(data)]) if len(data) < 126 else b"\xfe" + struct.pack("!H", len(data))
    return b"\x82" + size + b"\0\0\0\0" + data


def parts(count: int) -> bytes:
    """Return a message of the right form whose first bytes are a count of 2²⁴ parts and more in the older protocol."""
    return b"".join(number.to_bytes(8, "little") for number in (count, *[8 * (count + 1)] * count))


def question(kind: str = "comm_info_request") -> bytes:
    """Return a frame with a question that a kernel answers."""
    item = {"header": {**HEADER, "msg_type": kind, "msg_id": uuid.uuid4().hex}}
    item |= {"parent_header": {}, "metadata": {}, "content": {}}
    return frame(serialize_msg_to_ws_v1(item, "shell", lambda part: json.dumps(part).encode()))


@contextmanager
def held(url: str, count: int, first: bytes) -> Iterator[None]:
    """Hold connections open, each with the same first bytes on it; the server may close them."""
    where = urlsplit(url)
    with ExitStack() as stack:
        for _ in range(count):
            line = stack.enter_context(socket.socket())
            with suppress(OSError):
                line.settimeout(5)
                line.connect((where.hostname, where.port))
                line.sendall(first)
        yield


def junk(url: str, kernel: str) -> None:
    """Send what ends the line, and at once messages that the older protocol reads as counts."""
    for count in (6, 7, 64):
        with raw_line(url, kernel) as line:
            line.sendall(frame(b"junk") + frame(parts(count)) * 8)
            time.sleep(0.3)


def lines(url: str, kernel: str) -> None:
    """Open 200 lines to one kernel."""
    with held(url, 200, handshake(kernel)):
        time.sleep(2)


def deaf(url: str, kernel: str) -> None:
    """Ask 3000 times and read no answer."""
    with raw_line(url, kernel) as line:
        line.settimeout(5)
        with suppress(OSError):
            for _ in range(3000):
                line.sendall(question("kernel_info_request"))
        time.sleep(1)


def knocks(url: str, kernel: str) -> None:
    """Begin 200 lines and hang up before any is there."""
    for _ in range(200):
        with suppress(OSError), dial(url) as line:
            line.sendall(handshake(kernel))


def tickets(url: str, kernel: str) -> None:
    """Ask 1010 times for a page of a full server, each time as somebody new."""
    for _ in range(1010):
        get(url, PAGE)


def slow(first: bytes, count: int = 600) -> Callable[[str, str], None]:
    """Return the attack that holds `count` connections with the same first bytes for two seconds."""

    def attack(url: str, kernel: str) -> None:
        with held(url, count, first):
            time.sleep(2)

    return attack


ATTACKS: dict[str, Callable[[str, str], None]] = {
    "messages after the line was closed": junk,
    "200 lines to one kernel": lines,
    "3000 answers that nobody reads": deaf,
    "200 lines hung up while they are prepared": knocks,
    **{f"600 × {name}": slow(first) for name, first in SLOW.items()},
    "1010 visitors without a cookie, no place free": tickets,
}


def longest_stall(url: str, attack: Callable[[], None]) -> float:
    """Return the longest time, s, that /healthz took while an attack ran, on a connection of its own each time."""
    over, worst = threading.Event(), [0.0]

    def watch() -> None:
        while not over.is_set():
            began = time.monotonic()
            try:
                assert get(url, "/healthz", timeout=30)[0] == 200
            except (OSError, http.client.HTTPException):
                worst[0] = 30.0
            worst[0] = max(worst[0], time.monotonic() - began)
            time.sleep(0.01)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        attack()
    finally:
        over.set()
        watcher.join()
    return worst[0]


def rows(url: str, process: psutil.Process, places: int) -> list[Row]:
    """Return the figures: descriptors per visitor, the stall under every attack, and what is left afterwards."""
    url = url.rstrip("/")
    pages = [get(url, PAGE)[1] for _ in range(places)]
    kernels = [KERNEL.search(page)[1].decode() for page in pages]  # type: ignore[index]
    before = process.num_fds()
    with ExitStack() as stack:
        for kernel in kernels:
            stack.enter_context(raw_line(url, kernel))
        time.sleep(1)
        end = http.client.HTTPConnection(urlsplit(url).netloc)
        full = process.num_fds()
        found = []
        start = process.memory_info().rss
        for name, attack in ATTACKS.items():
            worst = longest_stall(url, lambda attack=attack: attack(url, kernels[0]))  # type: ignore[misc]
            found.append(Row(f"longest wait of others: {name}", worst, "s", ("≤", STALL), f"{places} pages open"))
    for kernel in kernels:
        end.request("POST", f"/voila/api/shutdown/{kernel}", b"")
        end.getresponse().read()
    end.close()
    left = time.monotonic()
    while process.memory_info().rss > GROWN * start and time.monotonic() < left + AFTER:
        time.sleep(1)
    grown = process.memory_info().rss / start
    idle = process.num_fds()
    per = (full - idle) / places
    note = f"{places} pages with their lines: {full} open; {before - idle} before the lines"
    return [
        Row("descriptors per visitor", per, "", None, note),
        *found,
        Row("memory of the server after all attacks", grown, "× before", ("≤", GROWN), "the visitors have left"),
    ]
