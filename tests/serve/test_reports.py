"""What goes wrong in a kernel goes to the operator, into the log, and never to the page."""

from __future__ import annotations

import asyncio
import json
import os
import re

import pytest

from benchmarks.visitor import Crowd, heard, say
from kdviz.serve.reports import BURST, LEAVE, Budget, Log, may_leave, report
from tests.support.serving import ROOT, end_all, folder, local_server

HERO = "voila/render/02_gradient_gap.ipynb"
LOUD = """
import ctypes, logging, sys, threading, warnings, ipywidgets
from IPython.display import display
slider = ipywidgets.IntSlider()
def step(change):
    print("a printed secret"); print("an erring secret", file=sys.stderr)
    warnings.warn("a warned secret", stacklevel=1); logging.getLogger("x").error("a logged secret")
    display("a displayed secret"); ctypes.CDLL(None).puts(b"a secret of C"); ctypes.CDLL(None).fflush(None)
    threading.Thread(target=lambda: 1 / 0).start()
    if change["new"] == 13: raise RuntimeError("a raised secret")
slider.observe(step, "value")
def pressed(*_): raise KeyError("a pressed secret")
slider.on_msg(pressed)
slider"""


@pytest.fixture(scope="module", params=[False, True], ids=["usual", "forked"])
def here(tmp_path_factory, request):
    """Run one server with a page that complains in every way."""
    place = tmp_path_factory.mktemp("pages")
    pages = folder(place)
    text = (pages / "slider.ipynb").read_text(encoding="utf-8")
    content = json.loads(text)
    content["cells"][0]["source"] = LOUD
    (pages / "loud.ipynb").write_text(json.dumps(content), encoding="utf-8")
    with local_server(pages, fork=request.param, max_sessions=4) as running:
        yield running


async def spoken(here, page: str, *messages: dict) -> list[tuple[str, dict]]:
    """Send comm messages to all widgets of a page; returns all that came back until the kernel has been asked again."""
    crowd = Crowd(here.url, page, 60)
    visit = await crowd.visit()
    assert not visit.trouble
    await say(visit, "comm_info_request", {"target_name": "jupyter.widget"})
    comms = await anext(content["comms"] async for kind, content in heard(visit) if kind == "comm_info_reply")
    for data in messages:
        for comm in comms:
            await say(visit, "comm_msg", {"comm_id": comm, "data": data})
    await asyncio.sleep(0.5)
    await say(visit, "comm_info_request", {"target_name": "nothing"})
    found = []
    async for kind, content in heard(visit):
        found.append((kind, content))
        if kind == "comm_info_reply":
            break
    await crowd.leave(visit)
    return found


def update(**state) -> dict:
    """Return an update of a widget from below."""
    return {"method": "update", "state": state, "buffer_paths": []}


def log_of(here, *words: str) -> str:
    """Return the log of a server once it holds all words, or after some seconds."""
    for _ in range(100):
        text = here.log()
        if all(word in text for word in words):
            break
        asyncio.run(asyncio.sleep(0.05))
    return text


def test_no_complaint_of_a_callback_reaches_the_page_and_every_one_reaches_the_log(here):
    messages = [update(value=13), {"method": "custom", "content": {}}, {"method": "nonsense"}, {"odd": 1}]
    found = asyncio.run(spoken(here, "voila/render/loud.ipynb", *messages))
    assert {kind for kind, _ in found} <= LEAVE
    assert "secret" not in json.dumps(found)
    secrets = ("an erring secret", "a warned secret", "a logged secret", "a raised secret", "a pressed secret")
    text = log_of(here, *secrets, "a printed secret", "a secret of C", "ZeroDivisionError")
    for secret in (*secrets, "a printed secret", "a secret of C", "ZeroDivisionError"):
        assert secret in text
    assert "page loud: " in text


def test_a_cell_that_prints_still_shows_it_and_what_it_warns_of_is_for_the_log(here):
    page = here.open("draws")[1]
    assert "drawn 0." in page
    end_all(here, page)


def test_a_visitor_s_nonsense_costs_the_log_nothing_and_an_odd_export_is_refused_in_words():
    want = {"method": "custom", "content": {"kind": "want", "what": "x"}}
    with local_server(ROOT / "dashboards", max_sessions=2) as server:
        before = server.log()
        found = asyncio.run(spoken(server, HERO, *[want] * 300))
        assert {kind for kind, _ in found} <= LEAVE
        texts = [json.dumps(content) for kind, content in found if kind == "comm_msg"]
        assert any("choose csv, json or latex" in text for text in texts)
        assert not any(re.search(r"Traceback|\.py|/kdviz", text) for text in texts)
        assert len(server.log()) - len(before) < 2 * BURST


def test_a_kernel_cannot_fill_the_disk(tmp_path):
    now = 0.0
    with open(tmp_path / "log", "wb") as out:
        log = Log(out.fileno(), Budget(burst=1000, rate=10, clock=lambda: now))
        for _ in range(10_000):
            print("x" * 50, file=log)
        first = (tmp_path / "log").stat().st_size
        assert 500 < first <= 1000
        now = 100.0
        print("later", file=log)
        print("x" * 10_000_000, file=log)
    text = (tmp_path / "log").read_text(encoding="utf-8")
    assert len(text) <= first + 1000
    assert re.search(r"page \S+: \(\d{4} lines are left out\)\npage \S+: later\n", text)


def test_a_line_of_the_log_is_whole_and_cannot_command_a_terminal():
    read, write = os.pipe()
    log = Log(write)
    log.name = "x"
    log.write("half ")
    log.write("a line\nand \x1b]0;title\x07 more\n")
    os.close(write)
    with open(read, encoding="utf-8") as lines:
        assert lines.read() == "page x: half a line\npage x: and ?]0;title? more\n"


STAY = ["stream", "error", "display_data", "execute_result", "update_display_data", "clear_output", "execute_input"]


@pytest.mark.parametrize("kind", [*STAY, "execute_reply", "debug_event", None, 3, ""])
def test_only_messages_of_widgets_may_leave(kind):
    assert not may_leave(kind)
    assert report(kind, {}) == ("None: None" if kind == "error" else "")
