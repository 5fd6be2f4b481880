"""The front of the server where files run out: who comes while all others are being answered waits, and is not cut."""

from __future__ import annotations

import asyncio
import time

from tornado import web
from tornado.testing import bind_unused_port

from kdviz.serve import descriptors
from kdviz.serve.front import LAST, PAUSE, Front

SLOW = 0.6  # s that an answer takes


class Slowly(web.RequestHandler):
    """Answers late."""

    async def get(self) -> None:
        """Wait, then answer."""
        await asyncio.sleep(SLOW)
        self.finish("here")


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
        sock, port = bind_unused_port()
        front = Front(web.Application([("/", Slowly)]), most=100)
        front.add_sockets([sock])

        def short(number: int | None = None, reserve: int = descriptors.RESERVE) -> bool:
            crowd.append(len(front.guests))
            return len(front.guests) >= (3 if reserve == LAST else 1)

        monkeypatch.setattr(descriptors, "short", short)
        begun = time.monotonic()
        found = await asyncio.gather(*(ask(port) for _ in range(5)))
        front.stop()
        return found, time.monotonic() - begun

    found, spent = asyncio.run(visit())
    assert found == [b"here"] * 5
    assert max(crowd) <= 3 and 2 * PAUSE < spent < 20
