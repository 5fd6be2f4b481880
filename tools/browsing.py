"""A running `kdviz serve` and a headless Chromium, for tests, benchmarks and pictures."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
from playwright.sync_api import Browser, sync_playwright

from tools import browser

ROOT = Path(__file__).parents[1]
FLAGS = [  # no traffic of the browser's own, no GPU
    *("--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--hide-scrollbars"),
    *("--disable-component-update", "--disable-sync", "--disable-extensions", "--disable-default-apps"),
]
LIVE = 'body:not(:has(#kd-wait)):not([data-kd-early="drawn"]) .kd'  # a page with its kernel, not only its picture
DRAWN = """() => { const k = document.querySelector('.kd')?.kdviz;
  return k && k.charts.length && k.charts.every((c) => c.drawn && !c.frame && !c.stale); }"""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start a headless Chromium; RuntimeError with the cure where there is none."""
    path = os.environ.get("KDVIZ_BROWSER") or browser.find(Path(sys.executable))
    if not path:
        raise RuntimeError(browser.MISSING)
    flags = [*FLAGS, *(["--no-sandbox"] if os.name == "posix" and os.geteuid() == 0 else [])]
    with sync_playwright() as play:
        running = play.chromium.launch(executable_path=path, args=flags)
        yield running
        running.close()


@dataclass
class Server:
    """A running server: its address and its process."""

    url: str
    process: psutil.Process

    def page(self, slug: str, query: str = "") -> str:
        """Return the address of a dashboard."""
        return f"{self.url}voila/render/{slug}.ipynb{'?' + query if query else ''}"

    def kernels(self) -> list[psutil.Process]:
        """Return the kernels that run."""
        with suppress(psutil.NoSuchProcess):
            return [child for child in self.process.children(recursive=True) if is_kernel(child)]
        return []


def is_kernel(process: psutil.Process) -> bool:
    """Tell whether a process is a living kernel."""
    with suppress(psutil.NoSuchProcess):
        forked = process.name() == "kdviz-kernel"
        return process.status() != psutil.STATUS_ZOMBIE and (forked or "ipykernel_launcher" in process.cmdline())
    return False


@contextmanager
def serve(folder: Path = ROOT, *options: str, **environment: str) -> Iterator[Server]:
    """Start `python -m kdviz serve` on a free port and stop it at the end; RuntimeError where it does not start.

    `folder` holds the package to run, `options` and `environment` are added to what is said and set here.
    """
    command = [sys.executable, "-m", "kdviz", "serve", "--port", "0", *options]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "env": os.environ | environment}
    with subprocess.Popen(command, cwd=folder, text=True, **pipes) as process:
        line = process.stdout.readline() if process.stdout else ""
        match = re.search(r"http://\S+/", line)
        try:
            if not match:
                raise RuntimeError(f"kdviz serve said {line!r} instead of its address; run it with --verbose")
            yield Server(match.group(), psutil.Process(process.pid))
        finally:
            process.terminate()
