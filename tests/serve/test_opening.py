"""The early picture: the same state as the widget's, no way out of its script, and bounds on what links can cost."""

from __future__ import annotations

import asyncio
import base64
import functools
import html.parser
import json
import os
import threading
import time
from contextlib import contextmanager
from multiprocessing.connection import Connection
from urllib.parse import quote, quote_plus

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kdviz.app.opening import opening
from kdviz.app.widget import PageWidget
from kdviz.core.params import knobs
from kdviz.pages.catalogue import CATALOGUE, load
from kdviz.serve import opener
from kdviz.serve import opening as asking
from kdviz.serve.opening import Openings, safe
from tests.support.serving import ROOT, end_all, eventually, local_server

SLUG = "02_gradient_gap"
DASHBOARDS = ROOT / "dashboards"
ATTACKS = [
    "</script><script>window.PWN=1</script>", "<!--<script>", "]]>", '"><img src=x onerror=window.PWN=1>',
    "\u2028\u2029", "\\u003c/script>", "\0\x1b[31m", "\ud800", "{{ 7*7 }}", "&lt;/script&gt;", "‮" * 50, "x" * 5000,
]  # fmt: skip


class Thread:
    """The process of an `Openings` in a thread: answers with `act`, and can be ended."""

    made = 0

    def __init__(self, act, line: Connection):
        self.act, self.killed, self.line = act, False, Connection(os.dup(line.fileno()))
        threading.Thread(target=self.work, daemon=True).start()
        Thread.made += 1

    def work(self):
        with self.line:
            self.line.send_bytes(b"ready")
            while not self.killed:
                try:
                    self.line.send_bytes(self.act(json.loads(self.line.recv_bytes())))
                except (EOFError, OSError):
                    return

    def kill(self):
        self.killed = True


@contextmanager
def openings(act):
    """Openings over a thread that answers with `act`."""
    Thread.made = 0
    found = Openings(functools.partial(Thread, act), CATALOGUE)
    try:
        yield found
    finally:
        found.close()


@pytest.mark.parametrize("slug", CATALOGUE)
def test_a_page_opens_with_what_its_widget_begins_with(slug):
    queries = ["", "theme=dark&lock=T&hide=K", "T=inf&K=1000&nonsense=1", *(f"preset={p}" for p in load(slug).presets)]
    for query in queries:
        page, found = PageWidget(load(slug), query), json.loads(json.dumps(opening(slug, query), allow_nan=False))
        found["start"]["buffer"] = list(base64.b64decode(found["start"]["buffer"]))
        start = page.start | {"buffer": list(page.start["buffer"])}
        assert found == json.loads(json.dumps({"spec": page.spec, "start": start}))


@given(st.text() | st.sampled_from(ATTACKS))
def test_no_text_leaves_the_script_that_holds_it(text):
    inside = safe(json.dumps({text: [text]}))
    assert json.loads(inside) == {text: [text]}
    assert not set(inside) & set("<>&\u2028\u2029")

    class Reader(html.parser.HTMLParser):
        seen = ()

        def handle_starttag(self, tag, attrs):
            self.seen = (*self.seen, tag)

    reader = Reader()
    reader.feed(f'<script type="application/json">{inside}</script><p>')
    assert reader.seen == ("script", "p")


@pytest.mark.parametrize("attack", ATTACKS)
def test_whatever_a_link_holds_it_has_a_picture_or_none(attack):
    bad = quote_plus(attack.encode("utf-8", "surrogatepass"))
    for slug in CATALOGUE:
        for query in [bad, "&".join(f"{knob.key}={bad}" for knob in knobs(load(slug).params))]:
            found = opener.answer(json.dumps({"slug": slug, "query": query}).encode())
            assert 0 < len(found) < opener.LARGEST
            assert json.loads(found)["spec"]["slug"] == slug


@pytest.mark.parametrize("question", [b"", b"{}", b"[1]", b"\xff", b'{"slug": "../x", "query": ""}', b'{"slug": 1}'])
def test_a_question_without_sense_has_no_answer(question):
    assert opener.answer(question) == b""


def test_many_ask_for_a_link_and_it_is_computed_once():
    asked = []

    def act(question):
        asked.append(question["query"])
        return b"{}"

    async def many():
        texts = await asyncio.gather(*(found.get(SLUG, "T=2") for _ in range(50)))
        return [*texts, await found.get(SLUG, "T=2"), await found.get(SLUG, "T=3")]

    with openings(act) as found:
        assert asyncio.run(many()) == ["{}"] * 52
    assert asked == ["T=2", "T=3"]


def test_what_is_kept_is_bounded_and_the_newest_stay(monkeypatch):
    monkeypatch.setattr(asking, "KEPT", 1000)

    async def many():
        for i in range(40):
            await found.get(SLUG, str(i))
            await found.get(SLUG, "0")  # a popular link

    with openings(lambda _: b"x" * 100) as found:
        asyncio.run(many())
        assert found.size == sum(map(len, found.known.values())) <= 1000
        assert (SLUG, "0") in found.known and (SLUG, "39") in found.known and (SLUG, "20") not in found.known


def test_a_link_that_takes_too_long_costs_its_picture_and_others_wait_no_longer(monkeypatch):
    monkeypatch.setattr(asking, "DEADLINE", 0.6)
    monkeypatch.setattr(asking, "PATIENCE", 0.2)
    monkeypatch.setattr(asking, "REST", 0.3)
    free = threading.Event()

    def act(question):
        if question["query"] == "slow":
            free.wait(5)
        return b"{}"

    async def visit():
        began = time.monotonic()
        assert await found.get(SLUG, "fast") == "{}"
        texts = await asyncio.gather(*(found.get(SLUG, text) for text in ("slow", "other", "fast")))
        assert texts == ["", "", "{}"]
        assert time.monotonic() - began < 0.5
        await asyncio.sleep(1.2)
        return await found.get(SLUG, "again")

    with openings(act) as found:
        assert asyncio.run(visit()) == "{}"
        free.set()
        assert Thread.made == 2


def test_only_so_many_questions_wait_and_the_waiting_page_asks_an_idle_process_only():
    free, asked = threading.Event(), []

    def act(question):
        asked.append(question["query"])
        free.wait(5)
        return b"{}"

    async def crowd():
        first = asyncio.ensure_future(found.get(SLUG, "first"))
        await asyncio.sleep(0)
        assert await found.get(SLUG, "queue", waiting=True) == ""
        others = await asyncio.gather(*(found.get(SLUG, str(i)) for i in range(100)), first)
        assert set(others) == {""} and len(found.asked) == asking.MOST
        free.set()
        while found.asked:
            await asyncio.sleep(0.01)

    with openings(act) as found:
        asyncio.run(crowd())
    assert len(asked) == asking.MOST and "queue" not in asked


def test_a_process_that_cannot_be_made_is_not_tried_on_end():
    tries = []

    def start(line):
        tries.append(1)
        raise OSError("no process")

    async def many():
        return {await found.get(SLUG, str(i)) for i in range(20)}

    found = Openings(start, CATALOGUE)
    assert asyncio.run(many()) == {""} and len(tries) == 1
    found.close()


def test_what_is_no_page_of_the_catalogue_is_never_asked_for():
    with openings(lambda _: b"{}") as found:
        assert [asyncio.run(found.get(name, "")) for name in ("index", "", "../x", "torch")] == [""] * 4
    assert Thread.made == 0


def process(here) -> psutil.Process | None:
    """Return the process that computes openings: no kernel, and niced."""
    nice = here.process.nice() + opener.LESS
    return next((child for child in here.process.children(recursive=True) if child.nice() == nice), None)


def embedded(text: str) -> str:
    """Return the JSON of the early picture in a page."""
    return text.partition('id="kd-opening" type="application/json">')[2].partition("</script>")[0]


@pytest.mark.parametrize("fork", [False, True])
def test_a_page_and_the_waiting_page_carry_the_picture_and_a_lost_process_costs_only_that(fork):
    with local_server(DASHBOARDS, fork=fork, max_sessions=1) as here:

        def opened(query, slug=SLUG):
            status, text, _ = here.get(f"/voila/render/{slug}.ipynb?{query}")
            assert (status == 503 and "kernelId" not in text and "data-off" in text) or not embedded(text)
            return embedded(text)

        assert eventually(lambda: process(here), 30)
        status, page, _ = here.get(f"/voila/render/{SLUG}.ipynb?T=6")
        assert status == 200 and "kernelId" in page
        assert eventually(lambda: opened("T=7"), 30)
        assert json.loads(opened("T=7"))["start"]["texts"]["state"]["T"] == 7
        assert json.loads(embedded(page) or opened("T=6"))["start"]["texts"]["state"]["T"] == 6
        attack = opened(f"zs={quote(ATTACKS[0])}&family=typed&{quote(ATTACKS[3])}=1")
        assert json.loads(attack) and "<" not in attack
        assert opened("", "index") == "", "the index computes nothing"
        process(here).kill()
        assert json.loads(opened("T=7")), "kept"
        assert opened("T=8") == ""
        assert here.health()["sessions"] == 1
        end_all(here, page)
