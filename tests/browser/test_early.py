"""The picture before the kernel: drawn from the HTML, in use at once, and taken over without a second draw."""

from __future__ import annotations

import re
from contextlib import contextmanager

import pytest

from kdviz.pages.catalogue import CATALOGUE
from tests.support.tab import Tab
from tools.browsing import DRAWN

GATE = re.compile(r"/channels\?")  # the way to the kernel: closed, the page is left to itself
KEEP = """() => {
  const root = document.querySelector('.kd');
  const parts = [root, ...root.querySelectorAll('.kd-plot, svg.main-svg, .kd-range, .kd-verdict, .kd-chart')];
  const boxes = () => parts.map((part) => { const { x, y, width, height } = part.getBoundingClientRect();
    return [x, y, width, height]; });
  const now = () => [root, ...root.querySelectorAll('.kd-plot, svg.main-svg, .kd-range, .kd-verdict, .kd-chart')];
  window.kept = { parts, boxes, before: boxes(), draws: root.kdviz.charts.map((chart) => chart.draws),
    same: () => document.querySelectorAll('.kd').length === 1 && document.querySelector('.kd') === root
      && now().length === parts.length && now().every((part, i) => part === parts[i]) };
}"""
TAKEN = "document.body.dataset.kdEarly === 'taken'"
SHIFTS = """window.shifts = []; new PerformanceObserver((list) => { for (const entry of list.getEntries())
  shifts.push(entry.value); }).observe({ type: 'layout-shift', buffered: true });"""


@contextmanager
def held(tab: Tab, slug: str, query: str = ""):
    """Open a page whose kernel stays out of reach until this block is over."""
    waiting, free = [], []

    def gate(socket):
        if free:
            socket.connect_to_server()
        else:
            waiting.append(socket)
            socket.close()

    tab.page.route_web_socket(GATE, gate)
    tab.page.add_init_script(SHIFTS)
    for _ in range(20):  # the server may still prepare the process that computes
        tab.page.goto(tab.server.page(slug, query))
        if tab.page.locator("#kd-opening").count():
            break
        tab.page.wait_for_timeout(500)
    tab.page.wait_for_function(DRAWN, timeout=60_000)
    yield
    free.append(True)
    tab.page.wait_for_function(TAKEN, timeout=60_000)


@pytest.mark.parametrize("slug", CATALOGUE)
def test_the_kernel_takes_the_page_over_as_it_stands(tab, slug):
    with held(tab, slug, "lock=nothing"):
        assert tab.page.locator("#loading").is_visible()
        tab.page.evaluate(KEEP)
        early = tab.texts()
    tab.page.wait_for_timeout(600)
    kept = tab.page.evaluate("({ same: kept.same(), boxes: kept.boxes(), before: kept.before, draws: kept.draws })")
    assert kept["same"], "another element"
    assert kept["boxes"] == kept["before"], "something moved"
    assert tab.page.evaluate("document.querySelector('.kd').kdviz.charts.map((c) => c.draws)") == kept["draws"]
    assert tab.texts() == early
    assert sum(tab.page.evaluate("shifts")) < 0.02
    assert tab.page.evaluate("document.documentElement.scrollHeight") == tab.page.evaluate(
        "document.querySelector('.kd').offsetHeight"
    )


def test_what_the_hand_does_before_is_kept_and_answered_by_one_frame(tab):
    with held(tab, "02_gradient_gap", "T=2"):
        tab.page.evaluate(KEEP)
        slider = tab.page.locator('[data-key="T"] input[type=range]')
        slider.focus()
        for _ in range(5):
            tab.page.keyboard.press("ArrowRight")
        tab.page.locator('[data-key="K"] .kd-box').fill("20")
        tab.page.locator('[data-key="K"] .kd-box').press("Enter")
        slider.focus()
        wanted = slider.get_attribute("aria-valuetext")
        tab.page.evaluate(
            "window.frames_ = 0; document.querySelector('.kd').kdviz.store.listeners.add(() => { frames_ += 1; })"
        )
        assert tab.state()["T"] == 2
    tab.settle()
    frames = tab.page.evaluate("window.frames_")
    state = tab.state()
    assert frames == 1 and state["K"] == 20 and state["T"] > 2
    assert slider.get_attribute("aria-valuetext") == wanted
    assert tab.page.evaluate("document.activeElement === document.querySelector('[data-key=\"T\"] input[type=range]')")
    assert tab.page.evaluate("kept.same()")
    tab.page.keyboard.press("ArrowRight")
    tab.settle()
    assert tab.state()["T"] > state["T"]


def test_a_drag_goes_on_while_the_kernel_takes_over(tab):
    with held(tab, "02_gradient_gap", "T=2"):
        slider = tab.page.locator('[data-key="T"] input[type=range]')
        box = slider.bounding_box()
        x, y = box["x"] + box["width"] * 0.3, box["y"] + box["height"] / 2
        tab.page.mouse.move(x, y)
        tab.page.mouse.down()
        tab.page.mouse.move(x + 20, y)
    tab.page.mouse.move(x + 60, y)
    tab.settle()
    half = tab.state()["T"]
    tab.page.mouse.move(x + 90, y)
    tab.page.mouse.up()
    tab.settle()
    assert tab.state()["T"] > half > 2


def test_a_preset_and_an_export_asked_for_early_come_when_the_kernel_is_there(tab):
    with held(tab, "02_gradient_gap"):
        tab.page.locator(".kd-tools select").select_option(index=2)
        tab.page.locator("summary", has_text="Numbers").click()
    tab.page.wait_for_selector(".kd-scroll table")
    tab.settle()
    assert tab.texts()["seq"] >= 1
    assert tab.texts()["link"] != "", "the preset"
