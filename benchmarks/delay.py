"""A TCP proxy that adds a round trip and is as slow as a line: what a page feels like when its server is far away."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


@asynccontextmanager
async def delayed(port: int, milliseconds: float, megabits: float = math.inf) -> AsyncIterator[int]:
    """Yield a local port whose connections reach `port` with half of `milliseconds` added each way, in order.

    All connections share a line of `megabits` per second each way.
    """
    tasks: set[asyncio.Task] = set()
    free = {"up": 0.0, "down": 0.0}  # when the line has sent what it was given

    async def pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: str) -> None:
        loop, queue = asyncio.get_running_loop(), asyncio.Queue()

        async def deliver() -> None:
            while (item := await queue.get()) is not None:
                due, data = item
                await asyncio.sleep(max(0.0, due - loop.time()))
                writer.write(data)
                await writer.drain()

        sender = asyncio.ensure_future(deliver())
        tasks.add(sender)
        with suppress(OSError):
            while data := await reader.read(16384):
                free[way] = max(loop.time(), free[way]) + len(data) * 8e-6 / megabits
                queue.put_nowait((free[way] + milliseconds / 2000, data))
        queue.put_nowait(None)
        with suppress(OSError):
            await sender
            writer.close()

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there = await asyncio.open_connection("127.0.0.1", port)
        for way in (pipe(reader, there[1], "up"), pipe(there[0], writer, "down")):
            tasks.add(asyncio.ensure_future(way))

    server = await asyncio.start_server(connect, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
