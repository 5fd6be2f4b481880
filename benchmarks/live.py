"""Whether a page answers while it trains: milliseconds from a turned knob, and from Stop, to what the kernel says."""

from __future__ import annotations

import time

import numpy as np

from benchmarks.table import Row, quantiles
from kdviz.core.params import knobs
from kdviz.pages.catalogue import CATALOGUE, load
from tools.browsing import DRAWN, chromium, serve

GOAL = 200.0  # ms
RUN = "document.querySelector('.kd').kdviz.store.texts.run"
# ms from a change of a setting to its answer
ANSWER = """async ([key, value]) => { const { send, store } = document.querySelector('.kd').kdviz;
  const begun = performance.now(), sent = store.texts.seq; send({ [key]: value });
  while (store.texts.seq === sent) await new Promise((done) => setTimeout(done, 2));
  return performance.now() - begun; }"""
STOP = """async () => { const { store } = document.querySelector('.kd').kdviz, begun = performance.now();
  document.querySelector('.kd-run button[aria-label^="End"]').click();
  while (!['stopped', 'finished'].includes(store.texts.run.state)) await new Promise((done) => setTimeout(done, 2));
  return performance.now() - begun; }"""


def other(knob, value):
    """A value of a knob that is not `value`."""
    choices = (*(option for option in knob.options), knob.low, knob.high, True, False)
    return next(item for item in choices if item is not None and item != value)


def play(page) -> float:
    """Press Play, wait for the first value; returns the seconds it took."""
    begun = time.perf_counter()
    page.get_by_role("button", name="Run live").click()
    page.wait_for_function(f"{RUN}.done > 0 || {RUN}.state === 'finished'", timeout=120_000)
    return time.perf_counter() - begun


def answers(page, lesson, turns: int) -> dict[str, list[float]]:
    """Milliseconds of `turns` changes of a knob during runs, of as many presses of Stop, and seconds to first values.

    A knob that belongs to the run ends it, so that every turn meets a run that has just begun to show its values.
    """
    found: dict[str, list[float]] = {"first": [], "knob": [], "stop": []}
    turned = [knob for knob in knobs(lesson.params) if knob.main and knob.kind in ("choice", "number", "integer")]
    for turn in range(turns):
        found["first"].append(play(page))
        knob = turned[turn % len(turned)]
        value = page.evaluate(f"document.querySelector('.kd').kdviz.store.texts.state[{knob.key!r}]")
        found["knob"].append(page.evaluate(ANSWER, [knob.key, other(knob, value)]))
        page.evaluate(ANSWER, [knob.key, value])
        play(page)
        found["stop"].append(page.evaluate(STOP))
        page.get_by_role("button", name="Back to the recorded run").click()
        page.wait_for_function(f"{RUN}.state === 'idle'")
    return found


def rows(*, quick: bool = False) -> list[Row]:
    """Every page with a live run."""
    found = []
    with serve() as server, chromium() as browser:
        for slug in (slug for slug in CATALOGUE if load(slug).train):
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.goto(server.page(slug))
            page.wait_for_function(DRAWN, timeout=60_000)
            ms = answers(page, load(slug), 3 if quick else 8)
            page.close()
            note = f"p50 {quantiles(ms['knob'])[0]:.0f} ms, {len(ms['knob'])} turns"
            found += [
                Row(f"{slug}: first value after Play, torch loaded", float(np.median(ms["first"][1:])), "s"),
                Row(f"{slug}: first value after the first Play", ms["first"][0], "s", note="torch is imported"),
                Row(f"{slug}: a knob answers during a run, worst", max(ms["knob"]), "ms", ("≤", GOAL), note),
                Row(f"{slug}: Stop answers, worst", max(ms["stop"]), "ms", ("≤", GOAL), f"{len(ms['stop'])} presses"),
            ]
    return found
