"""A live run beside a page, in a thread and without: played, paused, stepped, never in the way of the settings."""

import math
import time
from dataclasses import replace

import numpy as np
import pytest

from kdviz.app.run import Cooperative, Place
from kdviz.app.runner import Runner
from kdviz.core.check import BadInput
from kdviz.pages import Progress
from tests.support import toy_page
from tests.support.trainee import KINDS, Trainee
from tests.support.visitor import Visitor, deep


@pytest.fixture(params=KINDS)
def kind(request):
    """Each kind of run in turn."""
    return request.param


@pytest.fixture
def visitor(kind):
    visitor = Trainee(kind)
    yield visitor
    visitor.session.end()


def test_a_run_played_to_its_end_leaves_its_last_result_on_the_page(visitor):
    assert visitor.status["state"] == "idle"
    visitor.press("play")
    assert visitor.ended()
    visitor.tick()
    ended_so = {"state": "finished", "done": 5, "total": 5, "words": "step 5", "left": None, "place": 0}
    assert visitor.status == ended_so
    assert visitor.texts["verdict"] == "5 steps, sum"
    np.testing.assert_array_equal(visitor.session.screen.figures[0]["data"][2]["y"], np.full(4, 10.0))
    assert visitor.tick() == []  # nothing is new


def test_steps_are_made_one_by_one_and_play_goes_on_from_there(visitor):
    run = visitor.runner
    for count in (1, 2, 3):
        visitor.press("step")
        assert visitor.until(lambda count=count: run.newest and run.newest.done == count and run.run.paused)
    assert run.state == "paused"
    visitor.tick()
    assert visitor.status["left"] >= 0
    visitor.press("play")
    assert visitor.ended()
    assert run.newest.done == 5


def test_a_paused_run_stands_still_and_a_stopped_one_keeps_what_it_drew(kind):
    closed = []

    def slow(params):
        try:
            for step in range(1000):
                time.sleep(0.002)
                yield Progress(toy_page.Result(params, np.array([step])), step + 1, 1000)
        finally:
            closed.append(True)

    visitor = Trainee(kind, slow)
    run = visitor.runner
    visitor.press("play")
    assert visitor.until(lambda: run.newest and run.newest.done > 3)
    visitor.press("pause")
    assert visitor.until(lambda: run.state == "paused")
    time.sleep(0.02)
    done = run.newest.done
    assert run.work(0.05) <= 0.05
    time.sleep(0.05)
    assert run.newest.done == done
    visitor.press("stop")
    assert visitor.ended()
    assert visitor.status["state"] == "stopped"
    assert visitor.texts["verdict"] == "1 steps, sum"
    assert closed == [True]
    visitor.press("play")  # another one
    assert visitor.status["state"] in ("starting", "running")
    visitor.session.end()


def test_turning_a_setting_of_the_run_ends_it_and_a_setting_of_the_view_does_not(visitor):
    visitor.press("step")
    assert visitor.until(lambda: visitor.runner.newest)
    visitor.tick()
    visitor.change(1, shown="square")
    assert visitor.texts["verdict"] == "1 steps, square"
    assert visitor.status["state"] == "paused"
    run = visitor.runner.run
    visitor.change(2, steps=7)
    assert visitor.texts["verdict"] == "0 steps, square"
    assert visitor.status["state"] == "idle"
    assert visitor.until(lambda: run.over)
    assert visitor.tick() == []


def test_a_setting_that_cannot_be_computed_ends_the_run_and_keeps_its_picture(kind):
    def compute(params):
        if params.steps > 100:
            raise BadInput("steps must be few; take fewer")
        return toy_page.Result(params)

    page = replace(toy_page.page(), compute=compute)
    visitor = Visitor(page, "", Runner(page.train, kind))
    visitor.press("step")
    while not visitor.session.runner.newest:
        visitor.session.runner.work(1e-9)
    visitor.tick()
    visitor.change(1, steps=150)
    assert visitor.texts["alert"] == "steps must be few; take fewer"
    assert (visitor.texts["run"]["state"], visitor.texts["verdict"]) == ("idle", "1 steps, sum")
    assert visitor.change(2, steps=9)["texts"]["verdict"] == "0 steps, sum"


def test_reset_goes_back_to_the_record_and_a_new_seed_starts_another_run(visitor):
    visitor.press("play")
    assert visitor.ended()
    visitor.tick()
    visitor.press("reset")
    assert (visitor.status["state"], visitor.texts["verdict"]) == ("idle", "0 steps, sum")
    visitor.change(1, seed=3)
    visitor.press("seed")
    assert visitor.ended()
    assert visitor.session.asked.seed == 0  # the seed after the last one is the first one
    assert list(visitor.runner.newest.result.done) == [0, 1, 2, 3, 4]


def test_a_locked_seed_is_not_drawn_anew(kind):
    page = toy_page.page()
    visitor = Visitor(page, "lock=seed", Runner(page.train, kind))
    assert visitor.press("seed") == []
    assert (visitor.session.asked.seed, visitor.texts["run"]["state"]) == (0, "idle")


def test_a_run_paused_in_its_last_value_is_finished(kind):
    paused = []

    def last(params):
        for value in toy_page.train(params):
            if value.done == value.total:
                visitor.runner.do("pause", params)
                paused.append(True)
            yield value

    visitor = Trainee(kind, last)
    visitor.press("play")
    assert visitor.ended()
    assert paused == [True]
    assert visitor.runner.state == "finished"


def test_a_run_stopped_before_its_first_value_leaves_nothing(kind):
    visitor = Trainee(kind, toy_page.endless)
    visitor.press("play")
    if visitor.runner.newest is None:
        visitor.press("stop")
        assert visitor.status["state"] == "idle"
    visitor.session.end()


def test_a_run_that_fails_is_shown_without_a_path_and_the_page_goes_on(kind):
    def failing(params):
        yield Progress(toy_page.Result(params, np.ones(1)), 1, 3)
        raise BadInput("seed must be lucky, got 0; choose another")

    visitor = Trainee(kind, failing)
    visitor.press("play")
    assert visitor.ended()
    visitor.tick()
    assert visitor.status["state"] == "failed"
    assert visitor.texts["alert"] == "seed must be lucky, got 0; choose another"
    visitor.change(1, steps=6)
    assert (visitor.status["state"], visitor.texts["alert"]) == ("idle", "")


def test_a_result_that_cannot_be_drawn_ends_the_run_and_keeps_the_picture(kind):
    def wild(params):
        while True:
            yield Progress(None, 1, 10)

    visitor = Trainee(kind, wild)
    visitor.press("step")
    assert visitor.until(lambda: [visitor.tick(), visitor.texts["alert"]][1])
    assert "TypeError" in visitor.texts["alert"]
    assert (visitor.status["state"], visitor.texts["verdict"]) == ("idle", "0 steps, sum")
    assert visitor.tick() == []


def test_whoever_waits_for_a_place_reads_it(kind):
    def queued(params):
        yield Place(2)
        yield Place(1)
        yield from toy_page.train(params)

    visitor, seen = Trainee(kind, queued), []
    visitor.press("play")
    for _ in range(1000):
        visitor.runner.work(1e-9)
        seen += [frame["texts"]["run"] for frame in visitor.tick() if "run" in frame["texts"]]
        if visitor.status["state"] == "finished":
            break
        time.sleep(0.001)
    assert visitor.status["state"] == "finished"
    places = [(run["state"], run["place"]) for run in seen if run["place"]]
    assert (
        places == [("waiting", 2), ("waiting", 1)]
        if kind is Cooperative
        else set(places) <= {("waiting", 2), ("waiting", 1)}
    )


def test_a_run_that_is_lost_in_the_queue_has_no_place_any_more(kind):
    def lost(params):
        yield Place(3)
        raise BadInput("no")

    visitor = Trainee(kind, lost)
    visitor.press("play")
    assert visitor.ended()
    visitor.tick()
    assert (visitor.status["state"], visitor.status["place"]) == ("failed", 0)


def test_nonsense_from_a_visitor_does_nothing(visitor):
    for what in ("", "rm", None, {"a": 1}, "play" * 1000, math.nan, ["play"], deep()):
        assert visitor.press(what) == []
    assert visitor.runner.state == "idle"
