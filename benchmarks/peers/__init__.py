"""The same two charts and four sliders in Dash, marimo, Panel, Solara and stock Voila: near, far, and on a slow line.

Plain first versions, as a competent user would write them in an hour; experts would tune each. Dash, marimo, Panel and
Solara share one process between visitors, where Voila starts a kernel for each: not compared here.
"""

from __future__ import annotations

import asyncio
import math
import os
import subprocess
import venv
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import psutil
from playwright.async_api import async_playwright

from benchmarks import pages, servers
from benchmarks.browser import patient
from benchmarks.delay import delayed
from benchmarks.table import Row, quantiles
from kdviz.serve.address import free_port

HERE = Path(__file__).parent
VENV = servers.ROOT / ".venv-peers"
LINES = {"local": (0, math.inf), "50 ms": (50, math.inf), "100 ms": (100, math.inf), "100 ms, 10 Mbit/s": (100, 10.0)}
SLIDERS = {
    "dash": "[role=slider] >> nth=0",
    "marimo": "[role=slider] >> nth=0",
    "panel": ".noUi-handle >> nth=0",
    "solara": "[role=slider] >> nth=0",
}
COMMANDS = {
    "marimo": "-m marimo run marimo_page.py --host 127.0.0.1 --headless --no-token --port",
    "solara": "-m solara run solara_page.py --host 127.0.0.1 --no-open --production --port",
}  # the others are scripts of their own
QUERY = {"kdviz": "T=2&K=10", "usual": "T=2&K=10"}  # where the others start
GOALS = {  # of our page
    "local": {"picture": ("≤", 0.5), "answer": ("≤", 1.2), "step": ("≤", 20.0), "redraws": ("≥", 55.0)},
    "100 ms": {"picture": ("≤", 0.8), "answer": ("≤", 2.0), "redraws": ("≥", 30.0)},
}


def environment() -> Path:
    """The interpreter of `.venv-peers`, made and filled on the first call."""
    python = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp, wanted = VENV / "made-from.txt", (HERE / "requirements.txt").read_text(encoding="utf-8")
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
        print("making .venv-peers (Dash, marimo, Panel, Solara) ...", flush=True)
        venv.create(VENV, with_pip=True)
        (VENV / ".gitignore").write_text("*\n", encoding="utf-8")
        subprocess.run([python, "-m", "pip", "install", "-q", "-r", HERE / "requirements.txt"], check=True)
        stamp.write_text(wanted, encoding="utf-8")
    return python


@contextmanager
def served(name: str) -> Iterator[servers.Site]:
    """One peer as a running page."""
    port = free_port()
    command = COMMANDS.get(name, f"{name}_page.py").split()
    with servers.running([environment(), *command, str(port)], cwd=HERE) as (process, _):
        servers.wait_for(f"http://127.0.0.1:{port}/")
        yield servers.Site(name, f"http://127.0.0.1:{port}/", SLIDERS[name], psutil.Process(process.pid))


def rows(*, quick: bool = False) -> list[Row]:
    """First picture, first answered step, key steps and a drag of each page, on every kind of line."""
    return asyncio.run(measure(quick))


async def measure(quick: bool) -> list[Row]:
    """Start all servers and the browser, and visit each page by turns on every kind of line."""
    found = []
    with ExitStack() as stack:
        sites = [stack.enter_context(servers.ours()), stack.enter_context(servers.usual())]
        sites += [stack.enter_context(served(name)) for name in SLIDERS]
        async with async_playwright() as play:
            browser = await pages.launch(play)
            for line in [*LINES][:: 2 if quick else 1]:
                opened = await openings(browser, sites, line, 1 if quick else 5)
                for site in sites:
                    found += await visit(browser, site, line, 6 if quick else 25, opened)
            await browser.close()
    return found


@asynccontextmanager
async def across(site: servers.Site, line: str) -> AsyncIterator[servers.Site]:
    """The page behind a line."""
    address, (far, speed) = urlsplit(site.address), LINES[line]
    async with delayed(address.port, far, speed) as port:
        if line == "local":
            yield site
        else:
            yield replace(site, address=address._replace(netloc=f"127.0.0.1:{port}").geturl())


async def openings(browser, sites: list, line: str, count: int) -> dict[str, dict[str, float]]:
    """Medians of (first picture, first answered step) in s of every page, after a visit that warms it up."""
    seen: dict[str, list] = {site.name: [] for site in sites}
    for turn in range(count + 1):
        for site in sites:
            async with across(site, line) as away:
                times = await patient(pages.opening(browser, away, QUERY.get(site.name, "")), f"{site.name}, {line}")
            if turn and times:
                seen[site.name].append(times)
    return {
        name: {key: float(np.median([times[key] for times in found])) / 1e3 for key in ("picture", "answer")}
        for name, found in seen.items()
        if found
    }


async def visit(browser, site: servers.Site, line: str, steps: int, opened: dict[str, dict[str, float]]) -> list[Row]:
    """The figures of one page on one kind of line."""
    where, name = f"{site.name}, {line}", site.name
    held = GOALS.get(line, {}) if name == "kdviz" else {}
    found = [
        Row(f"{text}, {where}", opened.get(name, {}).get(key), "s", held.get(key), "" if name in opened else "failed")
        for key, text in (("picture", "first picture"), ("answer", "first answered step"))
    ]
    if name == "kdviz" and opened.get(name):
        rivals = {other: times["answer"] for other, times in opened.items() if other != name}
        quickest = min(rivals, key=rivals.__getitem__, default="")
        ratio = opened[name]["answer"] / rivals[quickest] if quickest else None
        found.append(Row(f"first answered step against the quickest peer, {line}", ratio, "×", ("≤", 1.0), quickest))
    try:
        async with across(site, line) as away, pages.opened(browser, away, QUERY.get(name, "")) as tab:
            keys = await asyncio.wait_for(pages.key_steps(tab, away, steps), 120)
            moved = await asyncio.wait_for(pages.drag(tab, away), 60)
    except Exception as error:  # a peer that fails is a row, not the end of the run
        why = str(error).splitlines()[0][:120] if str(error) else ""
        return [*found, Row(f"redraws in a drag, {where}", None, note=f"{type(error).__name__}: {why}")]
    if not keys["ms"]:
        return [*found, Row(f"redraws in a drag, {where}", None, note="the charts did not follow the keys")]
    p50, p95 = quantiles(keys["ms"])
    note = f"last value {moved['tail']:.0f} ms after the last move; key step p95 {p95:.0f} ms"
    return [
        *found,
        Row(f"key step p50, {where}", p50, "ms", held.get("step")),
        Row(f"redraws in a drag, {where}", moved["rate"], "/s", held.get("redraws"), note),
    ]
