"""What a chart moves by itself while the hand moves stands where Plotly would have drawn it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from benchmarks.live import RUN
from tests.support.tab import Tab

# The geometry on the screen by trace: points (n, 2), labels as (words, x, y), lines and outlines as runs of vertices
DRAWN_NOW = """() => document.querySelector('.kd').kdviz.charts.map(({ plot }) => Object.fromEntries(
  [...plot.querySelectorAll('.scatterlayer .trace')].map((el) => [el.__data__[0].trace.name, {
    points: [...el.querySelectorAll('path.point')].map((p) =>
      p.getAttribute('transform').match(/-?[\\d.]+(?:e-?\\d+)?/g).map(Number)),
    labels: [...el.querySelectorAll('.textpoint text')].map((t) =>
      [t.textContent, Number(t.getAttribute('x')), Number(t.getAttribute('y'))]),
    lines: [...el.querySelectorAll('.fills path, path.js-line')].filter((p) => p.style.strokeWidth !== '0px')
      .flatMap((p) => (p.getAttribute('d') ?? '').replaceAll('Z', '').split('M').slice(1))
      .map((run) => run.split('L').map((pair) => pair.split(',').map(Number))),
  }])))"""
WHOLE_DRAWS = "document.querySelector('.kd').kdviz.charts.map((c) => c.draws)"
REDRAW = """async () => { const { charts } = document.querySelector('.kd').kdviz;
  for (const chart of charts) { chart.whole = true; await chart.draw(); } }"""
# Axes that follow the data stay as they are: fitting them anew would move everything. No whole draw comes by itself
FIX_AXES = """async () => { for (const chart of document.querySelector('.kd').kdviz.charts) {
  for (const axis of Object.values(chart.themed.layout)) if (axis?.autorange) axis.autorange = false;
  chart.whole = true; await chart.draw(); chart.redraw = () => {}; } }"""
OUTSIDE = """() => document.querySelector('.kd').kdviz.charts.flatMap(({ plot }) => plot.data.filter((trace) => {
  const { range, type } = plot._fullLayout[(trace.yaxis ?? 'y').replace('y', 'yaxis')];
  return type === 'linear' && trace.visible !== false && !Array.from(trace.y ?? []).every((y) => !Number.isFinite(y)
    || (y >= Math.min(...range) && y <= Math.max(...range))); }).map((trace) => trace.name))"""
STEPS = [  # page, state, change, and the charts that must follow it without a whole draw
    ("01_temperature", "T=2", {"T": 2.1}, [1, 2]),
    ("02_gradient_gap", "T=2&K=10", {"T": 2.1}, [0, 1]),
    ("02_gradient_gap", "T=2&K=10", {"ct": 0.2}, [0, 1]),
    ("02_gradient_gap", "T=20000&K=1000", {"T": 25000}, [0, 1]),
    ("03_mean_offset", "T=2&cs=1", {"T": 2.1}, [0, 1]),
    ("03_mean_offset", "T=2&cs=1", {"cs": 1.1}, [0, 1, 2]),
    ("05_training_race", "kd=8", {"kd": "4"}, [0, 1, 2]),
]


def distance(vertex: tuple[float, float], run: np.ndarray) -> float:
    """Distance in pixels of a vertex from a polyline (n, 2)."""
    here = np.array(vertex)
    if len(run) == 1:
        return float(np.linalg.norm(run[0] - here))
    start, way = run[:-1], np.diff(run, axis=0)
    part = np.clip(((here - start) * way).sum(1) / np.maximum((way**2).sum(1), 1e-12), 0, 1)
    return float(np.linalg.norm(start + part[:, None] * way - here, axis=1).min())


def moved_like_plotly(tab: Tab, act: Callable[[], object]) -> list[int]:
    """Return the places of charts that `act` moved without a whole draw, compared with what Plotly draws instead."""
    tab.page.wait_for_timeout(600)  # the first draws are over
    tab.page.evaluate(FIX_AXES)
    counted, before = tab.page.evaluate(WHOLE_DRAWS), tab.page.evaluate(DRAWN_NOW)
    act()
    tab.settle()
    slid, draws = tab.page.evaluate(DRAWN_NOW), tab.page.evaluate(WHOLE_DRAWS)
    tab.page.evaluate(REDRAW)
    whole = tab.page.evaluate(DRAWN_NOW)
    own = [i for i, (old, new) in enumerate(zip(counted, draws, strict=True)) if old == new and slid[i] != before[i]]
    for i in own:
        for name, wanted in whole[i].items():
            found = slid[i][name]
            assert np.shape(found["points"]) == np.shape(wanted["points"]), name
            np.testing.assert_allclose(found["points"], wanted["points"], atol=0.02, err_msg=name)
            assert [label[0] for label in found["labels"]] == [label[0] for label in wanted["labels"]]
            for mine, theirs in zip(found["labels"], wanted["labels"], strict=True):
                np.testing.assert_allclose(mine[1:], theirs[1:], atol=0.02, err_msg=name)
            assert len(found["lines"]) == len(wanted["lines"]), name
            for mine, theirs in zip(found["lines"], wanted["lines"], strict=True):  # Plotly leaves out what is straight
                for vertex in theirs:
                    assert distance(vertex, np.array(mine)) < 0.5, name
    return own


@pytest.mark.parametrize(("slug", "query", "change", "moved"), STEPS)
def test_a_chart_moved_by_hand_is_the_chart_that_plotly_draws(
    tab: Tab, slug: str, query: str, change: dict, moved: list
) -> None:
    send = "(change) => document.querySelector('.kd').kdviz.send(change)"
    tab.open(slug, query)
    assert moved_like_plotly(tab, lambda: tab.page.evaluate(send, change)) == moved


def test_a_live_run_moves_lines_and_bands_that_grow_as_plotly_draws_them(tab: Tab) -> None:
    def step(done: int) -> int:
        tab.page.locator(".kd-run").get_by_role("button", name="step further").click()
        tab.page.wait_for_function(f"{RUN}.state === 'paused' && {RUN}.done > {done}", timeout=60_000)
        return tab.settle().page.evaluate(f"{RUN}.done")

    tab.open("05_training_race")
    far = step(step(step(-1)))
    assert moved_like_plotly(tab, lambda: step(far)) == [0, 1, 2]


def test_axes_follow_what_leaves_them(tab: Tab) -> None:
    tab.open("02_gradient_gap", "T=2&K=10")
    for mean in (0.1, 5, -8):
        tab.page.evaluate("(mean) => document.querySelector('.kd').kdviz.send({ ct: mean })", mean)
        tab.settle()
        assert tab.page.evaluate(OUTSIDE) == []
