"""Every dashboard in a real browser: it draws, a hand moves it, and what it shows is what the backend computes."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

import numpy as np
import pytest

from kdviz.app import frames
from kdviz.core.params import clean
from kdviz.pages.catalogue import CATALOGUE, load
from tests.support.drawn import assert_same_numbers, backend
from tests.support.pages import LOGITS
from tests.support.tab import PICTURES, Tab

EXTREMES = [{"T": T, "K": K} for K in (2, 10, 31, 1000) for T in (0.05, 4, "inf")]


def extremes(slug: str) -> list[dict]:
    """States over the range of a page: corners of T and K where logits are drawn, else as it opens and its presets."""
    presets = [dict(parse_qsl(preset.query)) for preset in load(slug).presets.values()]
    return EXTREMES if slug in LOGITS else [{}, *presets]


@pytest.mark.parametrize("slug", CATALOGUE)
def test_the_numbers_on_the_screen_are_the_backends(tab: Tab, slug: str) -> None:
    lesson = load(slug)
    tab.open(slug, urlencode({**extremes(slug)[0], "theme": "light"}))
    PICTURES.mkdir(parents=True, exist_ok=True)
    for state in extremes(slug):
        tab.page.evaluate("(state) => document.querySelector('.kd').kdviz.send(state)", state)
        tab.settle()
        shown = tab.state()
        assert clean(lesson.params, shown | state) == clean(lesson.params, shown)
        assert_same_numbers(tab, slug)
        name = "-".join(f"{key}{value}" for key, value in state.items()) or "start"
        tab.page.screenshot(path=PICTURES / f"{slug}-{name}.png", animations="disabled")
        assert tab.page.locator(".kd-math math").count() >= 1  # the formula is set, offline
        assert tab.page.locator(".kd-alert:visible, .kd-notes li").count() == 0


@pytest.mark.parametrize("slug", LOGITS)
def test_a_drag_moves_what_it_should_and_only_that(tab: Tab, slug: str) -> None:
    tab.open(slug, "T=2&K=10")
    lesson, before = backend(tab, slug)
    slider = tab.page.locator('[data-key="T"] .kd-range').bounding_box()
    y = slider["y"] + slider["height"] / 2
    tab.page.mouse.move(slider["x"] + 0.2 * slider["width"], y)
    tab.page.mouse.down()
    for part in np.linspace(0.2, 0.7, 30):
        tab.page.mouse.move(slider["x"] + part * slider["width"], y)
    tab.page.mouse.up()
    tab.settle()
    assert float(tab.state()["T"]) > 10
    _, after = backend(tab, slug)
    moved = set()
    for draw in lesson.figures:
        for old, new in zip(draw(before)["data"], draw(after)["data"], strict=True):
            if "y" in new and not frames.is_text(new["y"]) and not frames.same(old["y"], new["y"]):
                moved.add(new["meta"]["role"])
    assert "kd" in moved or "teacher" in moved
    assert not moved & {"limit", "naive", "bound", "printed"}  # these do not depend on T
    assert_same_numbers(tab, slug)


@pytest.mark.parametrize("slug", LOGITS)
def test_keys_boxes_and_reset_work_without_a_mouse(tab: Tab, slug: str) -> None:
    tab.open(slug, "T=4")
    slider = tab.page.locator('[data-key="T"] .kd-range')
    slider.focus()
    slider.press("ArrowRight")
    tab.settle()
    assert float(tab.state()["T"]) > 4
    slider.press("End")
    tab.settle()
    assert tab.state()["T"] == "inf"
    assert slider.get_attribute("aria-valuetext").endswith("∞")
    box = tab.page.locator('[data-key="T"] .kd-box')
    box.fill("1e4")
    box.press("Enter")
    tab.settle()
    assert float(tab.state()["T"]) == 1e4
    assert slider.get_attribute("aria-valuetext") == "T = 10000"
    box.fill("−7.0")
    box.press("Enter")
    tab.settle()
    assert float(tab.state()["T"]) == 0.05
    assert box.input_value() == "0.05"
    assert "below 0.05" in tab.page.locator(".kd-notes li").inner_text()
    assert_same_numbers(tab, slug)
    tab.page.locator('[data-key="T"] .kd-reset').click()
    tab.settle()
    assert tab.state()["T"] == load(slug).params().temperature


LIT_PROJECTOR = "mode=projector&theme=light"
VIEWS = {  # query: pictures of the same page in several sizes
    "theme=light": {"light": (1280, 720), "wide": (1920, 1080), "phone": (390, 844)},
    "theme=dark": {"dark": (1280, 720)},
    LIT_PROJECTOR: {"projector": (1280, 720)},
    "mode=projector&theme=dark": {"projector-dark": (1280, 720), "projector-wide": (1920, 1080)},
}
FITS = """() => [...document.querySelectorAll('.kd-plot')].every((plot) => plot.layout.width === plot.clientWidth
  && plot.layout.height === plot.clientHeight)"""


@pytest.mark.parametrize("slug", CATALOGUE)
@pytest.mark.parametrize(
    "query", [pytest.param(query, marks=[pytest.mark.slow] * (query == LIT_PROJECTOR)) for query in VIEWS]
)
def test_pictures_in_every_theme_and_view(tab: Tab, slug: str, query: str) -> None:
    page = tab.open(slug, query).page
    PICTURES.mkdir(parents=True, exist_ok=True)
    for name, (width, height) in VIEWS[query].items():
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_function(FITS)
        tab.settle()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page scrolls sideways"
        if "projector" in query:
            assert page.evaluate("document.querySelector('.kd-result').getBoundingClientRect().bottom <= innerHeight")
        assert page.locator(".kd").get_attribute("data-theme") == ("dark" if "dark" in query else "light")
        ink = page.evaluate("document.querySelector('.kd-plot').layout.font.color")
        assert ink == page.evaluate(
            "getComputedStyle(document.querySelector('.kd')).getPropertyValue('--kd-ink').trim()"
        )
        page.screenshot(path=PICTURES / f"{slug}-{name}.png", animations="disabled")


def test_the_index_leads_to_every_page(tab: Tab) -> None:
    tab.page.goto(tab.server.url)  # the front page sends to the index
    tab.page.wait_for_selector(".kd-card", timeout=60_000)
    links = tab.page.locator(".kd-open").evaluate_all("links => links.map((a) => a.getAttribute('href'))")
    assert [link.split(".ipynb")[0] for link in links] == list(CATALOGUE)
    tab.page.wait_for_function("[...document.images].every((image) => image.complete && image.naturalWidth > 0)")
    assert "kdviz" in tab.page.locator(".kd-env").inner_text()
    PICTURES.mkdir(parents=True, exist_ok=True)
    tab.page.screenshot(path=PICTURES / "index.png", full_page=True)
    tab.page.locator(".kd-open").first.click()
    tab.page.wait_for_selector(".kd-chart", timeout=60_000)
