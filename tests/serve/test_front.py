"""The front of the server: who comes where files run out waits and is not cut; nobody else waits for other people."""

from __future__ import annotations

import asyncio
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from unittest.mock import AsyncMock, MagicMock

import pytest
from tornado import web
from tornado.testing import bind_unused_port

from kdviz.serve import descriptors
from kdviz.serve import front as fronts
from kdviz.serve.app import TIDY, Dashboards
from kdviz.serve.front import LAST, PAUSE, UNREAD, Front

SLOW = 0.6  # s that an answer takes
PIECES = 400  # of 64 KiB


class Slowly(web.RequestHandler):
    """Answers late."""

    async def get(self) -> None:
        """Wait, then answer."""
        await asyncio.sleep(SLOW)
        self.finish("here")


class Much(web.RequestHandler):
    """Answers with more than the system takes for a reader who does not read."""

    async def get(self) -> None:
        """Write piece by piece, as files are sent."""
        for _ in range(PIECES):
            self.write(b"x" * 2**16)
            await self.flush()


PAGES = web.Application([("/", Slowly), ("/much", Much)])


@contextmanager
def served(most: int) -> Iterator[tuple[Front, int]]:
    """A front with its port."""
    sock, port = bind_unused_port()
    front = Front(PAGES, most=most)
    front.add_sockets([sock])
    try:
        yield front, port
    finally:
        front.stop()


@contextmanager
def dialled(port: int, count: int, path: str) -> Iterator[list[socket.socket]]:
    """Connections that ask for a path, and do not read the answer."""
    with ExitStack() as stack:
        lines = [stack.enter_context(socket.create_connection(("127.0.0.1", port), 5)) for _ in range(count)]
        for line in lines:
            line.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        yield lines


async def ask(port: int) -> bytes:
    """Return the last line of the answer, empty when the connection is cut."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET / HTTP/1.0\r\n\r\n")
    try:
        return (await reader.read()).split(b"\r\n")[-1]
    except ConnectionError:
        return b""
    finally:
        writer.close()


def test_who_comes_when_few_files_are_left_and_all_are_being_answered_waits(monkeypatch):
    crowd: list[int] = []

    async def visit() -> tuple[list[bytes], float]:
        with served(most=100) as (front, port):

            def short(number: int | None = None, reserve: int = descriptors.RESERVE) -> bool:
                crowd.append(len(front.guests))
                return len(front.guests) >= (3 if reserve == LAST else 1)

            monkeypatch.setattr(descriptors, "short", short)
            begun = time.monotonic()
            found = await asyncio.gather(*(ask(port) for _ in range(5)))
            return found, time.monotonic() - begun

    found, spent = asyncio.run(visit())
    assert found == [b"here"] * 5
    assert max(crowd) <= 3 and 2 * PAUSE < spent < 20


@pytest.mark.parametrize("path", ["/", "/much"], ids=["they wait for it", "they do not read it"])
def test_while_there_are_files_nobody_waits_for_others_who_are_being_answered(path, monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], "SLOW", 20.0)
    looks: list[int] = []

    async def visit() -> float:
        with served(most=20) as (front, port), dialled(port, 60, path):
            close = front.close_silent
            monkeypatch.setattr(front, "close_silent", lambda *args: looks.append(len(front.guests)) or close(*args))
            until = time.monotonic() + 5
            while len(front.guests) < 60 or any(guest.silent for guest in front.guests.values()):
                assert time.monotonic() < until, f"{len(front.guests)} of 60 were let in"
                await asyncio.sleep(0.05)
            looks.clear()
            monkeypatch.setattr(sys.modules[__name__], "SLOW", 0.0)
            begun = time.monotonic()
            assert await asyncio.gather(*(ask(port) for _ in range(20))) == [b"here"] * 20
            return time.monotonic() - begun

    assert asyncio.run(visit()) < 20 * PAUSE / 2, "each of them was let in after a pause"
    assert 0 < len(looks) < 10, "they are looked at once for all who come together"


def test_who_takes_nothing_of_an_answer_is_cut_and_who_reads_slowly_or_waits_is_not(monkeypatch):
    monkeypatch.setattr(fronts, "UNREAD", 0.5)
    monkeypatch.setattr(sys.modules[__name__], "SLOW", 1.5)

    async def visit() -> None:
        with served(most=20) as (front, port), dialled(port, 3, "/much") as (slow, *_), dialled(port, 2, "/"):
            slow.setblocking(False)
            loop, until = asyncio.get_running_loop(), time.monotonic() + 1.2
            while time.monotonic() < until:
                await loop.sock_recv(slow, 2**20)
                front.close_unread()
                await asyncio.sleep(0.05)
            left = {guest.stream.socket.getpeername()[1] for guest in front.guests.values()}
            assert len(left) == 3 and slow.getsockname()[1] in left

    asyncio.run(visit())


def test_the_server_looks_for_answers_that_are_not_taken_every_few_seconds():
    server, front = MagicMock(), MagicMock()
    server.app.settings, server.sessions.sweep, server.gate.seats = {"front": front}, AsyncMock(), ()
    server.returns = ()
    asyncio.run(Dashboards.tidy(server))
    front.close_unread.assert_called_once_with()
    assert TIDY / 1000 < UNREAD / 6
