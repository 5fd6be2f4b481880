"""The same notebooks in JupyterLab: they draw, move, and follow Lab's theme."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from kdviz.core.params import clean
from kdviz.pages.catalogue import load
from kdviz.serve.address import free_port
from tests.support.tab import SETTLED
from tools.browsing import DRAWN, ROOT

HERO = "02_gradient_gap"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start JupyterLab over a copy of the dashboards, without a token; its address."""
    folder = tmp_path_factory.mktemp("lab")
    for notebook in (ROOT / "dashboards").glob("*.ipynb"):
        (folder / notebook.name).write_bytes(notebook.read_bytes())
    port = free_port()
    options = [
        "--no-browser",
        "--allow-root",
        f"--port={port}",
        "--ServerApp.port_retries=0",
        "--IdentityProvider.token=",
    ]
    command = [sys.executable, "-m", "jupyterlab", *options, f"--ServerApp.root_dir={folder}"]
    ours = os.environ | {"JUPYTER_PATH": str(ROOT / "share/jupyter")}
    pipes = {"stderr": subprocess.PIPE, "stdout": subprocess.DEVNULL, "text": True}
    with subprocess.Popen(command, cwd=folder, env=ours, **pipes) as process:
        for line in process.stderr or ():
            if re.search(rf"127\.0\.0\.1:{port}/lab", line):
                break
        yield f"http://127.0.0.1:{port}/"
        process.terminate()
        if process.stderr:
            process.stderr.read()


@pytest.mark.parametrize("served", [True, False], ids=["files from the server", "files from the kernel"])
def test_a_dashboard_lives_in_jupyterlab(browser: Browser, lab: str, served: bool) -> None:
    context = browser.new_context(viewport={"width": 1500, "height": 900})
    page = context.new_page()
    foreign: list[str] = []
    files: list[int] = []
    page.on("response", lambda r: files.append(r.status) if "/kdviz/static/" in r.url else None)
    if not served:  # as where the kernel runs on another machine
        page.route("**/kdviz/static/**", lambda route: route.fulfill(status=404))
    page.on("request", lambda r: foreign.append(r.url) if not r.url.startswith((lab, "data:", "blob:")) else None)
    page.goto(f"{lab}lab/tree/{HERO}.ipynb?reset")
    page.locator(".jp-Notebook .jp-Cell").first.click(timeout=60_000)
    page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status='idle']", timeout=60_000)
    page.keyboard.press("Control+Enter")
    page.wait_for_function(DRAWN, timeout=60_000)
    box = page.locator('[data-key="T"] .kd-box')
    box.fill("50")
    box.press("Enter")
    page.wait_for_function("document.querySelector('.kd').kdviz.sent() > 0")
    page.wait_for_function(SETTLED)
    state = page.evaluate("document.querySelector('.kd').kdviz.store.texts.state")
    assert state["T"] == 50
    lesson = load(HERO)
    assert page.locator(".kd-verdict").inner_text() == lesson.verdict(lesson.compute(clean(lesson.params, state)[0]))
    ink = page.evaluate("document.querySelector('.kd-plot').layout.font.color")
    page.evaluate("document.body.dataset.jpThemeLight = 'false'")  # what Lab's own theme switch sets
    page.wait_for_function("document.querySelector('.kd').dataset.theme === 'dark'")
    page.wait_for_function(f"document.querySelector('.kd-plot').layout.font.color !== '{ink}'")
    assert files == ([200] if served else [404]) * 3
    assert not foreign, f"requests to other hosts: {foreign}"
    context.close()
