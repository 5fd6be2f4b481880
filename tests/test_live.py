"""A live run beside a page: played, paused, stepped, stopped, and never in the way of the settings."""

import asyncio
import math
import subprocess
import sys
import time
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from kdviz.app import live
from kdviz.app.page import Page
from kdviz.charts import theme
from kdviz.charts.curves import Curve, curves
from kdviz.core.check import BadInput
from kdviz.core.params import choice, knob
from kdviz.pages import Page as ValuePage
from kdviz.pages import Predict, Progress, Table


@dataclass(frozen=True)
class Params:
    steps: int = knob(5, "steps", 1, 200, integer=True)
    seed: int = knob(0, "seed", 0, 3, integer=True)
    shown: str = choice("sum", "shown", ("sum", "square"))


@dataclass(frozen=True)
class Result:
    params: Params
    done: np.ndarray = field(default_factory=lambda: np.empty(0))  # arrays have no truth value and no equality


def train(params):
    done = np.empty(0)
    for step in range(params.steps):
        done = np.append(done, params.seed + step)
        yield Progress(Result(params, done), step + 1, params.steps, f"step {step + 1}")


def draw(result):
    height = np.full(4, float(result.done.sum()))
    line = Curve("kd", "sum", np.arange(4.0) + 1, height)
    x, y = theme.axis("x"), theme.axis("y")
    return curves((line,), (1.0, "now"), x=x, y=y, span=(0, 1), title="t", alt="a", hover="h", log=False)


def lesson(train=train):
    return ValuePage(
        **{"slug": "99_test", "title": "Test", "goal": "A goal.", "minutes": 1, "reading": (), "presets": {}},
        **{"params": Params, "compute": Result, "figures": (draw,), "answers": tuple, "formula": lambda result: "x"},
        verdict=lambda result: f"{len(result.done)} steps, {result.params.shown}",
        gauges=lambda result: (),
        table=lambda result: Table(("a",), ()),
        predict=Predict("?", ("a", "b"), 0, "why"),
        train=train,
        views=("shown",),
    )


def wait(condition, seconds=5.0):
    until = time.monotonic() + seconds
    while not condition() and time.monotonic() < until:
        time.sleep(0.005)
    return condition()


def ended(page):
    return wait(lambda: page.live._run.over)


def press(page, what):
    page._asked(page, {"kind": "run", "do": what}, [])


@pytest.fixture
def page():
    page = Page(lesson())
    yield page
    page.close()


def test_a_run_played_to_its_end_leaves_its_last_result_on_the_page(page):
    assert page.texts["run"]["state"] == "idle"
    press(page, "play")
    assert ended(page)
    page.live.paint()
    ended_so = {"state": "finished", "done": 5, "total": 5, "words": "step 5", "left": None, "place": 0}
    assert page.texts["run"] == ended_so
    assert page.texts["verdict"] == "5 steps, sum"
    np.testing.assert_array_equal(page.figures[0]["data"][2]["y"], np.full(4, 10.0))


def test_steps_are_made_one_by_one_and_play_goes_on_from_there(page):
    for count in (1, 2, 3):
        press(page, "step")
        assert wait(lambda count=count: page.live.newest and page.live.newest.done == count and page.live._run.paused)
    assert page.live.state == "paused"
    assert page.live.status()["left"] >= 0
    press(page, "play")
    assert ended(page)
    assert page.live.newest.done == 5


def test_a_paused_run_stands_still_and_a_stopped_one_keeps_what_it_drew():
    closed = []

    def slow(params):
        try:
            for step in range(1000):
                time.sleep(0.002)
                yield Progress(Result(params, np.array([step])), step + 1, 1000)
        finally:
            closed.append(True)

    page = Page(lesson(slow))
    press(page, "play")
    assert wait(lambda: page.live.newest and page.live.newest.done > 3)
    press(page, "pause")
    assert wait(lambda: page.live.state == "paused")
    time.sleep(0.02)
    done = page.live.newest.done
    time.sleep(0.05)
    assert page.live.newest.done == done
    press(page, "stop")
    assert ended(page)
    assert page.texts["run"]["state"] == "stopped"
    assert page.texts["verdict"] == "1 steps, sum"
    assert closed == [True]
    page.close()


def test_turning_a_setting_of_the_run_ends_it_and_a_setting_of_the_view_does_not(page):
    press(page, "step")
    assert wait(lambda: page.live.newest)
    page.live.paint()
    page.set(shown="square")
    assert page.texts["verdict"] == "1 steps, square"
    assert page.texts["run"]["state"] == "paused"
    run = page.live._run
    page.set(steps=7)
    assert page.texts["verdict"] == "0 steps, square"
    assert page.texts["run"]["state"] == "idle"
    assert run.join()


def test_reset_goes_back_to_the_record_and_a_new_seed_starts_another_run(page):
    press(page, "play")
    assert ended(page)
    page.live.paint()
    press(page, "reset")
    assert (page.texts["run"]["state"], page.texts["verdict"]) == ("idle", "0 steps, sum")
    page.set(seed=3)
    press(page, "seed")
    assert ended(page)
    assert page.asked.seed == 0  # the seed after the last one is the first one
    assert list(page.live.newest.result.done) == [0, 1, 2, 3, 4]


def test_a_run_that_fails_is_said_without_a_path_and_the_page_goes_on():
    def failing(params):
        yield Progress(Result(params, np.ones(1)), 1, 3)
        raise BadInput("seed must be lucky, got 0; choose another")

    page = Page(lesson(failing))
    press(page, "play")
    assert ended(page)
    page.live.paint()
    assert page.texts["run"]["state"] == "failed"
    assert page.texts["alert"] == "seed must be lucky, got 0; choose another"
    page.set(steps=6)
    assert (page.texts["run"]["state"], page.texts["alert"]) == ("idle", "")
    page.close()


def endless(params):
    while True:
        time.sleep(0.001)
        yield Progress(Result(params, np.ones(1)), 1, 10)


def farewell(params):
    try:
        yield from endless(params)
    finally:
        print("closed", flush=True)


def test_closing_the_page_ends_the_run(page):
    page = Page(lesson(endless))
    press(page, "play")
    run = page.live._run
    page.close()
    assert run.join()


def test_the_painter_paints_at_most_every_tenth_of_a_second():
    painted = []

    def quick(params):
        for step in range(60):
            time.sleep(0.005)
            yield Progress(replace(Result(params), done=np.array([step])), step + 1, 60)

    async def watch():
        runner = live.Live(quick, painted.append)
        runner.do("play", Params())
        await asyncio.sleep(0.1)
        while runner.state != "finished":
            await asyncio.sleep(0.02)
        await asyncio.sleep(2 * live.TICK)
        return runner

    runner = asyncio.run(watch())
    assert 1 < len(painted) <= 60 * 0.005 / live.TICK * 4 + 3
    assert runner.newest is [value for value in painted if value][-1]
    assert runner.newest.done == 60


def test_a_process_that_ends_takes_its_run_down_first():
    code = "from tests.test_live import *; page = Page(lesson(farewell)); press(page, 'play'); "
    code += "assert wait(lambda: page.live.newest)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("closed\n", "")


def test_nonsense_from_a_visitor_does_nothing(page):
    for what in ("", "rm", None, {"a": 1}, "play" * 1000, math.nan):
        press(page, what)
    assert page.live.state == "idle"


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_library_of_torch_is_there_before_the_import_of_torch():
    code = "import sys; from kdviz.app import remote; remote.fetch(); maps = open('/proc/self/maps').read(); "
    code += "print('torch' in sys.modules, 'libtorch_cpu' in maps)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]


def test_a_page_without_torch_says_so_and_has_no_run(monkeypatch):
    monkeypatch.setattr(live, "able", lambda: False)
    page = Page(lesson())
    assert page.spec["live"]["missing"] == live.MISSING
    press(page, "play")
    assert page.texts["verdict"] == "0 steps, sum"
    page.close()
