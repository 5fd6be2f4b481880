"""A server whose pages are opened, used and left has nothing to say."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.support.serving import ROOT, eventually, local_server
from tests.support.visits import HERO, move, visit

pytestmark = pytest.mark.quiet  # a log that stays empty until a server has ended


def test_a_start_some_pages_and_a_stop_write_nothing_to_the_log(browser: Browser, tmp_path: Path) -> None:
    with (tmp_path / "log").open("w+") as log, local_server(ROOT / "dashboards", log=log, fork=True) as here:
        context = browser.new_context()
        page = context.new_page()
        page.goto(here.url)
        for query in ("", "?T=5"):
            visit(page, f"{here.url}{HERO}{query}")
            move(page, T=9)
            page.wait_for_function("document.querySelector('.kd').kdviz.store.texts.state.T === 9")
        page.reload()
        page.wait_for_selector(".kd")
        page.goto("about:blank")
        context.close()
        assert eventually(lambda: not here.health()["sessions"], 10)
        here.process.terminate()
        assert eventually(lambda: not here.process.is_running() or here.process.status() == "zombie", 20)
        log.seek(0)
        assert log.read() == ""
