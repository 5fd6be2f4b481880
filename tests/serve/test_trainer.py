"""A live run in a process of its own: the same numbers, a place in the queue, and nothing left when it ends."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from dataclasses import replace

import psutil
import pytest

from benchmarks.visitor import Crowd, Visit, heard, press
from kdviz.app.remote import ADDRESS, Remote, training
from kdviz.app.run import Failed, Place
from kdviz.app.threaded import Threaded
from kdviz.core.check import BadInput
from kdviz.pages.catalogue import load
from kdviz.serve import forkserver, memory, runs
from kdviz.serve.runs import COST, MARGIN, Runs
from kdviz.words import W
from tests.support.serving import ROOT, eventually, local_server

RACE = "05_training_race"
LONG = "06_initialisation"
EACH = 1.1 * COST  # MiB that are reserved for a run of which nothing is known


@pytest.fixture
def lent(tmp_path, monkeypatch):
    """Lend runs as a server does, from processes of their own, with room for one."""
    begun = []

    def begin(line, asked):
        begun.append(forkserver.train(line, asked, 1024, fork=False))
        return begun[-1]

    queue = Runs(begin, free=lambda: MARGIN + EACH + 1 - sum(run.taken for run in queue.live))
    queue.start(tmp_path / "runs")
    monkeypatch.setenv(ADDRESS, queue.address)
    monkeypatch.setattr(runs, "LOOK", 0.1)
    yield queue, begun
    queue.close()
    for process in begun:
        process.kill()
        process.wait()


def values(remote: Remote, count: int) -> list:
    """Return the next values of a run, places left out."""
    found = []
    while len(found) < count:
        value = next(remote)
        if not isinstance(value, Place):
            found.append(value)
    return found


def test_a_run_in_a_process_of_its_own_gives_the_numbers_of_the_lesson_and_its_place_comes_back(lent):
    queue, begun = lent
    lesson = load(LONG)
    start = training(lesson)
    first = start(lesson.params(seed=3))
    here = lesson.train(lesson.params(seed=3))
    for mine, theirs in zip(values(first, 4), here, strict=False):
        assert (mine.done, mine.total) == (theirs.done, theirs.total)
        assert repr(mine.result) == repr(theirs.result)
    second = Threaded(lambda: start(lesson.params()))
    assert eventually(lambda: second.place == 1, 5)
    third = Threaded(lambda: start(lesson.params()))
    assert eventually(lambda: third.place == 2, 5)
    second.end()  # cancelled while it waits
    assert second.join(5)
    assert eventually(lambda: third.place == 1, 5)
    first.close()  # as when its kernel is gone: the system closes what it held
    assert eventually(lambda: third.newest is not None, 30)
    assert third.place == 0
    begun[-1].kill()  # as when memory runs out
    assert third.join(5)
    assert str(third.error) == W.RUN_LOST
    assert eventually(lambda: not queue.live and not queue.waiting, 5)


def test_what_a_run_refuses_is_reported_and_the_end_of_a_run_is_the_end_of_its_process(lent):
    queue, begun = lent
    stranger = replace(load(RACE), slug="99_nothing")
    remote = Remote(queue.address, stranger, stranger.params())
    with contextlib.closing(remote), pytest.raises(Failed, match="ValueError"):
        values(remote, 1)
    assert begun[0].wait(10) == 0
    with contextlib.closing(training(load(RACE))(load(RACE).params(transfer="20", seeds=3))) as whole:
        last = [value for value in whole if not isinstance(value, Place)][-1]
    assert last.done == last.total
    assert begun[1].wait(10) == 0
    assert eventually(lambda: not queue.live, 5)


def test_a_server_that_is_gone_is_reported():
    with pytest.raises(BadInput, match="Play starts it anew"):
        Remote("/nothing/there", load(RACE), load(RACE).params())


def test_where_no_server_lends_runs_a_run_is_the_lesson_s_own(monkeypatch):
    monkeypatch.delenv(ADDRESS, raising=False)
    lesson = load(RACE)
    assert training(load("02_gradient_gap")) is None
    generator = training(lesson)(lesson.params())
    assert generator.__name__ == "train"


@pytest.mark.parametrize("fork", [False, True], ids=["usual", "forked"])
def test_on_a_server_with_memory_for_one_run_the_next_begins_when_the_first_visitor_is_killed(monkeypatch, fork):
    monkeypatch.setenv(memory.LIMIT, "1100" if fork else "950")
    with local_server(ROOT / "dashboards", max_sessions=3, fork=fork) as here:
        asyncio.run(one_after_the_other(here, Crowd(here.url, f"voila/render/{LONG}.ipynb", 60)))


async def one_after_the_other(here, crowd: Crowd) -> None:
    """Let two visitors press Play, and end the first one's kernel: what a run takes is not known yet."""
    first, second = await crowd.visit(), await crowd.visit()
    (kernel,) = [pid for pid in here.processes() if first.kernel in " ".join(psutil.Process(pid).cmdline())] or [0]
    await press(first, "play")
    await until(first, lambda run: run["state"] == "starting")
    await press(second, "play")
    assert (await until(second, lambda run: run["state"] == "waiting"))["place"] == 1
    assert (await asyncio.to_thread(here.health))["runs"] == {"live": 1, "waiting": 1}
    metrics = (await asyncio.to_thread(here.get, "/metrics"))[1]
    assert "kdviz_live_runs 1.0" in metrics
    assert "kdviz_waiting_runs 1.0" in metrics
    if kernel:
        os.kill(kernel, signal.SIGKILL)
    await crowd.leave(first)  # a fork bears no name
    assert (await until(second, lambda run: run["done"] > 0))["place"] == 0
    await press(second, "stop")
    began = time.monotonic()
    while (await asyncio.to_thread(here.health))["runs"]["live"]:
        assert time.monotonic() - began < 10
        await asyncio.sleep(0.2)
    await crowd.leave(second)


async def until(visit: Visit, condition) -> dict:
    """Return what a page says of its run as soon as it is so."""
    async for kind, content in heard(visit):
        assert kind not in ("stream", "error"), content
        texts = content.get("data", {}).get("content", {}).get("texts", {})
        assert not texts.get("alert"), texts
        if "run" in texts and condition(texts["run"]):
            return texts["run"]
    raise ConnectionError("the line was closed")
