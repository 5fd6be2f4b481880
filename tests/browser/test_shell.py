"""The page around the charts: links, teacher keys, exports, errors, lost kernels, and nothing left behind."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, quote, urlparse

import pytest

from kdviz.core.params import clean
from kdviz.pages.catalogue import CATALOGUE, load
from tests.support.tab import Tab

HERO = "02_gradient_gap"
ATTACKS = ['"><script>window.PWN=1</script>', "<img src=x onerror=window.PWN=1>", "javascript:window.PWN=1", "{{7*7}}"]


def test_a_link_gives_the_state_back(tab: Tab) -> None:
    tab.open(HERO, "T=20&cs=1.5&ct=-1&K=12&seed=3&theme=dark&hide=ct&lock=K")
    tab.page.get_by_role("button", name="Copy link").click()
    link = tab.page.locator(".kd-link").input_value()
    state = tab.state()
    kept = parse_qs(urlparse(link).query)
    assert kept["theme"] == ["dark"]
    assert kept["hide"] == ["ct"]
    assert kept["lock"] == ["K"]
    tab.page.goto(link)
    tab.page.wait_for_selector(".kd")
    assert tab.state() == state
    assert (state["T"], state["cs"], state["ct"], state["K"], state["seed"]) == (20, 1.5, -1, 12, 3)


def test_the_address_follows_the_hand_and_survives_a_reload(tab: Tab) -> None:
    tab.open(HERO)
    box = tab.page.locator('[data-key="cs"] .kd-box')
    box.fill("2.5")
    box.press("Enter")
    tab.settle().page.wait_for_url("**cs=2.5**")
    tab.page.reload()
    tab.page.wait_for_selector(".kd")
    assert tab.state()["cs"] == 2.5


def test_a_browser_that_looks_for_the_widget_too_late_still_draws_the_page(tab: Tab) -> None:
    late = "(f, ms, ...rest) => now(f, ms === 100 ? 6000 : ms, ...rest)"  # the renderer looks every 100 ms, for 2 s
    tab.page.add_init_script(f"const now = setTimeout; window.setTimeout = {late};")
    tab.open(HERO)
    assert tab.state()["K"] == 10


def test_hidden_controls_are_gone_and_locked_ones_do_not_move(tab: Tab) -> None:
    tab.open(HERO, "hide=ct,K&lock=T&T=7")
    assert tab.page.locator('[data-key="ct"]').is_hidden()
    assert tab.page.locator('[data-key="K"]').is_hidden()
    assert tab.page.locator('[data-key="T"] .kd-range').is_disabled()
    assert tab.page.locator('[data-key="cs"] .kd-range').is_enabled()
    assert tab.state()["T"] == 7


@pytest.mark.parametrize("slug", CATALOGUE)
def test_every_preset_opens_and_can_be_chosen(tab: Tab, slug: str) -> None:
    lesson = load(slug)
    tab.open(slug)
    for name, preset in lesson.presets.items():
        tab.page.get_by_label("Settings to start from").select_option(name)
        tab.settle()
        wanted, notes = clean(lesson.params, dict(pair.split("=") for pair in preset.query.split("&") if pair))
        assert not notes
        assert clean(lesson.params, tab.state())[0] == wanted
    name, preset = next(iter(lesson.presets.items()))
    tab.open(slug, f"preset={name}")
    assert (
        clean(lesson.params, tab.state())[0]
        == clean(lesson.params, dict(p.split("=") for p in preset.query.split("&")))[0]
    )


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_query_key_cannot_inject_markup(tab: Tab, attack: str) -> None:
    keys = ["T", "K", "cs", "zs", "zt", "family", "preset", "hide", "lock", "theme", "mode", "template", "nonsense"]
    tab.open(HERO, "&".join(f"{key}={quote(attack)}" for key in keys))
    assert tab.page.evaluate("window.PWN") is None
    assert tab.page.locator(".kd-notes li").count() > 0  # said, as text
    assert tab.page.locator(".kd script, .kd img").count() == 0


def test_exports_hold_what_is_on_the_screen(tab: Tab) -> None:
    tab.open(HERO, "T=20&K=10")
    tab.page.locator(".kd-export > summary").click()

    def saved(name: str, ending: str) -> tuple[str, bytes]:
        with tab.page.expect_download(lambda file: file.suggested_filename.endswith(ending)) as waiting:
            tab.page.get_by_role("button", name=name).click()
        return waiting.value.suggested_filename, waiting.value.path().read_bytes()

    name, content = saved("Numbers as CSV", ".csv")
    assert name.endswith(".csv")
    lesson = load(HERO)
    result = lesson.compute(clean(lesson.params, tab.state())[0])
    assert len(content.decode().splitlines()) == 1 + len(lesson.table(result).rows)
    name, content = saved("State as JSON", ".json")
    assert json.loads(content)["state"] == tab.state()
    name, content = saved("Verdict as LaTeX", ".tex")
    assert b"\\[" in content
    name, content = saved("Charts as PNG", ".png")
    assert content.startswith(b"\x89PNG")
    name, content = saved("Charts as SVG", ".svg")
    assert b"<svg" in content[:500]


def test_the_table_shows_the_numbers_of_the_state(tab: Tab) -> None:
    tab.open(HERO, "T=20&K=10")
    tab.page.get_by_text("The numbers behind the charts").click()
    tab.page.wait_for_selector(".kd table tbody tr")
    lesson = load(HERO)
    rows = lesson.table(lesson.compute(clean(lesson.params, tab.state())[0])).rows
    shown = tab.page.locator(".kd table tbody tr").evaluate_all(
        "rows => rows.map((r) => [...r.cells].map((c) => c.textContent))"
    )
    assert len(shown) == len(rows) >= 10
    for texts, row in zip(shown, rows, strict=True):
        for text, cell in zip(texts, row, strict=True):
            if isinstance(cell, str):
                assert text == cell
            else:
                assert float(text.replace("−", "-")) == pytest.approx(float(cell), rel=1e-5)


def test_the_prediction_hides_the_charts_until_it_is_made(tab: Tab) -> None:
    tab.open(HERO)
    assert "kd-blurred" not in tab.page.locator(".kd-charts").get_attribute("class")
    tab.page.get_by_text("Predict first").click()
    tab.page.wait_for_selector(".kd-charts.kd-blurred")
    tab.page.locator(".kd-option").first.click()
    assert "kd-blurred" not in tab.page.locator(".kd-charts").get_attribute("class")
    assert tab.page.locator(".kd-said").inner_text().startswith(("Right.", "Not quite."))


def test_a_setting_that_cannot_be_computed_is_reported_and_the_page_goes_on(tab: Tab) -> None:
    tab.open(HERO, "family=typed&zs=1,2,3&zt=1,2")
    alert = tab.page.locator(".kd-alert:visible")
    text = alert.inner_text()
    assert "/" not in text
    assert "Traceback" not in text
    tab.page.get_by_text("More settings").click()
    tab.page.locator('[data-key="family"] select').select_option("gaussian")
    tab.settle()
    assert alert.count() == 0


def test_a_missing_page_says_so_without_foreign_requests(tab: Tab) -> None:
    answer = tab.page.goto(tab.server.page("nothing_here"))
    assert answer.status == 404
    assert tab.page.locator("a").count() >= 1
    tab.seen.errors.clear()  # the browser's own line about the 404


def test_many_moves_in_a_row_leave_the_last_one_on_the_screen(tab: Tab) -> None:
    tab.open(HERO)
    tab.page.evaluate("""() => { const k = document.querySelector('.kd').kdviz;
      for (let i = 1; i <= 400; i++) k.send({ T: 1 + i / 10 }); }""")
    tab.settle()
    assert tab.state()["T"] == 41
    answered = tab.page.evaluate("document.querySelector('.kd').kdviz.store.version")
    assert answered < 40  # the moves in between were merged, not queued
