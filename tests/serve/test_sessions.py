"""Sessions: never one too many, and nothing left behind, whatever the visitor or the kernel does."""

from __future__ import annotations

import http.client
import os
import platform
import re
import signal
import socket
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import psutil
import pytest

from tests.support.serving import MARK, LocalServer, eventually, folder, kernel_of, local_server

PLACES = 5


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    """Run one server with few places and little patience."""
    with local_server(folder(tmp_path_factory.mktemp("pages")), max_sessions=PLACES, deadline=8) as running:
        yield running


@pytest.fixture
def crowd(tmp_path):
    """Run a server whose queue may be left as it is."""
    with local_server(folder(tmp_path), max_sessions=PLACES) as running:
        yield running


@pytest.fixture(autouse=True)
def _nothing_is_left(here):
    yield
    for kernel in here.processes():
        os.kill(kernel, signal.SIGKILL)
    assert here.clean(), here.health()


def leave(here: LocalServer, page: str) -> int:
    """Leave a page as the beacon of a closing tab does."""
    return here.get(f"/voila/api/shutdown/{kernel_of(page)}", method="POST")[0]


def ticket(headers: dict) -> str:
    """Return the cookie that keeps a place in the queue."""
    return re.search(r"kdviz-visitor=[\w-]+", headers["set-cookie"]).group()


def test_a_page_is_shown_and_leaving_it_ends_its_kernel_at_once(here):
    status, page, _ = here.open()
    assert status == 200
    assert MARK in page
    assert here.health()["sessions"] == 1
    assert leave(here, page) == 204
    assert here.health()["sessions"] == 0
    assert here.clean(1)
    assert leave(here, page) == 404
    assert leave(here, page.replace(kernel_of(page), "00000000-0000-0000-0000-000000000000")) == 404


def test_forty_at_once_get_exactly_the_places_there_are_and_the_rest_a_waiting_page(crowd):
    with ThreadPoolExecutor(40) as pool:
        answers = list(pool.map(lambda _: crowd.open(), range(40)))
    shown = [page for status, page, _ in answers if status == 200]
    waiting = [(page, headers) for status, page, headers in answers if status == 503]
    assert len(shown) + len(waiting) == 40
    assert 1 <= len(shown) <= PLACES  # a place that was called may not have been taken yet
    assert all(MARK in page for page in shown)
    assert crowd.health()["sessions"] == PLACES
    assert len(crowd.processes()) <= PLACES
    for page, headers in waiting:
        assert "in the queue" in page
        assert 1 <= int(headers["retry-after"]) <= 15
        assert headers["cache-control"] == "no-store"


def test_the_queue_is_served_in_order_as_others_leave(crowd):
    pages = [crowd.open()[1] for _ in range(PLACES)]
    tickets = [ticket(crowd.open()[2]) for _ in range(3)]
    assert "number 2 in the queue" in crowd.open(Cookie=tickets[1])[1]  # a reload keeps the place
    leave(crowd, pages[0])
    assert crowd.open(Cookie=tickets[1])[0] == 503
    assert '"turn": true' in crowd.get("/voila/queue?place=1", Cookie=tickets[0])[1]
    status, page, _ = crowd.open(Cookie=tickets[0])
    assert status == 200
    assert MARK in page
    assert crowd.get("/voila/queue", Cookie=tickets[0])[0] == 404
    assert crowd.health()["waiting"] >= 2


def test_a_visitor_who_hangs_up_during_the_start_leaves_nothing(here):
    address = urlsplit(here.url)
    for pause in (0.0, 0.05, 0.2, 0.5, 1.0):
        with socket.create_connection((address.hostname, address.port)) as line:
            line.sendall(b"GET /voila/render/endless.ipynb HTTP/1.1\r\nHost: localhost\r\n\r\n")
            line.settimeout(pause or 0.001)
            try:
                while line.recv(65536):
                    pass
            except TimeoutError:
                pass
    assert here.clean(15), here.health()


def test_a_cell_that_never_ends_is_given_up_and_reported(here):
    status, page, _ = here.open("endless")
    assert status == 200  # the head of the page went out while the kernel started
    assert "did not start within 8 seconds" in page
    assert "Try again" in page
    assert page.rstrip().endswith("</html>")
    assert here.clean(3)


def test_a_kernel_that_dies_while_the_page_starts_is_reported_without_a_path(here):
    _, page, _ = here.open("dies")
    assert re.search("could not be started|error", page)
    assert "site-packages" not in page
    assert here.clean()


def test_a_cell_that_fails_shows_no_traceback(here):
    _, page, _ = here.open("raises")
    assert "This page could not be started" in page
    assert "a secret in a message" not in page
    assert "Traceback" not in page


def test_a_kernel_that_is_killed_is_tidied_up_and_its_page_can_find_out_why(here):
    page = here.open()[1]
    kernel = kernel_of(page)
    assert '"state": "open"' in here.get(f"/voila/session/{kernel}")[1]
    os.kill(here.processes()[0], signal.SIGKILL)
    assert eventually(lambda: '"state": "died"' in here.get(f"/voila/session/{kernel}")[1], 2)
    assert eventually(lambda: here.health()["sessions"] == 0, 8)
    assert '"state": "died"' in here.get(f"/voila/session/{kernel}")[1]
    assert here.get(f"/api/kernels/{kernel}")[0] == 404
    assert '"state": "unknown"' in here.get("/voila/session/00000000-0000-0000-0000-000000000000")[1]


def test_the_limits_of_a_kernel_are_set(here):
    here.open()
    (kernel,) = here.processes()
    with open(f"/proc/{kernel}/limits", encoding="ascii") as limits:
        assert re.search(r"Max data size\s+1073741824", limits.read())
    with open(f"/proc/{kernel}/oom_score_adj", encoding="ascii") as score:
        assert score.read().strip() == "800"
    assert psutil.Process(kernel).environ()["OMP_NUM_THREADS"] == "1"
    sockets = [line.laddr for line in psutil.Process(kernel).net_connections("unix")]
    assert sum("-ipc-" in str(path) for path in sockets) >= 5  # no TCP port that another program could take


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library gives memory back in its own way")
def test_the_server_uses_the_memory_of_the_c_library_and_its_kernels_that_of_python(here):
    here.open()
    (kernel,) = here.processes()
    assert here.process.environ()["PYTHONMALLOC"] == "malloc"
    assert "PYTHONMALLOC" not in psutil.Process(kernel).environ()


def test_many_messages_into_an_output_widget_while_a_cell_runs_do_not_hang_the_page(here):
    for _ in range(3):
        status, page, _ = here.open("prints", timeout=15)
        assert status == 200
        assert "did not start" not in page
        leave(here, page)


def test_health_and_metrics_count_what_happens(here):
    before = here.get("/metrics")[1]
    leave(here, here.open()[1])
    after = here.get("/metrics")[1]

    def count(text: str) -> float:
        return float(re.search(r"^kdviz_start_seconds_count (\S+)", text, re.MULTILINE)[1])

    assert count(after) == count(before) + 1
    assert f"kdviz_max_sessions {PLACES:.1f}" in after
    health = here.health()
    assert health["status"] == "ok"
    assert health["memory_mib"]["server"] > 10
    assert health["uptime_s"] > 0


def test_a_half_sent_request_does_not_hold_up_the_others(here):
    address = urlsplit(here.url)
    with socket.create_connection((address.hostname, address.port)) as line:
        line.sendall(b"GET /voila/render/plain.ipynb HT")
        assert here.get("/healthz", timeout=5)[0] == 200


def test_the_end_of_the_server_ends_every_kernel(tmp_path):
    with local_server(folder(tmp_path), max_sessions=3) as other:
        other.open()
        kernels = other.processes()
        assert len(kernels) == 1
        other.process.kill()
        assert eventually(lambda: not any(psutil.pid_exists(kernel) for kernel in kernels), 10)
        with pytest.raises((OSError, http.client.HTTPException)):
            other.health()
