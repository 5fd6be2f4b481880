"""A visitor without a browser: opens a page, waits in the queue where there is one, and speaks with its kernel once."""

from __future__ import annotations

import asyncio
import json
import re
import time
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from jupyter_server.services.kernels.connection.base import deserialize_msg_from_ws_v1, serialize_msg_to_ws_v1
from tornado.httpclient import HTTPRequest
from tornado.simple_httpclient import SimpleAsyncHTTPClient
from tornado.websocket import websocket_connect

PROTOCOL = "v1.kernel.websocket.jupyter.org"
KERNEL = re.compile(rb'"kernelId": "([\w-]+)"')
VISITOR = re.compile(r"kdviz-visitor=[\w-]+")
HEADER = {"msg_type": "comm_info_request", "username": "", "session": "s", "version": "5.3", "date": ""}


@dataclass
class Visit:
    """One visit: seconds until the page answered, its kernel and line; `trouble` says what went wrong."""

    ready: float = 0.0
    kernel: str = ""
    line: Any = None
    waited: bool = False
    trouble: str = ""


class Crowd:
    """Visitors of one server."""

    def __init__(self, base: str, page: str, limit: float) -> None:
        self.base, self.page, self.limit = base, page, limit
        self.client = SimpleAsyncHTTPClient(force_instance=True, max_clients=1000)

    async def visit(self) -> Visit:
        """Open the page; it is ready when its kernel has answered a message of the widgets' kind."""
        begin, visit = time.monotonic(), Visit()
        try:
            visit.kernel = await asyncio.wait_for(self.load(visit), self.limit)
            visit.line = await asyncio.wait_for(self.speak(visit.kernel), self.limit)
        except Exception as error:
            visit.trouble = f"{type(error).__name__}: {error}"[:80]
        visit.ready = time.monotonic() - begin
        return visit

    async def fetch(self, path: str, **how: Any) -> Any:
        """Ask for a path of the server."""
        request = HTTPRequest(f"{self.base}{path}", connect_timeout=self.limit, request_timeout=self.limit, **how)
        return await self.client.fetch(request, raise_error=False)

    async def load(self, visit: Visit) -> str:
        """Return the kernel of the page, after a wait where the server asks for one."""
        cookie = ""
        while True:
            answer = await self.fetch(self.page, headers={"Cookie": cookie} if cookie else None)
            if answer.code != 503:
                break
            given = VISITOR.search("; ".join(answer.headers.get_list("Set-Cookie")))
            visit.waited, cookie, known = True, given.group() if given else cookie, 0
            while cookie:  # as wait.js does
                place = await self.fetch(f"voila/queue?place={known}", headers={"Cookie": cookie})
                if place.code != 200 or json.loads(place.body)["turn"]:
                    break
                known = json.loads(place.body)["place"]
                await asyncio.sleep(0.3)
        found = KERNEL.search(answer.body or b"")
        if answer.code != 200 or not found or not answer.body.rstrip().endswith(b"</html>"):
            raise ValueError(f"status {answer.code}, {len(answer.body or b'')} bytes")
        return found[1].decode()

    async def speak(self, kernel: str) -> Any:
        """Open the websocket of a kernel and wait for one answer; returns the open line."""
        url = f"{self.base.replace('http', 'ws', 1)}api/kernels/{kernel}/channels?session_id={uuid.uuid4()}"
        line = await websocket_connect(HTTPRequest(url, connect_timeout=self.limit), subprotocols=[PROTOCOL])
        message = {"header": {**HEADER, "msg_id": uuid.uuid4().hex}, "parent_header": {}, "metadata": {}, "content": {}}
        await line.write_message(serialize_msg_to_ws_v1(message, "shell", lambda part: json.dumps(part).encode()), True)
        while (answer := await line.read_message()) is not None:
            if json.loads(deserialize_msg_from_ws_v1(answer)[1][0])["msg_type"] == "comm_info_reply":
                return line
        raise ConnectionError("the line was closed")

    async def leave(self, visit: Visit) -> None:
        """Leave as a closing tab does."""
        if visit.line:
            visit.line.close()
        if visit.kernel:
            await self.fetch(f"voila/api/shutdown/{visit.kernel}", method="POST", body=b"")
        if visit.line:
            await closed(visit.line)


async def say(visit: Visit, kind: str, content: dict[str, Any], **metadata: Any) -> None:
    """Send a message to the kernel of a page."""
    header = HEADER | {"msg_type": kind, "msg_id": uuid.uuid4().hex}
    message = {"header": header, "parent_header": {}, "metadata": metadata, "content": content}
    await visit.line.write_message(
        serialize_msg_to_ws_v1(message, "shell", lambda part: json.dumps(part).encode()), True
    )


async def heard(visit: Visit, patience: float = 60) -> AsyncIterator[tuple[str, dict[str, Any]]]:
    """Yield (kind, content) of every message that comes, until the line is closed."""
    while (raw := await asyncio.wait_for(visit.line.read_message(), patience)) is not None:
        _, (header, _, _, content, *_) = deserialize_msg_from_ws_v1(raw)
        yield json.loads(header)["msg_type"], json.loads(content)


async def press(visit: Visit, what: str) -> None:
    """Press a button of the live run: play, pause, step, stop or reset."""
    await say(visit, "comm_info_request", {"target_name": "jupyter.widget"})
    comms = await anext(content["comms"] async for kind, content in heard(visit) if kind == "comm_info_reply")
    for comm in comms:
        data = {"method": "custom", "content": {"kind": "run", "do": what}}
        await say(visit, "comm_msg", {"comm_id": comm, "data": data})


async def closed(line: Any) -> None:
    """Wait until the other side has closed a line too: a loop that ends before that leaves its socket open."""
    while await asyncio.wait_for(line.read_message(), 10) is not None:
        pass
