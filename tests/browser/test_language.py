"""Pages in a language whose sentences are a third longer: nothing runs out of the window, everything is drawn."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from kdviz.pages.catalogue import CATALOGUE
from tests.support import pseudo
from tools.browsing import DRAWN, ROOT, Server, serve

WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# text that is cut off: an element whose words are wider than itself, where it cannot be scrolled
CUT = """() => [...document.querySelectorAll('.kd button, .kd label, .kd h1, .kd figcaption, .kd-gauge span')]
  .filter((el) => el.offsetParent && el.scrollWidth > el.clientWidth + 1 && getComputedStyle(el).overflowX === 'hidden')
  .map((el) => el.textContent)"""

# every chart has the width of its place in a window of this width
DRAWN_ANEW = """(width) => innerWidth === width && [...document.querySelectorAll('.kd-plot')].every((plot) =>
  plot.layout.width === plot.clientWidth)"""

# what stands beyond the edge of the window, where it cannot be scrolled
BEYOND = """() => [...document.querySelectorAll('.kd button, .kd input, .kd select, .kd output, .kd summary')]
  .filter((el) => el.getBoundingClientRect().right > innerWidth + 1).map((el) => el.outerHTML)"""


@pytest.fixture(scope="module")
def longer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run a server whose pages speak the pseudo-language."""
    folder: Path = tmp_path_factory.mktemp("longer")
    shutil.copytree(ROOT / "kdviz", folder / "kdviz", ignore=shutil.ignore_patterns("__pycache__"))
    pseudo.write(folder / "kdviz")
    for name in ("dashboards", "data", "share", "voila.json"):
        (folder / name).symlink_to(ROOT / name)
    path = os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])
    with serve(folder, "--fork", KDVIZ_LANGUAGE=pseudo.LANGUAGE, PYTHONPATH=path) as running:
        yield running


@pytest.mark.parametrize("slug", CATALOGUE)
def test_sentences_that_are_a_third_longer_fit(longer: Server, browser: Browser, slug: str) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.goto(longer.page(slug))
    page.wait_for_function(DRAWN, timeout=60_000)
    page.evaluate("document.querySelectorAll('.kd details:not(.kd-export)').forEach((el) => (el.open = true))")
    assert page.text_content(".kd-verdict").startswith("[")
    assert page.text_content(".kd h1").startswith("[")
    for width in (1280, 400):
        page.set_viewport_size({"width": width, "height": 800})
        page.wait_for_function(DRAWN_ANEW, arg=width)
        assert page.evaluate(WIDE) <= 0, width
        assert page.evaluate(CUT) == [], width
        assert page.evaluate(BEYOND) == [], width
    page.close(run_before_unload=True)
    context.close()
