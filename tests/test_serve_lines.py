"""What a visitor can send over the websocket of a page: few message types, small messages, no harm to others."""

from __future__ import annotations

import asyncio
import json

import pytest
from tornado.httpclient import HTTPRequest
from tornado.websocket import WebSocketClosedError, websocket_connect

from tests.serving import Room, end_all, folder, kernel_of, room

TYPES = [
    "execute_request", "inspect_request", "complete_request", "history_request", "is_complete_request", "debug_request",
    "usage_request", "interrupt_request", "shutdown_request", "input_reply", "create_subshell_request",
    "delete_subshell_request", "list_subshell_request", "connect_request", "apply_request", "clear_request",
    "abort_request",    "nonsense", "", "EXECUTE_REQUEST", "execute_request ",
]  # fmt: skip


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    """Run one server for this file."""
    with room(folder(tmp_path_factory.mktemp("room")), max_sessions=40) as running:
        yield running


async def exchange(
    here: Room, kernel: str, messages: list[dict | bytes | str], origin: str = "", wait: float = 1.0
) -> list[dict]:
    """Send messages over a kernel's websocket; returns what came back until nothing comes for a while."""
    headers = {"Origin": origin} if origin else {}
    url = f"{here.url.replace('http', 'ws', 1)}api/kernels/{kernel}/channels?session_id=s{len(messages)}"
    line = await websocket_connect(HTTPRequest(url, headers=headers, connect_timeout=20))
    heard = []
    try:
        for message in messages:
            raw = message if isinstance(message, bytes | str) else json.dumps(message)
            await line.write_message(raw, isinstance(message, bytes))
        while (answer := await asyncio.wait_for(line.read_message(), wait)) is not None:
            heard.append(json.loads(answer) if isinstance(answer, str) else {})
        heard.append({"closed": line.close_code})
    except WebSocketClosedError:
        heard.append({"closed": 1009})
    except TimeoutError:
        pass
    line.close()
    return heard


def message(kind: str, content: dict, channel: str = "shell") -> dict:
    """Return a message as a page sends it."""
    header = {"msg_id": f"m-{kind}", "msg_type": kind, "username": "", "session": "s", "version": "5.3", "date": ""}
    return {
        "header": header,
        "parent_header": {},
        "metadata": {},
        "content": content,
        "channel": channel,
        "buffers": [],
    }


def test_every_message_type_that_no_page_needs_is_refused_and_the_others_are_not(here):
    page = here.open()[1]
    code = {"code": "open('/tmp/kdviz-pwned', 'w')", "silent": False, "user_expressions": {}, "cursor_pos": 0}
    sent = [message(kind, code, channel) for kind in TYPES for channel in ("shell", "control", "stdin")]
    sent.append(message("kernel_info_request", {}))
    heard = asyncio.run(exchange(here, kernel_of(page), sent))
    answered = {answer.get("parent_header", {}).get("msg_type") for answer in heard} - {None}
    assert "kernel_info_request" in answered
    assert not answered & set(TYPES)
    assert not any(answer.get("msg_type", "").startswith(("execute", "debug", "history")) for answer in heard)
    assert here.health()["sessions"] == 1
    end_all(here, page)


def test_a_page_of_another_origin_cannot_open_the_websocket(here):
    page = here.open()[1]
    with pytest.raises(Exception, match="403"):
        asyncio.run(exchange(here, kernel_of(page), [], origin="https://evil.example"))
    end_all(here, page)


def test_junk_on_the_websocket_harms_neither_the_session_nor_others(here):
    page = here.open()[1]
    for junk in (b"", b"\x00" * 64, b"\xff" * 4096, "", "{}", "[]", "nonsense", '{"header": 1}', '{"header": {}}'):
        asyncio.run(exchange(here, kernel_of(page), [junk], wait=0.1))
    answers = asyncio.run(exchange(here, kernel_of(page), [message("kernel_info_request", {})]))
    assert any(answer.get("msg_type") == "kernel_info_reply" for answer in answers)
    end_all(here, page)


def test_a_message_of_ten_megabytes_closes_the_line_and_not_the_session(here):
    page = here.open()[1]
    heard = asyncio.run(exchange(here, kernel_of(page), ["x" * 10_000_000]))
    assert "closed" in heard[-1]
    assert here.health()["sessions"] == 1
    end_all(here, page)
