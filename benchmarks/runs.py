"""A class that presses Play at once, on a server that is told its memory: who is served, and what that takes."""

from __future__ import annotations

import asyncio
import time

import psutil

from benchmarks.table import Row
from benchmarks.visitor import Crowd, Visit, heard, press
from kdviz.serve.memory import proportional

PAGE = "voila/render/05_training_race.ipynb"
LIMIT = 900.0  # s after which a run has failed


async def run(visit: Visit) -> str:
    """Press Play; returns how the run ended: finished, failed, or lost with the kernel."""
    await press(visit, "play")
    async for kind, content in heard(visit, LIMIT):
        data = content.get("data", {}) if kind == "comm_msg" else {}
        frame = data.get("content") if data.get("method") == "custom" else None
        state = frame.get("texts", {}).get("run", {}).get("state") if isinstance(frame, dict) else None
        if state in ("finished", "failed"):
            return str(state)
    return "lost"


def taken(process: psutil.Process) -> float:
    """Return the MiB of the server and of all that it started (PSS)."""
    return sum(proportional(one.pid) for one in (process, *process.children(recursive=True)))


async def pressed(address: str, process: psutil.Process, people: int) -> tuple[list[str], float, float]:
    """Open the page `people` times, press Play everywhere; returns (how runs ended, most MiB, s)."""
    crowd = Crowd(address, PAGE, LIMIT)
    visits = await asyncio.gather(*(crowd.visit() for _ in range(people)))
    assert not any(visit.trouble for visit in visits), [visit.trouble for visit in visits if visit.trouble][:3]
    began, most = time.monotonic(), 0.0
    runs = [asyncio.ensure_future(asyncio.wait_for(run(visit), LIMIT)) for visit in visits]
    while not all(one.done() for one in runs):
        most = max(most, await asyncio.to_thread(taken, process))
        await asyncio.wait(runs, timeout=2)
    ended = [str(one.exception() or one.result()) for one in runs]
    spent = time.monotonic() - began
    await asyncio.gather(*(crowd.leave(visit) for visit in visits))
    return ended, most, spent


def rows(address: str, process: psutil.Process, people: int, mebibytes: int) -> list[Row]:
    """Return the figures of a class on a server that was told it has `mebibytes`."""
    ended, most, spent = asyncio.run(pressed(address, process, people))
    note = f"{people} press Play on page 05 at once; {mebibytes} MiB; last finished after {spent:.0f} s"
    trouble = sorted(set(ended) - {"finished"})
    return [
        Row(
            "live runs finished", float(ended.count("finished")), "", ("=", float(people)), "; ".join([note, *trouble])
        ),
        Row("kernels or runs lost", float(people - ended.count("finished")), "", ("=", 0.0), note),
        Row("most memory of the server and all it started", most, "MiB", ("≤", float(mebibytes)), "PSS"),
    ]
