"""No one visitor can take every place: what was tried against the server, and what everybody else notices of it."""

from __future__ import annotations

import asyncio
import json
import re
import time
from contextlib import ExitStack, suppress

import pytest
from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

from benchmarks.attacks import SLOW, STALL, dial, frame, handshake, held, parts, raw_line
from benchmarks.visitor import closed
from kdviz.serve import descriptors
from kdviz.serve.front import BODY
from kdviz.serve.websocket import MOST, PROTOCOL, UNSENT
from tests.support.lines import connect, message, packed, update, widgets
from tests.support.serving import MARK, LocalServer, end_all, eventually, folder, kernel_of, local_server


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """Write the test pages once."""
    return folder(tmp_path_factory.mktemp("pages"))


@pytest.fixture(scope="module")
def here(pages):
    """Run one server for this file."""
    with local_server(pages, max_sessions=12, fork=True) as running, dial(running.url) as line:
        running.calm = stall(running)
        line.sendall(SLOW["half a body"])
        running.half, running.began = line, time.monotonic()
        yield running


def stall(here: LocalServer, seconds: float = 1.0) -> float:
    """Return the longest time that /healthz took within some seconds."""
    worst, until = 0.0, time.monotonic() + seconds
    while time.monotonic() < until:
        began = time.monotonic()
        assert here.get("/healthz", timeout=20)[0] == 200
        worst = max(worst, time.monotonic() - began)
    return worst


def memory(here: LocalServer) -> float:
    """Return the memory of the server in MiB."""
    return here.process.memory_info().rss / 2**20


def test_a_message_after_the_line_was_closed_is_dropped_before_anything_reads_it(here):
    page = here.open()[1]
    before = memory(here)
    with raw_line(here.url, kernel_of(page)) as line:
        line.sendall(frame(b"junk") + frame(parts(6)) + frame(parts(7)) + frame(packed(message("comm_msg", {}))))
        assert stall(here) < STALL + here.calm
    assert memory(here) < before + 20
    end_all(here, page)


def test_a_line_that_another_one_replaces_is_closed_and_reads_nothing_more(here):
    page = here.open()[1]
    before = memory(here)
    with raw_line(here.url, kernel_of(page)) as first, ExitStack() as others:
        for _ in range(MOST):
            others.enter_context(raw_line(here.url, kernel_of(page)))
        with suppress(OSError):
            first.sendall(frame(parts(6)) * 4)
        assert stall(here, 0.5) < STALL + here.calm
        first.settimeout(5)
        with suppress(ConnectionError):
            while first.recv(4096):
                pass
    assert memory(here) < before + 20
    end_all(here, page)


def test_a_kernel_has_at_most_three_lines_and_the_newest_one_works(here):
    page = here.open()[1]
    kernel = kernel_of(page)

    async def many() -> int:
        lines = [await connect(here, kernel) for _ in range(8)]
        await lines[-1].write_message(packed(message("kernel_info_request", {})), True)
        heard = await asyncio.wait_for(lines[-1].read_message(), 10)
        assert heard is not None
        alive = json.loads(here.get(f"/voila/session/{kernel}")[1])["connections"]
        for line in lines:
            line.close()
            await closed(line)
        return alive

    before = here.process.num_fds()
    assert asyncio.run(many()) == MOST
    assert eventually(lambda: json.loads(here.get(f"/voila/session/{kernel}")[1])["connections"] == 0, 5)
    end_all(here, page)
    assert eventually(lambda: here.process.num_fds() <= before, 5)


def test_who_hangs_up_while_a_line_is_prepared_is_not_taken_off_the_count_of_others(here):
    page = here.open()[1]
    kernel = kernel_of(page)

    async def scene() -> None:
        stays = await connect(here, kernel)
        for _ in range(8):
            with dial(here.url) as line:
                line.sendall(handshake(kernel))
            time.sleep(0.02)  # it is being prepared
        knocks = [websocket_connect(HTTPRequest(f"{here.url.replace('http', 'ws', 1)}api/kernels/{kernel}/channels",
                                                headers={"Origin": "https://evil.example"}),
                                    subprotocols=[PROTOCOL]) for _ in range(2)]  # fmt: skip
        for refused in await asyncio.gather(*knocks, return_exceptions=True):
            assert getattr(refused, "code", 0) == 403
        assert eventually(lambda: json.loads(here.get(f"/voila/session/{kernel}")[1])["connections"] == 1, 5)
        stays.close()
        await closed(stays)

    asyncio.run(scene())
    assert eventually(lambda: json.loads(here.get(f"/voila/session/{kernel}")[1])["connections"] == 0, 5)
    end_all(here, page)


def test_a_reader_who_does_not_read_is_cut_and_costs_the_server_some_megabytes(here):
    page = here.open("talks")[1]
    kernel = kernel_of(page)
    comms, before = asyncio.run(widgets(here, kernel)), memory(here)
    with raw_line(here.url, kernel) as line:
        for comm in comms:
            line.sendall(frame(packed(update(comm, {"value": 1}))))
        assert eventually(lambda: json.loads(here.get(f"/voila/session/{kernel}")[1])["connections"] == 0, 20)
    end_all(here, page)
    assert eventually(lambda: memory(here) < before + 6 * UNSENT / 2**20, 15), (before, memory(here))


@pytest.mark.parametrize("allowed", [256, 1024])
def test_with_few_descriptors_every_seat_opens_and_nobody_is_shut_out(pages, allowed):
    with local_server(pages, descriptors=allowed, max_sessions=60, fork=True) as narrow:
        narrow.calm = stall(narrow)
        places = narrow.health()["max_sessions"]
        assert places == min(60, descriptors.seats(allowed))
        count = min(places, 10)
        shown = [narrow.open()[1] for _ in range(count)]
        assert all(MARK in page for page in shown)
        with ExitStack() as stack:
            lines = [stack.enter_context(raw_line(narrow.url, kernel_of(page))) for page in shown]
            for first in SLOW.values():
                stack.enter_context(held(narrow.url, allowed // 2, first))
                assert stall(narrow, 0.3) < STALL + narrow.calm
            stack.enter_context(held(narrow.url, 100, handshake(kernel_of(shown[-1]))))  # one visitor, many lines
            assert stall(narrow, 0.3) < STALL + narrow.calm
            assert narrow.get("/voila/templates/kdviz/static/frame.css")[0] == 200
            end_all(narrow, shown[0])
            lines[0].close()
            status, page, _ = narrow.open()
            assert (status, MARK in page) == (200, True)
            assert narrow.process.num_fds() < allowed
        assert len(narrow.log()) < 3000, narrow.log()
        assert "Traceback" not in narrow.log()


def test_a_session_takes_no_more_descriptors_than_are_counted_for_it(here):
    end_all(here, here.open()[1])  # what the first page opens for all
    before, count = here.process.num_fds(), 4
    shown = [here.open()[1] for _ in range(count)]
    with ExitStack() as stack:
        for page in shown:
            stack.enter_context(raw_line(here.url, kernel_of(page)))
        time.sleep(0.5)
        assert here.process.num_fds() - before <= count * descriptors.SESSION
    end_all(here, *shown)


def cookie(headers: dict) -> str:
    """Return the cookie by which a visitor is known."""
    return re.search(r"kdviz-visitor=[\w-]+", headers["set-cookie"]).group()


@pytest.fixture
def full(pages):
    """Run a server with one place; yields it, the visitor who has the place, and the page."""
    with local_server(pages, max_sessions=1) as running:
        _, page, headers = running.open("index")
        yield running, cookie(headers), page


def test_on_a_full_server_a_visitor_takes_the_place_along_by_click_reload_and_back(full):
    here, mine, page = full
    status, _, headers = here.open()
    theirs = cookie(headers)
    assert status == 503
    for name in ("plain", "plain", "index"):
        old = kernel_of(page)
        status, page, _ = here.open(name, Cookie=mine)
        assert (status, MARK in page) == (200, True)
        assert here.get(f"/voila/session/{old}")[1].count('"moved"') == 1
        assert len(here.processes()) == 1
    here.get(f"/voila/api/shutdown/{kernel_of(page)}", method="POST")  # left first, asked for then: back and forward
    assert '"turn": false' in here.get("/voila/queue", Cookie=theirs)[1]
    status, page, _ = here.open(Cookie=mine)
    assert (status, MARK in page) == (200, True)
    here.get(f"/voila/api/shutdown/{kernel_of(page)}", method="POST")
    assert eventually(lambda: '"turn": true' in here.get("/voila/queue", Cookie=theirs)[1], 6)
    assert here.open(Cookie=theirs)[0] == 200
    assert here.open(Cookie=mine)[0] == 503


def test_a_place_cannot_be_doubled_or_taken_by_another_visitor(full):
    here, mine, _ = full
    with ExitStack() as stack:
        for _ in range(6):  # the same visitor, six times at once
            line = stack.enter_context(dial(here.url))
            head = f"GET /voila/render/plain.ipynb HTTP/1.1\r\nHost: localhost\r\nCookie: {mine}\r\n\r\n"
            line.sendall(head.encode())
        for _ in range(20):
            assert here.health()["sessions"] <= 1
            assert len(here.processes()) <= 2  # one that starts, one that ends
            time.sleep(0.05)
    for guess in ("", "x", mine[:-1] + "~", "kdviz-visitor=" + "a" * 22, mine.upper(), mine + "; kdviz-visitor=b"):
        assert here.open(Cookie=guess)[0] in (200, 503)
        assert here.health()["sessions"] <= 1


def test_one_client_cannot_fill_the_queue_for_others_and_has_one_ticket_as_a_visitor(full):
    here, _, _ = full
    here.calm = stall(here)
    _, _, headers = here.open()
    same = cookie(headers)
    for _ in range(5):
        assert here.open(Cookie=same)[0] == 503
    assert here.health()["waiting"] == 1
    for _ in range(60):
        assert here.open()[0] == 503
    assert here.health()["waiting"] == 61
    assert stall(here, 0.3) < STALL + here.calm


def test_a_body_that_does_not_come_is_waited_for_no_longer_than_ten_seconds(here):
    here.half.settimeout(max(0.5, here.began + BODY + 3 - time.monotonic()))
    assert here.half.recv(100) == b""
