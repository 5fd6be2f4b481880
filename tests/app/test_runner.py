"""What drives a live run: a thread that ends with its page and its process, or the host itself; and who looks at it."""

import asyncio
import math
import subprocess
import sys
import threading
import time
from dataclasses import replace

import numpy as np
import pytest

from kdviz.app import PageWidget, runner
from kdviz.app.run import Cooperative, Failed
from kdviz.app.runner import Runner, runner_of
from kdviz.app.session import Session
from kdviz.app.threaded import Threaded
from kdviz.app.ticking import TICK, Ticker
from kdviz.core.check import BadInput
from kdviz.pages import Progress
from kdviz.words import W
from tests.support import toy_page
from tests.support.clock import Clock
from tests.support.trainee import KINDS, Trainee
from tests.support.visitor import Visitor


@pytest.fixture(params=KINDS)
def kind(request):
    """Each kind of run in turn."""
    return request.param


def test_closing_the_page_ends_the_run():
    page = PageWidget(toy_page.page(toy_page.endless))
    page._handle_custom_msg({"kind": "run", "do": "play"}, [])
    begun = page.session.runner.run
    page.close()
    assert begun.join()


def test_the_ticker_looks_at_most_every_tenth_of_a_second(kind):
    shown = []

    def quick(params):
        for step in range(60):
            time.sleep(0.005)
            yield Progress(replace(toy_page.Result(params), done=np.array([step])), step + 1, 60)

    async def watch():
        begun = time.monotonic()
        session = Session.open(toy_page.page(), "", Runner(quick, kind))
        ticker = Ticker(session, lambda: shown.append(session.tick()))
        session.receive({"kind": "run", "do": "play"})
        ticker.watch()
        await asyncio.sleep(0.1)
        while session.runner.state != "finished":
            await asyncio.sleep(0.02)
        await asyncio.sleep(2 * TICK)
        return session, time.monotonic() - begun

    session, seconds = asyncio.run(watch())
    frames = [frame for answers in shown for frame in answers]
    assert 1 < len(frames) <= seconds / TICK + 3
    assert session.runner.newest.done == 60
    assert session.screen.texts["run"]["state"] == "finished"


def test_a_run_without_threads_makes_none_and_works_no_longer_than_it_may(monkeypatch):
    def refuse(*_, **__):
        raise RuntimeError("can't start new thread")

    clock = Clock()

    def slow(params):
        for value in toy_page.train(params):
            clock.now += 1.0
            yield value

    monkeypatch.setattr(threading.Thread, "start", refuse)
    run = Cooperative(lambda: slow(toy_page.Params(steps=10)), clock=clock)
    assert run.newest is None  # nothing is computed before the host has time for it
    assert run.work(2.5) == -0.5
    assert (run.newest.done, run.spent) == (3, 3.0)
    run.allow(0)
    assert run.work(2.5) == 2.5
    run.allow(1)
    assert (run.work(9.0), run.newest.done) == (8.0, 4)
    run.allow(math.inf)
    assert (run.work(100.0), run.over, run.newest.done) == (94.0, True, 10)
    assert run.work(1.0) == 1.0


def test_a_host_without_threads_gets_runs_without_threads(monkeypatch):
    monkeypatch.setattr(runner, "able", lambda: True)
    assert runner_of(toy_page.page())._kind is Threaded
    assert runner_of(toy_page.page(None)) is None
    monkeypatch.setattr(sys, "platform", "emscripten")
    assert runner_of(toy_page.page())._kind is Cooperative


def test_a_process_that_ends_takes_its_run_down_first():
    code = "import time; from kdviz.app import PageWidget; from tests.support import toy_page\n"
    code += "page = PageWidget(toy_page.page(toy_page.farewell))\n"
    code += "page._handle_custom_msg({'kind': 'run', 'do': 'play'}, [])\n"
    code += "until = time.monotonic() + 30\n"
    code += "while not page.session.runner.newest and time.monotonic() < until: time.sleep(0.005)\n"
    code += "assert page.session.runner.newest"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("closed\n", "")


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_library_of_torch_is_there_before_the_import_of_torch():
    code = "import sys; from kdviz.app import remote; remote.fetch(); maps = open('/proc/self/maps').read(); "
    code += "print('torch' in sys.modules, 'libtorch_cpu' in maps)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]


def test_a_page_without_torch_says_so_and_has_no_run(monkeypatch):
    monkeypatch.setattr(runner, "able", lambda: False)
    page = toy_page.page()
    visitor = Visitor(page, "", runner_of(page))
    assert visitor.session.spec["live"]["missing"] == W.NO_TORCH
    assert visitor.press("play") == []
    assert visitor.texts["verdict"] == "0 steps, sum"
    assert "run" not in visitor.texts


def test_a_failure_of_a_run_is_logged_and_a_refusal_is_not(kind, caplog):
    for error, count in ((BadInput("no"), 0), (Failed("Killed"), 0), (OSError("/srv/secret.py"), 1)):

        def failing(params, error=error):
            raise error
            yield

        visitor = Trainee(kind, failing)
        visitor.press("play")
        assert visitor.ended()
        visitor.tick()
        assert visitor.status["state"] == "failed"
        assert "secret" not in visitor.texts["alert"]
        assert len([record for record in caplog.records if record.name == "kdviz"]) == count
