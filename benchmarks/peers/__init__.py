"""The same two charts and four sliders in Dash and Panel, on this machine and with 100 ms of round trip.

Plain first versions, as a competent user would write them in an hour; experts would tune both. They share one process
between visitors, where Voila starts a kernel for each: not compared here.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import venv
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import psutil
from playwright.async_api import async_playwright

from benchmarks import pages, servers
from benchmarks.delay import delayed
from benchmarks.table import Row, quantiles
from kdviz.serve.address import free_port

HERE = Path(__file__).parent
VENV = servers.ROOT / ".venv-peers"
FAR = 100.0  # ms of round trip
SLIDERS = {"dash": "[role=slider] >> nth=0", "panel": ".noUi-handle >> nth=0"}


def environment() -> Path:
    """The interpreter of `.venv-peers`, made and filled on the first call."""
    python = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp, wanted = VENV / "made-from.txt", (HERE / "requirements.txt").read_text(encoding="utf-8")
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
        print("making .venv-peers (Dash and Panel) ...", flush=True)
        venv.create(VENV, with_pip=True)
        (VENV / ".gitignore").write_text("*\n", encoding="utf-8")
        subprocess.run([python, "-m", "pip", "install", "-q", "-r", HERE / "requirements.txt"], check=True)
        stamp.write_text(wanted, encoding="utf-8")
    return python


@contextmanager
def served(name: str) -> Iterator[servers.Site]:
    """One peer as a running page."""
    port = free_port()
    with servers.running([environment(), f"{name}_page.py", str(port)], cwd=HERE) as (process, _):
        servers.wait_for(f"http://127.0.0.1:{port}/")
        yield servers.Site(name, f"http://127.0.0.1:{port}/", SLIDERS[name], psutil.Process(process.pid))


def rows(*, quick: bool = False) -> list[Row]:
    """Key steps, drag and cold load of each page, near and far."""
    return asyncio.run(measure(quick))


async def measure(quick: bool) -> list[Row]:
    """Start all servers and the browser and visit each page near and far."""
    found = []
    with ExitStack() as stack:
        sites = [stack.enter_context(servers.ours()), *(stack.enter_context(served(name)) for name in SLIDERS)]
        async with async_playwright() as play:
            browser = await pages.launch(play)
            for far in (0.0, FAR):
                for site in sites:
                    found += await visit(browser, site, far, 6 if quick else 25)
            await browser.close()
    return found


async def visit(browser, site: servers.Site, far: float, steps: int) -> list[Row]:
    """The figures of one page behind `far` ms of round trip (0: straight)."""
    where = f"{site.name}, {far:.0f} ms round trip" if far else f"{site.name}, local"
    address = urlsplit(site.address)
    try:
        async with delayed(address.port, far) as port:
            away = replace(site, address=address._replace(netloc=f"127.0.0.1:{port}").geturl()) if far else site
            query = "T=2&K=10" if site.name == "kdviz" else ""
            async with pages.opened(browser, away, query):
                pass  # a warm-up
            async with pages.opened(browser, away, query) as tab:
                keys = await pages.key_steps(tab, away, steps)
                moved = await pages.drag(tab, away)
    except Exception as error:  # a peer that fails is a row, not the end of the run
        return [Row(where, None, note=f"{type(error).__name__}: {str(error).splitlines()[0][:120]}")]
    if not keys["ms"]:
        return [Row(where, None, note="the charts did not follow the keys")]
    p50, p95 = quantiles(keys["ms"])
    note = f"p50 {p50:.0f} ms, {moved['rate']:.1f} redraws/s, tail {moved['tail']:.0f} ms, cold {tab.cold / 1e3:.1f} s"
    return [Row(f"key step p95, {where}", p95, "ms", None, note)]
