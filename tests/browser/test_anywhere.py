"""A page draws and answers wherever anywidget runs: without our static files, without Jupyter, with somebody else's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect
from playwright.sync_api import Page as Tab

from kdviz.app import bundle, show, show_index
from kdviz.app.widget import PageWidget
from kdviz.pages.catalogue import load
from tests.support.bare import Bare

HERO = load("02_gradient_gap")
ALL = ["app", "plotly", "temml"]
ROOTS = "window.roots.map((el) => el.querySelector('.kd').kdviz)"
DRAWN = f"() => {ROOTS}.every((k) => k.charts.every((c) => c.drawn && !c.frame && !c.stale))"
CONFIG = {"baseUrl": "/", "fullLabextensionsUrl": "/lab/extensions"}
STATIC = "**/lab/extensions/kdviz/static/"


@pytest.fixture
def blank(browser: Browser) -> Iterator[Tab]:
    """Give a tab of a fresh browser context; errors of the page fail the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    tab, errors = context.new_page(), []
    tab.on("pageerror", lambda error: errors.append(str(error)))
    yield tab
    context.close()
    assert not errors


def page(query: str = "T=3&K=10") -> PageWidget:
    """Return the hero's page."""
    made = show(HERO, query)
    assert isinstance(made, PageWidget)
    return made


def lives(bare: Bare) -> None:
    """Check that the page on the tab is drawn, answers, and says what Python says."""
    bare.tab.wait_for_function(DRAWN)
    expect(bare.tab.locator("math").first).to_be_attached()
    box = bare.tab.locator('[data-key="T"] .kd-box').first
    box.fill("50")
    box.press("Enter")
    bare.tab.wait_for_function(f"{ROOTS}[0].store.texts.state.T === 50")
    bare.tab.wait_for_function(DRAWN)
    shown = bare.widgets["0"]
    assert shown.params.temperature == 50
    assert bare.tab.locator(".kd-verdict").first.inner_text() == HERO.verdict(shown.result)
    drawn = bare.tab.evaluate(f"Array.from({ROOTS}[0].charts[0].plot.data[0].y)")
    assert drawn == pytest.approx(
        [float(y) for y in shown.session.screen.figures[0]["data"][0]["y"]], rel=1e-5, nan_ok=True
    )


def test_where_no_jupyter_is_the_kernel_gives_the_libraries_once_and_the_browser_keeps_them(blank: Tab) -> None:
    bare = Bare(blank)
    bare.show(page())
    lives(bare)
    assert bare.libraries() == ALL
    bare.show(page("T=9"))  # a second widget on the same page
    blank.wait_for_function(DRAWN)
    assert bare.libraries() == ALL
    blank.wait_for_timeout(300)  # the last file is being put away
    bare.asked.clear()
    blank.reload()
    bare.show(page())
    lives(bare)
    assert bare.libraries() == []


def test_what_is_being_typed_stays_while_the_page_moves(blank: Tab) -> None:
    bare = Bare(blank)
    bare.show(page())
    blank.wait_for_function(DRAWN)
    box = blank.locator('[data-key="T"] .kd-box')
    box.fill("77")  # no Enter: not sent
    blank.evaluate(f"{ROOTS}[0].send({{ cs: 2 }})")
    blank.wait_for_function(f"{ROOTS}[0].store.texts.state.cs === 2")
    assert (box.input_value(), bare.widgets["0"].params.temperature) == ("77", 3)


def test_an_index_needs_no_charts_and_no_pictures_there(blank: Tab) -> None:
    bare = Bare(blank)
    bare.show(show_index(""))
    expect(blank.locator(".kd-card")).to_have_count(len(show_index("").spec["cards"]))
    assert bare.libraries() == ["app"]
    assert blank.locator(".kd-card img:visible").count() == 0


def test_a_jupyter_server_without_our_files_is_asked_first_and_then_the_kernel(blank: Tab) -> None:
    bare = Bare(blank, CONFIG)
    tried: list[str] = []
    blank.on("request", lambda request: tried.append(request.url.partition("?")[0].rpartition("/")[2]))
    bare.serve(f"{STATIC}*", {"status": 404})
    bare.show(page())
    lives(bare)
    assert bare.libraries() == ALL
    assert {entry["file"] for entry in bundle.libraries().values()} <= set(tried)


def test_files_of_the_same_version_come_from_the_server_only(blank: Tab) -> None:
    bare = Bare(blank, CONFIG)
    for entry in bundle.libraries().values():
        bare.serve(f"{STATIC}{entry['file']}?v={entry['version']}", {"path": bundle.folder() / entry["file"]})
    bare.show(page())
    lives(bare)
    assert bare.libraries() == []


def test_files_of_another_version_on_the_server_are_not_taken(blank: Tab) -> None:
    bare = Bare(blank, CONFIG)
    script = {"content_type": "text/javascript"}
    bare.serve(f"{STATIC}kdviz.js*", script | {"body": "export const build = 'other', page = {};"})
    bare.serve(f"{STATIC}*.min.js*", script | {"body": "window.Plotly = window.temml = { version: 'other' };"})
    bare.show(page())
    lives(bare)
    assert bare.libraries() == ALL


def test_another_plotly_on_the_page_stays_what_it_was_and_is_not_used(blank: Tab) -> None:
    bare = Bare(blank)
    blank.evaluate("window.Plotly = { version: '1.0', react: () => { throw new Error('the wrong one'); } }")
    bare.show(page())
    lives(bare)
    assert blank.evaluate("window.Plotly.version") == "1.0"


def test_a_kernel_that_gives_nothing_is_reported_in_words(blank: Tab) -> None:
    blank.clock.install()
    bare = Bare(blank)
    bare.deaf.add("library")
    blank.evaluate("window.done = false")
    blank.evaluate(
        """([spec, esm]) => { const model = { get: () => spec, send: () => {}, on: () => {}, off: () => {} };
        import(URL.createObjectURL(new Blob([esm], { type: 'text/javascript' })))
          .then((made) => made.default.render({ model, el: document.body })); }""",
        [page().spec, page()._esm],
    )
    blank.wait_for_timeout(200)
    blank.clock.run_for(120_000)
    expect(blank.locator("body")).to_contain_text("kdviz.js could not be loaded")


@pytest.mark.parametrize("name", [None, 3, "", "torch", "../page.py", "app\x00", ["app"], "x" * 10_000])
def test_the_kernel_gives_no_other_file(name: object) -> None:
    sent: list = []
    for made in (page(), show_index("")):
        made.send = lambda *message: sent.append(message)
        made._handle_custom_msg({"kind": "library", "name": name}, [])
    assert sent == []


def test_a_library_is_given_once_a_second_however_often_it_is_asked_for() -> None:
    made, sent, now = page(), [], [100.0]
    made.clock, made.send = lambda: now[0], lambda *message: sent.append(message[0]["name"])
    for _ in range(200):
        made._handle_custom_msg({"kind": "library", "name": "app"}, [])
    made._handle_custom_msg({"kind": "library", "name": "temml"}, [])
    assert sent == ["app", "temml"]
    now[0] += 1
    made._handle_custom_msg({"kind": "library", "name": "app"}, [])
    assert sent[2:] == ["app"]
