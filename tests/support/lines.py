"""Websockets of pages, spoken by hand, for the tests of `kdviz.serve`."""

from __future__ import annotations

import asyncio
import json
import uuid

from jupyter_server.services.kernels.connection.base import deserialize_msg_from_ws_v1, serialize_msg_to_ws_v1
from tornado.httpclient import HTTPRequest
from tornado.websocket import WebSocketClosedError, websocket_connect

from benchmarks.visitor import closed
from kdviz.serve.websocket import PROTOCOL
from tests.support.serving import LocalServer


async def connect(here: LocalServer, kernel: str):
    """Open a kernel's websocket as a page does."""
    url = f"{here.url.replace('http', 'ws', 1)}api/kernels/{kernel}/channels?session_id={uuid.uuid4()}"
    return await websocket_connect(HTTPRequest(url, connect_timeout=20), subprotocols=[PROTOCOL])


async def exchange(here: LocalServer, kernel: str, messages: list, wait: float = 1.0, until: str = "") -> list[dict]:
    """Send messages over a kernel's websocket; returns what came back until `until` came or nothing for a while."""
    line, heard, ended = await connect(here, kernel), [], False
    try:
        for item in messages:
            await line.write_message(packed(item) if isinstance(item, dict) else item, not isinstance(item, str))
        while (answer := await asyncio.wait_for(line.read_message(), wait)) is not None:
            heard.append(unpacked(answer))
            if heard[-1]["msg_type"] == until:
                break
        ended = answer is None
        if ended:
            heard.append({"closed": line.close_code})
    except WebSocketClosedError:
        heard.append({"closed": None})
    except TimeoutError:
        pass
    line.close()
    if not ended:
        await closed(line)
    return heard


def packed(item: dict) -> bytes:
    """Return a message in the form of the protocol."""
    return serialize_msg_to_ws_v1(item, item["channel"], lambda part: json.dumps(part).encode())


def unpacked(answer: bytes) -> dict:
    """Return the parts of an answer that tests look at."""
    _, (header, parent, _, content, *_) = deserialize_msg_from_ws_v1(answer)
    kind = json.loads(header)["msg_type"]
    return {"msg_type": kind, "parent_header": json.loads(parent), "content": json.loads(content)}


def message(kind: str, content: dict, channel: str = "shell") -> dict:
    """Return a message as a page sends it."""
    header = {
        "msg_id": uuid.uuid4().hex,
        "msg_type": kind,
        "username": "",
        "session": "s",
        "version": "5.3",
        "date": "",
    }
    return {
        "header": header,
        "parent_header": {},
        "metadata": {},
        "content": content,
        "channel": channel,
        "buffers": [],
    }


async def raw(here: LocalServer, kernel: str, changes: list[dict], wait: float = 3.0) -> list[dict]:
    """Set traits of the page's widget by comm messages that no page would send; returns all that came back."""
    sent = [update(comm, change) for comm in await widgets(here, kernel) for change in changes]
    return await exchange(here, kernel, sent, wait=wait)


async def answers(here: LocalServer, kernel: str, contents: list, wait: float = 3.0) -> list[dict]:
    """Send the page's widget messages as its page would; returns all that came back."""
    sent = [custom(comm, content) for comm in await widgets(here, kernel) for content in contents]
    return await exchange(here, kernel, sent, wait=wait)


async def widgets(here: LocalServer, kernel: str) -> list[str]:
    """Return the ids of the widgets of a page."""
    question = message("comm_info_request", {"target_name": "jupyter.widget"})
    asked = await exchange(here, kernel, [question], wait=20, until="comm_info_reply")
    (comms,) = [answer["content"]["comms"] for answer in asked if answer.get("msg_type") == "comm_info_reply"]
    return list(comms)


def update(comm: str, change: dict) -> dict:
    """Return the message that sets traits of a widget."""
    return message("comm_msg", {"comm_id": comm, "data": {"method": "update", "state": change, "buffer_paths": []}})


def custom(comm: str, content: object) -> dict:
    """Return a message to a widget."""
    return message("comm_msg", {"comm_id": comm, "data": {"method": "custom", "content": content}})


def frames(heard: list[dict]) -> list[dict]:
    """Return the texts of the frames among the messages."""
    contents = [answer.get("content", {}).get("data", {}).get("content", {}) for answer in heard]
    return [content["texts"] for content in contents if isinstance(content, dict) and content.get("kind") == "frame"]
