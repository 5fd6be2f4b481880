"""Training pages under a hand: instant from the record, live on a press, never in the way, gone with the visitor."""

from __future__ import annotations

import re

import psutil
import pytest
from playwright.sync_api import expect

from benchmarks.live import ANSWER, RUN, other
from kdviz.core.params import knobs
from kdviz.pages.catalogue import CATALOGUE, load
from tests.support.drawn import assert_same_numbers
from tests.support.serving import ROOT, eventually, local_server, runs
from tests.support.tab import Tab

pytestmark = pytest.mark.quiet  # seconds until a run answers, and processes that train

TRAINING = [slug for slug in CATALOGUE if load(slug).train]
PATIENCE = 60_000  # ms until the first value of a run: torch is imported, a teacher trained


def run(tab: Tab) -> dict:
    """What the kernel last said of the live run."""
    return tab.page.evaluate(RUN)


def press(tab: Tab, name: str) -> None:
    """Press a button of the live run."""
    tab.page.locator(".kd-run").get_by_role("button", name=name).click()


def play(tab: Tab) -> None:
    """Start a live run and wait for its first value."""
    press(tab, "Run live")
    tab.page.wait_for_function(f"{RUN}.state === 'running' && {RUN}.done > 0", timeout=PATIENCE)


@pytest.mark.parametrize("slug", TRAINING)
def test_a_training_page_opens_from_its_record_without_torch(tab: Tab, slug: str) -> None:
    tab.open(slug)
    assert run(tab)["state"] == "idle"
    assert_same_numbers(tab, slug)
    if psutil.LINUX:
        assert not [mapped.path for mapped in tab.kernel().memory_maps() if "libtorch" in mapped.path]


@pytest.mark.parametrize("slug", TRAINING)
def test_play_pause_step_stop_and_reset_do_what_they_say(tab: Tab, slug: str) -> None:
    tab.open(slug)
    recorded = tab.texts()["verdict"]
    play(tab)
    press(tab, "Pause")
    assert eventually(lambda: run(tab)["state"] == "paused", 5)
    seen = {run(tab)["done"]}
    for _ in range(10):
        tab.page.wait_for_timeout(100)
        seen.add(run(tab)["done"])
    assert len(seen) <= 2  # one value may have been on its way; a run that goes on shows ten in this time
    done = max(seen)
    press(tab, "step further")
    assert eventually(lambda: run(tab)["done"] > done and run(tab)["state"] == "paused", 5)
    assert re.search(r"Paused · ", tab.page.locator(".kd-far").inner_text())
    assert tab.page.locator(".kd-run progress").evaluate("(bar) => bar.value / bar.max") > 0
    press(tab, "Run live")
    assert eventually(lambda: run(tab)["state"] == "running", 5)
    press(tab, "End the live run")
    assert eventually(lambda: run(tab)["state"] == "stopped", 2)
    press(tab, "Back to the recorded run")
    assert eventually(lambda: run(tab)["state"] == "idle", 5)
    tab.settle()
    assert tab.texts()["verdict"] == recorded
    assert tab.page.locator(".kd-alert:visible").count() == 0


@pytest.mark.parametrize("slug", TRAINING)
def test_settings_answer_while_a_run_goes_on(tab: Tab, slug: str) -> None:
    lesson = load(slug)
    tab.open(slug)
    play(tab)
    for knob in (knob for knob in knobs(lesson.params) if knob.name in lesson.views and knob.kind == "choice"):
        value = other(knob, tab.state()[knob.key])
        assert tab.page.evaluate(ANSWER, [knob.key, value]) < 2000  # the bench says how fast; this says at all
        assert run(tab)["state"] in ("running", "finished")
    knob = next(knob for knob in knobs(lesson.params) if knob.main and knob.name not in lesson.views)
    value = other(knob, tab.state()[knob.key])
    assert tab.page.evaluate(ANSWER, [knob.key, value]) < 2000
    assert run(tab)["state"] == "idle"  # the run belonged to the setting before
    tab.settle()
    assert_same_numbers(tab, slug)


@pytest.mark.parametrize("slug", TRAINING)
def test_leaving_the_page_ends_the_run_and_its_process(tab: Tab, slug: str) -> None:
    tab.open(slug)
    play(tab)
    process = tab.kernel()
    tab.page.goto("about:blank")
    assert eventually(lambda: not runs(process.pid), 5)


def test_whoever_waits_for_a_run_reads_the_place_and_can_leave_the_queue(browser, monkeypatch) -> None:
    monkeypatch.setenv("KDVIZ_MEMORY_LIMIT", "300")  # MiB: pages fit, no run does
    with local_server(ROOT / "dashboards", max_sessions=3) as server:
        context = browser.new_context()
        tabs = [Tab(context, server).open(TRAINING[1]) for _ in range(2)]
        for tab in tabs:
            press(tab, "Run live")
            tab.page.wait_for_function(f"{RUN}.state === 'waiting'")
        bars = [tab.page.locator(".kd-run .kd-far") for tab in tabs]
        expect(bars[0]).to_have_text("Waiting for a free place to train: you are number 1.")
        expect(bars[1]).to_have_text("Waiting for a free place to train: you are number 2.")
        press(tabs[0], "Leave the queue")
        expect(bars[1]).to_have_text("Waiting for a free place to train: you are number 1.")
        expect(tabs[1].page.locator(".kd-run .kd-spoken")).to_have_text(bars[1].inner_text())
        expect(bars[0]).to_have_text("Recorded. Play runs it here, now.")
        assert server.health()["runs"] == {"live": 0, "waiting": 1}
        context.close()
