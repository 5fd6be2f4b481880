"""Pages for everyone: a name for every control, contrast, targets, charts that were hidden, presses in a chart."""

from __future__ import annotations

import pytest

from kdviz.core.params import clean
from kdviz.pages.catalogue import CATALOGUE, load
from tests.support.tab import SETTLED, Tab
from tools.browsing import DRAWN

NAMELESS = """() => [...document.querySelectorAll('.kd input, .kd select, .kd button, .kd a, .kd summary')]
  .filter((el) => el.checkVisibility())
  .filter((el) => !(el.getAttribute('aria-label') || el.textContent.trim() || el.closest('label')?.textContent.trim()))
  .map((el) => el.outerHTML.slice(0, 120))"""
SMALL = """() => [...document.querySelectorAll('.kd input, .kd select, .kd button, .kd summary')]
  .filter((el) => el.checkVisibility() && !el.closest('label')?.contains(el) )
  .map((el) => [el.outerHTML.slice(0, 90), el.getBoundingClientRect()])
  .filter(([, box]) => box.height < 24 || box.width < 24).map(([html]) => html)"""
HIDE = """new MutationObserver((_, seen) => { if (!document.head) return;
  seen.disconnect(); const style = document.createElement('style');
  style.id = 'hide'; style.textContent = '.kd-charts { display: none !important; }';
  document.head.append(style); }).observe(document, { childList: true, subtree: true });"""  # before anything is drawn
CONTRAST = """() => { const style = getComputedStyle(document.querySelector('.kd'));
  const channel = (v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  const light = (name) => { const hex = style.getPropertyValue(name).trim();
    const [r, g, b] = [1, 3, 5].map((i) => channel(parseInt(hex.slice(i, i + 2), 16) / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const ratio = (a, b) => { const [x, y] = [light(a), light(b)].sort((m, n) => n - m);
    return (x + 0.05) / (y + 0.05); };
  const roles = ['kd', 'lm', 'limit', 'printed', 'teacher', 'student', 'line'];
  return { ink: ratio('--kd-ink', '--kd-paper'), soft: ratio('--kd-soft', '--kd-paper'),
    link: ratio('--kd-accent', '--kd-paper'), card: ratio('--kd-ink', '--kd-card'),
    warn: ratio('--kd-warn-ink', '--kd-warn'),
    lines: Math.min(...roles.map((name) => ratio(`--kd-${name}`, '--kd-paper'))) }; }"""


@pytest.mark.parametrize("slug", CATALOGUE)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_everything_has_a_name_a_size_and_contrast(tab: Tab, slug: str, theme: str) -> None:
    tab.open(slug, f"theme={theme}")
    page = tab.page
    assert page.evaluate(NAMELESS) == []
    assert page.evaluate(SMALL) == []
    contrast = page.evaluate(CONTRAST)
    assert contrast.pop("lines") >= 3
    assert {name: ratio for name, ratio in contrast.items() if ratio < 4.5} == {}
    assert page.locator("h1").count() == 1
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.title().startswith("kdviz")
    for chart in page.locator(".kd-chart").all():
        assert len(chart.get_attribute("aria-label")) > 40  # what the chart shows, in a sentence


def test_the_main_controls_come_first_in_reading_order(tab: Tab) -> None:
    tab.open("02_gradient_gap")
    tab.page.locator('[data-key="T"] .kd-box').focus()
    reached = []
    for _ in range(12):
        tab.page.keyboard.press("Tab")
        reached.append(tab.page.evaluate("document.activeElement.closest('[data-key]')?.dataset.key"))
    order = [key for key in dict.fromkeys(reached) if key]
    assert order == ["T", "cs", "ct", "K"]


def test_charts_created_hidden_draw_when_they_are_shown(tab: Tab) -> None:
    tab.page.add_init_script(HIDE)
    tab.open("02_gradient_gap", charts=False)
    box = tab.page.locator('[data-key="T"] .kd-box')
    box.fill("77")
    box.press("Enter")
    tab.page.wait_for_function("document.querySelector('.kd').kdviz.store.texts.state.T === 77")
    assert tab.page.evaluate("document.querySelector('.kd').kdviz.charts.some((chart) => chart.drawn)") is False
    tab.page.evaluate("document.getElementById('hide').remove()")
    tab.page.wait_for_function(DRAWN)
    lesson = load("02_gradient_gap")
    figure = lesson.figures[0](lesson.compute(clean(lesson.params, tab.state())[0]))
    shown = {trace["name"]: trace["y"] for trace in tab.traces(0)}
    for trace in figure["data"]:
        if trace["meta"]["role"] == "kd" and len(trace["y"]):
            assert shown[trace["name"]] == pytest.approx(list(trace["y"]), rel=1e-6, abs=1e-7, nan_ok=True)


def test_charts_follow_the_size_of_the_window(tab: Tab) -> None:
    tab.open("02_gradient_gap")
    before = tab.page.evaluate("document.querySelector('.kd-plot').layout.width")
    tab.page.set_viewport_size({"width": 800, "height": 900})
    tab.page.wait_for_function(f"document.querySelector('.kd-plot').layout.width !== {before}")
    assert tab.page.evaluate(
        "document.querySelector('.kd-plot').layout.width <= document.querySelector('.kd-plot').clientWidth"
    )


def test_a_click_on_the_map_sets_temperature_and_mean(tab: Tab) -> None:
    tab.open("03_mean_offset", "T=20&cs=2&ct=0")
    before = tab.state()
    plot = tab.page.locator(".kd-plot").nth(1)
    area = plot.locator(".nsewdrag").first.bounding_box()
    tab.page.mouse.move(area["x"] + 0.7 * area["width"], area["y"] + 0.45 * area["height"])
    tab.page.mouse.click(area["x"] + 0.7 * area["width"], area["y"] + 0.45 * area["height"], delay=30)
    tab.page.wait_for_function(f"document.querySelector('.kd').kdviz.store.texts.state.T !== {before['T']}")
    tab.page.wait_for_function(SETTLED)
    after = tab.state()
    assert after["cs"] != before["cs"]
    assert {key: after[key] for key in after if key not in ("T", "cs")} == {
        key: before[key] for key in before if key not in ("T", "cs")
    }
    box = tab.page.locator('[data-key="T"] .kd-box')
    assert float(box.input_value().replace("−", "-")) == pytest.approx(after["T"])


def test_a_drag_in_the_chart_over_temperature_moves_the_temperature(tab: Tab) -> None:
    tab.open("02_gradient_gap", "T=1")
    area = tab.page.locator(".kd-plot").nth(1).locator(".nsewdrag").first.bounding_box()
    y = area["y"] + 0.5 * area["height"]
    tab.page.mouse.move(area["x"] + 0.3 * area["width"], y)
    tab.page.mouse.down()
    for part in (0.35, 0.4, 0.5, 0.6):
        tab.page.mouse.move(area["x"] + part * area["width"], y)
    tab.page.mouse.up()
    tab.page.wait_for_function("document.querySelector('.kd').kdviz.store.texts.state.T > 500")
    tab.page.wait_for_function(SETTLED)
    assert 500 < tab.state()["T"] < 1e5
