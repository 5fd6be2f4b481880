"""One page in Chromium under a hand: key steps, a drag, cold loads; what was drawn is checked against the lesson."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import psutil

from benchmarks.servers import Site, end
from benchmarks.wire import Wire
from kdviz.pages.catalogue import load
from tools import browser as chromium
from tools.browsing import FLAGS

PROBE = (Path(__file__).parent / "probe.js").read_text(encoding="utf-8")
TRACK = """(el) => {
  const track = el.closest(".noUi-target, .rc-slider, .dash-slider-root, .v-slider, [data-slot=slider]") ?? el;
  const box = track.getBoundingClientRect(); return [box.x, box.width]; }"""
KERNEL = "JSON.parse(document.getElementById('jupyter-config-data')?.textContent || '{}').kernelId ?? ''"
PATIENCE = 5000  # ms that a chart has to follow a key
LESSON = load("02_gradient_gap")


def launch(play):
    """Start a headless Chromium from an asynchronous Playwright; to be awaited."""
    root = ["--no-sandbox"] if os.name == "posix" and os.geteuid() == 0 else []
    return play.chromium.launch(executable_path=chromium.ensure(Path(sys.executable)), args=[*FLAGS, *root])


@dataclass
class Tab:
    """An open page: the Playwright page, its CDP session, what its websocket carries, and its kernel if it has one."""

    page: object
    session: object
    wire: Wire
    cold: float  # ms from navigation until both charts are drawn
    kernel: psutil.Process | None

    def memory(self) -> float:
        """USS of the kernel in MiB: what would be free again if this visitor left."""
        return self.kernel.memory_full_info().uss / 2**20


@asynccontextmanager
async def opened(browser, site: Site, query: str = "", throttle: float = 1) -> AsyncIterator[Tab]:
    """Open a page in a fresh browser context and wait until both charts are drawn."""
    kernel = ""
    context = await browser.new_context(viewport={"width": 1280, "height": 900})
    try:
        page = await context.new_page()
        session = await context.new_cdp_session(page)
        await session.send("Network.enable")
        if throttle > 1:
            await session.send("Emulation.setCPUThrottlingRate", {"rate": throttle})
        wire = Wire().listen(session)
        await page.add_init_script(PROBE)
        await page.goto(site.at(query), timeout=60_000, wait_until="commit")
        await page.wait_for_function("window.kdprobe?.cold", timeout=60_000)
        cold = await page.evaluate("kdprobe.cold")
        kernel = await page.evaluate(KERNEL)
        yield Tab(page, session, wire, cold, site.kernel(kernel))
    finally:
        with suppress(TimeoutError):
            await asyncio.wait_for(context.close(), 20)
        if kernel:
            await asyncio.to_thread(end, kernel, site.address.partition("voila/")[0])


async def opening(browser, site: Site, query: str = "") -> dict[str, float]:
    """Open a page in a fresh context and press the right arrow on the T slider as soon as it is there, again and again.

    Returns ms from navigation to both charts drawn (`picture`) and to both charts changed by a key (`answer`).
    """
    async with opened(browser, site, query) as tab:
        await tab.page.evaluate("kdprobe.watch()")
        hand = tab.page.locator(site.slider)
        await hand.wait_for(timeout=60_000)
        answer = None
        while answer is None:
            await hand.focus()
            await tab.page.keyboard.press("ArrowRight")
            answer = await tab.page.evaluate("kdprobe.answered(100)")
        return {"picture": tab.cold, "answer": answer}


async def calm(tab: Tab, quiet: float = 0.6) -> None:
    """Wait until the websocket has been silent for a moment, so that a count or a step starts from rest."""
    seen, since = -1, time.monotonic()
    while time.monotonic() - since < quiet:
        count = len(tab.wire.up) + len(tab.wire.down)
        if count != seen:
            seen, since = count, time.monotonic()
        await asyncio.sleep(0.05)


async def key_steps(tab: Tab, site: Site, steps: int) -> dict:
    """Press the right arrow on the T slider, one key after the other has been drawn.

    Returns ms from `keydown.timeStamp` to the change of the later chart's SVG, messages and bytes per step, steps lost.
    Raises AssertionError when something else is drawn than the lesson computes for the T on the chart.
    """
    page = tab.page
    await page.locator(site.slider).focus()
    await calm(tab)
    assert await page.evaluate("kdprobe.watch()") == len(LESSON.figures)
    tab.wire.reset()
    times, drawn, lost = [], [], 0
    for _ in range(steps):
        await page.keyboard.press("ArrowRight")
        each = await page.evaluate("(patience) => kdprobe.step(patience)", PATIENCE)
        if None in each:
            lost += 1
            if lost == 4 and not times:
                break  # a dead chart
            await page.evaluate("kdprobe.watch()")  # unless the page has made its charts anew
            continue
        times.append(each)
        drawn.append(await page.evaluate("kdprobe.shown()"))
        await asyncio.sleep(0.03)
    await calm(tab)
    wire = tab.wire
    return {
        "ms": [max(each) for each in times],
        "each": times,
        "lost": lost,
        "up": wire.messages_up() / steps,
        "down": len(wire.down) / steps,
        "bytes_up": wire.bytes_up() / steps,
        "bytes_down": wire.bytes_down() / steps,
        "off": check(drawn, await state_of(page)),
    }


async def state_of(page) -> dict:
    """What the address of a page sets beside T; T itself is read off the chart."""
    classes = await page.evaluate("new URLSearchParams(location.search).get('K')")
    return {"classes": int(classes or LESSON.params().classes)}


def now(drawn: list) -> float:
    """T as drawn: where the marker of the current gap stands in the second chart."""
    return next(trace["x"][0] for trace in drawn[1] if trace["name"] == "to the limit, now")


def check(drawn: list, state: dict) -> float:
    """Compare what was drawn after each step with the lesson; returns the largest error of a marker in pixels."""
    temperatures = [now(charts) for charts in drawn]
    assert np.all(np.diff(temperatures) > 0), "a key step did not move T on the chart"
    worst = 0.0
    for temperature, charts in zip(temperatures, drawn, strict=True):
        params = replace(LESSON.params(), temperature=temperature, **state)
        result = LESSON.compute(params)
        for draw, traces in zip(LESSON.figures, charts, strict=True):
            wanted = {trace["name"]: trace for trace in draw(result)["data"]}
            for trace in traces:
                np.testing.assert_allclose(trace["y"], wanted[trace["name"]]["y"], rtol=1e-3, atol=1e-6)
                worst = max(worst, trace["off"])
    assert worst < 1, f"a marker stands {worst} px from where its number belongs"
    return worst


async def drag(tab: Tab, site: Site, seconds: float = 3.0, rate: float = 60) -> dict:
    """Drag the T slider to and fro with raw mouse moves at `rate` Hz that wait for nothing.

    Returns distinct drawn states per second of the slower chart, ms from the last move to the last redraw, moves sent.
    """
    page, session = tab.page, tab.session
    x0, width = await page.locator(site.slider).evaluate(TRACK)
    handle = await page.locator(site.slider).bounding_box()
    y = handle["y"] + handle["height"] / 2
    turns = np.arange(round(seconds * rate)) / (1.5 * rate)
    part = 0.1 + 0.3 * np.abs(2 * (turns % 1) - 1)[::-1]  # of the track: T from about 0.3 to 60
    mouse = {"button": "left", "buttons": 1, "clickCount": 1}
    own = handle["width"] < 0.5 * width  # a handle of its own: take it where it stands
    start = handle["x"] + handle["width"] / 2 if own else x0 + part[0] * width
    await session.send("Input.dispatchMouseEvent", {"type": "mouseMoved", "x": start, "y": y})
    await session.send("Input.dispatchMouseEvent", {"type": "mousePressed", "x": start, "y": y, **mouse})
    await session.send("Input.dispatchMouseEvent", {"type": "mouseMoved", "x": x0 + part[0] * width, "y": y, **mouse})
    await calm(tab, 0.3)
    count = await page.evaluate("kdprobe.watch()")
    begin, pending = time.perf_counter(), []
    for i, place in enumerate(part):
        await asyncio.sleep(max(0, begin + i / rate - time.perf_counter()))
        event = {"type": "mouseMoved", "x": x0 + place * width, "y": y, **mouse}
        pending.append(asyncio.ensure_future(session.send("Input.dispatchMouseEvent", event)))
    spent = time.perf_counter() - begin
    await asyncio.gather(*pending)
    await calm(tab, 0.8)
    last, log = await page.evaluate("[kdprobe.lastMove(), kdprobe.log]")
    await session.send(
        "Input.dispatchMouseEvent", {"type": "mouseReleased", "x": x0 + part[-1] * width, "y": y, **mouse}
    )
    shown = await page.evaluate("kdprobe.shown()")
    check([shown], await state_of(page))
    during, ends = [], []
    for chart in range(count):
        draws = [(t, sign) for i, t, sign in log if i == chart]
        values = [draws[0], *(new for old, new in pairwise(draws) if new[1] != old[1])] if draws else []
        during.append(sum(t <= last for t, _ in values))
        ends.append(values[-1][0] if values else last)
    tail = max(ends) - last
    return {"rate": min(during) / spent, "tail": max(0.0, tail), "moves": len(part), "seconds": spent, "T": now(shown)}
