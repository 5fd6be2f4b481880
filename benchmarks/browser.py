"""Our page 02 against the same page written the usual way, in one Chromium and one run; what is drawn is checked.

Latencies run from `keydown.timeStamp` to the change of the SVG of the later chart and leave out the compositor, which
is the same for both. Both pages take turns, so that a busy machine slows both.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from contextlib import ExitStack

import numpy as np
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import async_playwright

from benchmarks import pages, servers
from benchmarks.table import Row, quantiles
from kdviz.pages.catalogue import CATALOGUE

CLASSES = (10, 1000)
P95 = {10: 80.0, 1000: 120.0}  # ms
LOADED = """
import sys
from kdviz.app import show
page = show(sys.argv[1], "T=3")
page.session.receive({"kind": "change", "values": {"T": 5.0}, "seq": 1})
found = [name for name in ("torch", "plotly") if name in sys.modules]
"""


def rows(*, quick: bool = False) -> list[Row]:
    """Every figure of the pages."""
    return [*asyncio.run(measure(quick)), modules()]


async def measure(quick: bool) -> list[Row]:
    """Start both servers and the browser, and take all figures that need them."""
    with ExitStack() as stack:
        sites = [stack.enter_context(servers.ours()), stack.enter_context(servers.usual())]
        async with async_playwright() as play:
            browser = await pages.launch(play)
            try:
                hands = {k: {s.name: [] for s in sites} for k in CLASSES}
                for classes in CLASSES:
                    for _ in range(1 if quick else 2):
                        for site in sites:
                            for _ in range(3):  # a dead chart counts, and the page gets another chance
                                visit = hand(browser, site, classes, 10 if quick else 30)
                                hands[classes][site.name].append(await patient(visit, site.name))
                                if hands[classes][site.name][-1]:
                                    break
                cold = await cold_loads(browser, sites, 2 if quick else 5)
                alive = await throttled(browser, sites[0], 2 if quick else 20)
            finally:
                await browser.close()
    found = [row for classes in CLASSES for row in of_the_hand(classes, hands[classes])]
    return [*found, *of_the_load(hands[10]), *cold, alive]


async def patient(visit, name: str, seconds: float = 120):
    """What a visit to the page `name` returns; None when it fails or hangs, as one with a dead chart may."""
    try:
        return await asyncio.wait_for(visit, seconds)
    except (TimeoutError, PlaywrightError) as error:
        why = str(error).splitlines()[0][:100] if str(error) else f"no end within {seconds:.0f} s"
        print(f"  a visit to {name} failed: {why}", file=sys.stderr)
        return None


async def hand(browser, site, classes: int, steps: int) -> dict | None:
    """One visit: key steps, a drag, the websocket's bytes at load, the kernel's memory; None when no chart follows."""
    async with pages.opened(browser, site, f"T=2&K={classes}") as tab:
        await pages.calm(tab)
        load = tab.wire.bytes_down() + tab.wire.bytes_up()
        keys = await pages.key_steps(tab, site, steps)
        if not keys["ms"]:
            return None
        moved = await pages.drag(tab, site)
        return {"load": load, "keys": keys, "drag": moved, "memory": tab.memory()}


def of_the_hand(classes: int, visits: dict[str, list[dict]]) -> list[Row]:
    """Latency, redraws per second, the last value, and what a step sends, ours and against the usual page."""
    ours, usual = (list(filter(None, visits[name])) for name in ("kdviz", "usual"))
    dead, own = visits["usual"].count(None), visits["kdviz"].count(None)
    note = f"{dead} of {len(visits['usual'])} loads had a dead chart" if dead else ""
    if not ours:
        return [Row(f"slider step, K={classes}", None, note="our charts did not follow")]
    keys = [ms for visit in ours for ms in visit["keys"]["ms"]]
    p50, p95 = quantiles(keys)
    pixels = max(visit["keys"]["off"] for visit in ours)
    at = f"K={classes}"
    found = [
        Row(
            f"key step to both charts, p50, {at}",
            p50,
            "ms",
            ("≤", 50.0),
            f"{len(keys)} steps, drawn within {pixels:.1f} px" + own * "; A VISIT FAILED",
        ),
        Row(f"key step to both charts, p95, {at}", p95, "ms", ("≤", P95[classes])),
        Row(f"redraws while dragging, {at}", median(ours, "drag", "rate"), "/s", ("≥", 18.0), "60 Hz moves, 3 s"),
        Row(f"last move to last value on screen, {at}", median(ours, "drag", "tail"), "ms", ("≤", 150.0)),
        Row(f"messages up per step, {at}", median(ours, "keys", "up"), "", ("≤", 1.0), "comm messages"),
        Row(f"bytes down per step, {at}", median(ours, "keys", "bytes_down") / 1e3, "kB", ("≤", 8.0), "all messages"),
    ]
    if not usual:
        return [*found, Row(f"key step p95 against the usual page, {at}", None, note=note)]
    theirs = quantiles([ms for visit in usual for ms in visit["keys"]["ms"]])
    against = f"usual page {theirs[0]:.0f}/{theirs[1]:.0f} ms, {median(usual, 'drag', 'rate'):.1f} redraws/s, tail "
    against += f"{median(usual, 'drag', 'tail'):.0f} ms, {median(usual, 'keys', 'up'):.1f} messages up, "
    against += f"{median(usual, 'keys', 'bytes_down') / 1e3:.0f} kB down" + (f"; {note}" if note else "")
    found.insert(2, Row(f"key step p95 against the usual page, {at}", theirs[1] / p95, "× faster", ("≥", 1.5), against))
    return found


def median(visits: list[dict], part: str, name: str) -> float:
    """Median over visits of one figure."""
    return float(np.median([visit[part][name] for visit in visits]))


def of_the_load(visits: dict[str, list[dict]]) -> list[Row]:
    """Websocket bytes at load and memory per visitor."""

    def middle(site: str, name: str) -> float | None:
        found = [visit[name] for visit in visits[site] if visit]
        return float(np.median(found)) if found else None

    def against(name: str, scale: float, unit: str) -> str:
        usual = middle("usual", name)
        return f"usual page {usual / scale:.3g} {unit}" if usual else "usual page dead"

    load = middle("kdviz", "load")
    note = f"USS of the kernel; {against('memory', 1, 'MiB')}"
    return [
        Row("websocket bytes at load", load and load / 1e6, "MB", ("≤", 0.1), against("load", 1e6, "MB")),
        Row("memory per visitor", middle("kdviz", "memory"), "MiB", ("≤", 50.0), note),
    ]


async def cold_loads(browser, sites, count: int) -> list[Row]:
    """Navigation to both charts drawn, in fresh contexts by turns, after a warm-up of each."""
    times: dict[str, list[float]] = {site.name: [] for site in sites}
    for turn in range(count + 1):
        for site in sites:
            spent = await patient(cold_load(browser, site), site.name)
            if turn and spent:
                times[site.name].append(spent)
    if not all(times.values()):
        return [Row("cold load, both charts", None, note="a page did not load")]
    ours, usual = (float(np.median(times[site.name])) for site in sites)
    note = f"{ours / 1e3:.2f} s against {usual / 1e3:.2f} s, medians of {count}"
    return [Row("cold load, both charts", ours / usual, "× the usual page", ("≤", 0.35), note, times)]


async def cold_load(browser, site) -> float:
    """Milliseconds from navigation to both charts."""
    async with pages.opened(browser, site) as tab:
        return tab.cold


async def throttled(browser, site, count: int) -> Row:
    """Loads at a sixth of the processor's speed: how many end with every chart alive."""
    turns, alive = asyncio.Semaphore(2), []  # a throttled page sleeps most of the time: two at once

    async def turn() -> None:
        async with turns:
            alive.append(await patient(follows(browser, site), site.name))

    await asyncio.gather(*(turn() for _ in range(count)))
    return Row(f"loads with all charts alive at 6× throttle, of {count}", float(alive.count(True)), "", ("=", count))


async def follows(browser, site) -> bool:
    """Whether every chart of a slow page follows a key."""
    async with pages.opened(browser, site, "T=2", throttle=6) as tab:
        await pages.calm(tab)
        await tab.page.locator(site.slider).focus()
        await tab.page.evaluate("kdprobe.watch()")
        await tab.page.keyboard.press("ArrowRight")
        return None not in await tab.page.evaluate("kdprobe.step(10000)")


def modules() -> Row:
    """Heavy modules that a page loads: in a fresh process that shows and steps every page."""
    heavy: set[str] = set()
    for slug in CATALOGUE:
        done = subprocess.run(
            [sys.executable, "-c", f"{LOADED}print(*found)", slug],
            capture_output=True,
            text=True,
            check=True,
            cwd=servers.ROOT,
        )
        heavy |= set(done.stdout.split())
    return Row(
        "torch or plotly loaded by a page", float(len(heavy)), "", ("=", 0.0), ", ".join(sorted(heavy)) or "none"
    )
