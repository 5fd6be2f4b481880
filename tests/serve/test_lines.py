"""What a visitor can send over the websocket of a page: few message types, small messages, no harm to others."""

from __future__ import annotations

import asyncio
import json

import pytest
from jupyter_server.services.kernels.connection.base import serialize_msg_to_ws_v1

from benchmarks.visitor import closed
from kdviz.core.params import knobs
from kdviz.pages.catalogue import load
from kdviz.serve.websocket import PROTOCOL
from tests.support.lines import answers, connect, exchange, frames, message, raw
from tests.support.serving import ROOT, LocalServer, end_all, eventually, folder, kernel_of, local_server

TYPES = [
    "execute_request", "inspect_request", "complete_request", "history_request", "is_complete_request", "debug_request",
    "usage_request", "interrupt_request", "shutdown_request", "input_reply", "create_subshell_request",
    "delete_subshell_request", "list_subshell_request", "connect_request", "apply_request", "clear_request",
    "abort_request",    "nonsense", "", "EXECUTE_REQUEST", "execute_request ",
]  # fmt: skip


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    """Run one server for this file."""
    with local_server(folder(tmp_path_factory.mktemp("pages")), max_sessions=40) as running:
        yield running


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


async def close_while_ending(here: LocalServer, kernels: list[str], pause: float) -> None:
    """Close websockets one after another, each some seconds after its kernel was asked to end, as closing tabs do."""
    lines, endings = [await connect(here, kernel) for kernel in kernels], []
    for line, kernel in zip(lines, kernels, strict=True):
        endings.append(asyncio.ensure_future(asyncio.to_thread(here.get, f"/voila/api/shutdown/{kernel}", "POST")))
        await asyncio.sleep(pause)
        line.close()
    assert {(await ending)[0] for ending in endings} == {204}
    for line in lines:
        await closed(line)


def test_a_line_that_closes_while_its_kernel_ends_leaves_no_socket_open(here):
    def visits(count: int, pause: float) -> None:
        asyncio.run(close_while_ending(here, [kernel_of(here.open()[1]) for _ in range(count)], pause))

    visits(1, 0)  # the first one opens what stays
    before = here.process.num_fds()
    visits(4, 0.002)
    assert eventually(lambda: here.process.num_fds() <= before, 5), here.process.num_fds() - before


def knock(here: LocalServer, kernel: str, **headers: str) -> int:
    """Ask for a websocket and return the status of the refusal."""
    upgrade = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec_WebSocket_Version": "13"}
    key = {"Sec_WebSocket_Key": "dGhlIHNhbXBsZSBub25jZQ=="}
    return here.get(f"/api/kernels/{kernel}/channels?session_id=x", **upgrade, **key, **headers)[0]


def test_a_page_of_another_origin_cannot_open_the_websocket(here):
    page = here.open()[1]
    assert knock(here, kernel_of(page), Sec_WebSocket_Protocol=PROTOCOL, Origin="https://evil.example") == 403
    end_all(here, page)


JUNK = [
    b"\xff" * 8, b"\xff" * 4096, b"", b"\x00" * 64, "", "{}", "[]", "nonsense", '{"header": 1}', '{"header": {}}',
    (2**40).to_bytes(8, "little") + b"x" * 1000, (6).to_bytes(8, "little") * 7,
    (6).to_bytes(8, "little") + b"\xff" * 48,
    serialize_msg_to_ws_v1([b"{}", b"{}", b"{}", b"{}"], "shell"),
    serialize_msg_to_ws_v1([b"[", b"", b"", b""], "shell"),
    serialize_msg_to_ws_v1([b'{"msg_type": []}', b"{}", b"{}", b"{}"], "shell"),
    serialize_msg_to_ws_v1([b'{"msg_type": "comm_msg"}', b"{}", b"{}", b"{}"], "no channel"),
    serialize_msg_to_ws_v1([b'{"msg_type": "comm_msg"}', b"1", b"2", b"\xff"], "shell"),
]  # fmt: skip


def test_junk_on_the_websocket_harms_neither_the_session_nor_the_server(here):
    page = here.open()[1]
    before = here.health()["memory_mib"]["server"]
    for junk in JUNK:
        asyncio.run(exchange(here, kernel_of(page), [junk], wait=0.1))
        assert here.get("/healthz", timeout=5)[0] == 200
    assert here.health()["memory_mib"]["server"] < before + 50
    answers = asyncio.run(exchange(here, kernel_of(page), [message("kernel_info_request", {})]))
    assert any(answer.get("msg_type") == "kernel_info_reply" for answer in answers)
    end_all(here, page)


def test_only_the_protocol_of_the_pages_is_spoken(here):
    page = here.open()[1]
    assert knock(here, kernel_of(page)) == 400
    assert knock(here, kernel_of(page), Sec_WebSocket_Protocol="v2.kernel.websocket.jupyter.org") == 400
    end_all(here, page)


def test_a_message_of_ten_megabytes_closes_the_line_and_not_the_session(here):
    page = here.open()[1]
    heard = asyncio.run(exchange(here, kernel_of(page), [b"x" * 10_000_000]))
    assert "closed" in heard[-1]
    assert here.health()["sessions"] == 1
    end_all(here, page)


@pytest.fixture(scope="module")
def page_02():
    """Run the real dashboards, with page 02 open; yields the server and the kernel."""
    with local_server(ROOT / "dashboards", max_sessions=3) as running:
        yield running, kernel_of(running.get("/voila/render/02_gradient_gap.ipynb")[1])


VALUES = ["NaN", "-Infinity", "Infinity", 1e308, -1e308, 10**21, -(10**21), 0, -1, 2.5, None, True, "abc", "", "1e999",
          [], {}, [1, 2], {"a": 1}, "9" * 500, float("nan"), float("inf"), "<img src=x onerror=1>", "é\u202e",
          {"__proto__": 1}]  # fmt: skip


def test_whatever_is_sent_to_a_page_its_state_stays_within_bounds_and_no_path_is_shown(page_02):
    here, kernel = page_02
    bounds = {knob.key: knob for knob in knobs(load("02_gradient_gap").params)}
    changes = [{"values": {key: value}, "seq": 7} for key in ("T", "K", "cs", "family") for value in VALUES]
    changes += [{"values": value, "seq": value} for value in VALUES]
    heard = asyncio.run(answers(here, kernel, [*VALUES, *({"kind": "change"} | change for change in changes)]))
    heard += asyncio.run(raw(here, kernel, [{"spec": {}}, {"start": {}}, {"nonsense": 1}, {"token": 3}]))
    states = [texts["state"] for texts in frames(heard) if "state" in texts]
    assert len(states) >= 10
    for state in states:
        for key in ("T", "K", "cs"):
            number = float(state[key])
            assert number == float("inf") or bounds[key].low <= number <= bounds[key].high
    text = json.dumps(heard)
    assert "site-packages" not in text
    assert "Traceback" not in text
    assert f"/{ROOT.parts[1]}/" not in text and str(ROOT) not in text
    healthy = asyncio.run(answers(here, kernel, [{"kind": "change", "values": {"T": 5}, "seq": 8}]))
    assert frames(healthy)[-1]["state"]["T"] == 5


def test_new_bounds_for_a_control_change_nothing_in_the_kernel(page_02):
    here, kernel = page_02
    spec = {"knobs": [{"key": "T", "name": "temperature", "low": -1e9, "high": 1e9}]}
    assert frames(asyncio.run(raw(here, kernel, [{"spec": spec}]))) == []
    heard = asyncio.run(answers(here, kernel, [{"kind": "change", "values": {"T": -1e6}, "seq": 9}]))
    assert float(frames(heard)[-1]["state"]["T"]) > 0


def test_a_callback_that_raises_tells_neither_its_traceback_nor_a_path(here):
    page = here.open("slider")[1]
    heard = asyncio.run(raw(here, kernel_of(page), [{"value": 12}, {"value": 13}, {"value": 14}], wait=6.0))
    text = json.dumps(heard)
    assert '"14"' in text  # the callback of a later move works
    for secret in ("a secret in a callback", "Traceback", "site-packages", "ipykernel_"):
        assert secret not in text
    end_all(here, page)
