"""The real Notebook 7 and marimo, in an environment of their own: they are no dependencies of kdviz."""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from kdviz.serve.address import free_port
from tools.browsing import ROOT
from tools.environment import python_of

pytestmark = pytest.mark.slow
HERO = "02_gradient_gap"
# marimo shows widgets in shadow roots
FOUND = """() => { const find = (root) => { for (const el of root.querySelectorAll("*")) {
    const found = el.kdviz ?? (el.shadowRoot && find(el.shadowRoot)); if (found) return found; } return null; };
  const k = (window.found = find(document));
  return k?.charts.every((c) => c.drawn && !c.frame && !c.stale) && k.sent() <= k.store.texts.seq; }"""
MARIMO = """import marimo
app = marimo.App()
@app.cell
def _():
    from kdviz.app import show
    show("02_gradient_gap", "T=3")
    return
"""


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make an environment with kdviz and both hosts; its interpreter."""
    venv = tmp_path_factory.mktemp("hosts") / "venv"
    subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    install = [python_of(venv), "-m", "pip", "install", "-q", "-e", ROOT, "-c", ROOT / "constraints.txt"]
    subprocess.run([*install, "notebook>=7,<8", "marimo>=0.20"], check=True)
    return python_of(venv)


@contextmanager
def running(command: list[object], folder: Path, address: str) -> Iterator[None]:
    """Run a server until the end of the block, once it answers."""
    silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen([str(part) for part in command], cwd=folder, **silent) as process:
        for _ in range(300):
            with suppress(OSError):
                urllib.request.urlopen(address).close()
                break
            time.sleep(0.2)
        yield
        process.terminate()


def follows(page, kernel_gives: bool) -> None:
    """Check that the page on a tab is drawn and follows, and where its files came from."""
    page.wait_for_function(FOUND, timeout=90_000)
    page.evaluate("found.send({ T: 50 })")
    page.wait_for_function("found.store.texts.state.T === 50")
    page.wait_for_function(FOUND)
    assert page.evaluate("found.charts[1].plot.data.some((t) => t.x?.[0] === 50)")
    served = page.evaluate(
        "performance.getEntriesByType('resource').filter((r) => r.name.includes('kdviz/static')).length"
    )
    assert (served == 0) == kernel_gives


def test_a_page_lives_in_notebook_7(browser: Browser, python: Path, tmp_path: Path) -> None:
    (tmp_path / "page.ipynb").write_bytes((ROOT / f"dashboards/{HERO}.ipynb").read_bytes())
    address = f"http://127.0.0.1:{(port := free_port())}/"
    options = ["--no-browser", "--allow-root", f"--port={port}", "--IdentityProvider.token="]
    with running([python, "-m", "notebook", *options], tmp_path, address):
        page = browser.new_page()
        page.goto(f"{address}notebooks/page.ipynb")
        page.locator(".jp-Notebook .jp-Cell").first.click(timeout=60_000)
        page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status='idle']", timeout=60_000)
        page.keyboard.press("Control+Enter")
        follows(page, kernel_gives=False)
        page.close()


def test_a_page_lives_in_marimo(browser: Browser, python: Path, tmp_path: Path) -> None:
    (tmp_path / "page.py").write_text(MARIMO, encoding="utf-8")
    address = f"http://127.0.0.1:{(port := free_port())}/"
    options = ["run", "page.py", "--headless", "--no-token", f"--port={port}"]
    with running([python, "-m", "marimo", *options], tmp_path, address):
        page = browser.new_page()
        page.goto(address)
        follows(page, kernel_gives=True)
        page.close()
