"""The process of the early pictures: what fails in it costs one picture, once, and is said; nothing is left open."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
import threading
from multiprocessing.connection import Pipe
from unittest.mock import Mock

import psutil
import pytest

from kdviz.app import opening as app_opening
from kdviz.core.check import BadInput
from kdviz.pages.catalogue import CATALOGUE, load
from kdviz.serve import opener
from kdviz.serve import opening as asking
from kdviz.serve.forkserver import Forked
from kdviz.serve.opening import Openings

SLUG = "02_gradient_gap"


def question(slug: str, query: str = "") -> bytes:
    """Return a question as the server sends it."""
    return json.dumps({"slug": slug, "query": query}).encode()


@pytest.mark.parametrize("error", [FileNotFoundError, EOFError, ValueError])
def test_a_page_that_fails_leaves_all_others_their_pictures_and_is_logged(error, monkeypatch, caplog):
    def broken(slug, query):
        if slug == SLUG:
            raise error
        return {"slug": slug}

    monkeypatch.setattr(opener, "prepare", lambda: None)
    monkeypatch.setattr(opener, "opening", broken)
    mine, theirs = Pipe()
    process = threading.Thread(target=opener.work, args=(theirs,), daemon=True)
    process.start()
    with mine:
        assert mine.recv_bytes() == b"ready"
        for slug in CATALOGUE:
            mine.send_bytes(question(slug))
            assert bool(mine.recv_bytes()) == (slug != SLUG)
    process.join(5)
    assert error.__name__ in caplog.text


def test_a_process_that_ends_before_it_is_ready_is_named_in_the_log(caplog):
    found = Openings(lambda line: Mock(), CATALOGUE)  # nobody holds the other end any more
    assert not found.ensure() and "EOFError" in caplog.text
    found.close()


@pytest.mark.parametrize(("error", "pictured"), [(MemoryError(), False), (OSError(), False), (BadInput("T: no"), True)])
def test_a_link_whose_computation_failed_has_no_picture_and_one_that_is_refused_has_that_of_the_page(
    error, pictured, monkeypatch
):
    page, fails = load(SLUG), [True]

    def compute(params):
        if fails and params != page.params():
            fails.clear()
            raise error
        return page.compute(params)

    monkeypatch.setattr(app_opening, "load", lambda slug: dataclasses.replace(page, compute=compute))
    first, again = opener.answer(question(SLUG, "T=7")), opener.answer(question(SLUG, "T=7"))
    assert bool(first) == pictured
    assert not pictured or json.loads(first)["start"]["texts"]["alert"] == str(error)
    assert not json.loads(again)["start"]["texts"].get("alert"), "what failed once is tried again"


@pytest.mark.skipif(sys.platform != "linux", reason="forking is for Linux")
def test_a_process_that_is_ended_leaves_no_descriptor(monkeypatch):
    monkeypatch.setattr(asking, "REST", 0.0)
    children: list[subprocess.Popen] = []

    def start(line):
        children.append(subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]))
        return Forked(children[-1].pid)

    found = Openings(start, CATALOGUE)
    before = psutil.Process().num_fds()
    assert [found.ensure() for _ in range(3)] == [False] * 3
    assert psutil.Process().num_fds() == before
    for child in children:
        assert child.wait(5) < 0
    found.close()
