"""The picture before the kernel: drawn from the HTML, in use at once, and taken over without a second draw."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, TimeoutError

from kdviz.pages.catalogue import CATALOGUE
from tests.support.line import Line
from tests.support.serving import LocalServer, local_server, notebook
from tests.support.tab import Tab
from tests.support.visits import HERO, says
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


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Open a tab that may complain: what fails here fails in the console too."""
    context = browser.new_context(viewport={"width": 1000, "height": 500})
    yield context.new_page()
    for left in context.pages:
        left.close(run_before_unload=True)
    context.close()


def hero(folder: Path, code: str) -> Path:
    """Write a folder where the page of the tests has a cell of this code, so that its early picture is all it gets."""
    for name, cell in (("index", "'here'"), ("02_gradient_gap", code)):
        (folder / f"{name}.ipynb").write_text(notebook(cell), encoding="utf-8")
    return folder


def given_up(page: Page, what: str, sentence: str) -> None:
    """See that a page which will not work says so, offers the way out, and shows nothing that seems to work."""
    assert sentence in says(page, what, 30)
    assert page.locator("#kd-banner button").is_visible()
    assert page.locator("#loading").count() == 0
    controls = page.locator(".kd-controls .kd-control input")
    controls.first.wait_for(state="attached")
    page.wait_for_function("[...document.querySelectorAll('.kd-control :is(input, select, button)')]"
                           ".every((part) => part.disabled)")  # fmt: skip


ENDS = {
    "raises": 'raise RuntimeError("a secret")',
    "silent": "pass",
    "notes": "import ipywidgets; ipywidgets.VBox([ipywidgets.Label('not made')])",
}


@pytest.mark.parametrize("code", ENDS.values(), ids=ENDS)
def test_a_kernel_that_does_not_make_the_page_says_so(page, tmp_path, code):
    with local_server(hero(tmp_path, code)) as here:
        early(page, f"{here.url}{HERO}")
        given_up(page, "unmade", "could not be started")
        assert "secret" not in page.content()


SLOW = "import time; time.sleep(60)"


@pytest.fixture
def starting(page, tmp_path) -> Iterator[LocalServer]:
    """Give a server and a page that stands there, while its kernel will be long in coming."""
    with local_server(hero(tmp_path, SLOW), max_sessions=1, deadline=60) as here:
        early(page, f"{here.url}{HERO}")
        yield here


def test_a_page_whose_server_ends_while_it_comes_says_so(page, starting):
    starting.process.kill()
    given_up(page, "unfinished", "did not arrive in full")


def test_a_page_that_gives_its_place_away_while_it_comes_says_so(page, starting):
    other = page.context.new_page()
    other.goto(page.url, wait_until="commit")
    given_up(page, "moved", "given its place to another page")


def test_a_page_that_is_cut_off_while_it_comes_says_so(page, tmp_path):
    with local_server(hero(tmp_path, SLOW), deadline=60) as here:
        line = Line(urlsplit(here.url).port)
        try:
            early(page, f"http://127.0.0.1:{line.port}/{HERO}")
            line.cut()
            line.mend()
            given_up(page, "unfinished", "did not arrive in full")
        finally:
            line.close()


def early(page: Page, address: str) -> None:
    """Open a page at its early picture; the server may still prepare the process that computes."""
    for _ in range(20):
        page.goto(address, wait_until="commit")
        try:
            page.wait_for_selector("#kd-early .kd", timeout=5_000)
        except TimeoutError:
            continue
        return
    raise AssertionError("no early picture")


def test_a_change_that_was_made_early_and_gets_no_answer_is_reported(tab):
    tab.page.route_web_socket(GATE, lambda socket: None)  # opens, and nobody there who answers
    tab.page.add_init_script("""addEventListener('kd-ready', () => {
      window.early = document.querySelector('.kd')?.kdviz; early?.send({ T: 3 }); })""")  # the last moment before
    for _ in range(20):
        early(tab.page, tab.server.page("02_gradient_gap"))
        tab.page.wait_for_function("'kdReady' in document.body.dataset")
        if tab.page.evaluate("!!window.early"):
            break
    tab.page.wait_for_selector(".kd > .kd-alert:not([hidden]):has-text('not answered')", timeout=15_000)


def test_a_page_that_failed_before_its_program_came_is_off_all_the_same(page, tmp_path):
    with local_server(hero(tmp_path, SLOW), deadline=2) as here:
        held = []
        page.route("**/static/kdviz.js*", lambda route: held.append(route))
        for _ in range(20):
            page.goto(f"{here.url}{HERO}", wait_until="commit")
            page.wait_for_selector(".kd-frame-note", timeout=20_000)
            if page.locator("#kd-opening").count():
                break
        for route in held:
            route.continue_()
        page.wait_for_selector("#kd-early .kd", timeout=10_000)
        assert page.locator(".kd-control input:not([disabled])").count() == 0
