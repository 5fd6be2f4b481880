"""The bell rings: thirty visitors open page 02 at once, against stock Voila on the same machine in the same run."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import psutil

from benchmarks import attacks, runs, servers
from benchmarks.table import Row
from benchmarks.visitor import Crowd, Visit
from kdviz.serve.address import free_port
from kdviz.serve.memory import proportional
from kdviz.serve.zygote import KERNEL
from tools.browsing import ROOT

PAGE = "voila/render/02_gradient_gap.ipynb"
LIMIT = 240.0  # s after which a visit has failed
GROWN = 1.10  # × what the server took before a crowd
AFTER = 100.0  # s in which it has to come back to that: connections are remembered for a minute


@contextmanager
def ours(*options: str, **extra: str) -> Iterator[tuple[str, psutil.Process]]:
    """Run `kdviz serve` with these options and environment; yields (address, process)."""
    command = [sys.executable, "-m", "kdviz", "serve", "--port", "0", *options]
    with servers.running(command, cwd=ROOT, ready=r"http://\S+?/", **extra) as (process, match):
        time.sleep(3)  # the prepared process is made
        yield match.group(), psutil.Process(process.pid)


@contextmanager
def stock() -> Iterator[tuple[str, psutil.Process]]:
    """Run Voila as it comes, over the same pages; only its beacon is let in, so that storms leave nothing behind."""
    port = free_port()
    command = [sys.executable, "-m", "voila", ROOT / "dashboards", "--no-browser", f"--port={port}", "--template=lab"]
    command.append("--Voila.tornado_settings={'disable_check_xsrf': True}")
    with tempfile.TemporaryDirectory() as elsewhere, servers.running(command, cwd=Path(elsewhere)) as (process, _):
        servers.wait_for(f"http://127.0.0.1:{port}/")
        yield f"http://127.0.0.1:{port}/", psutil.Process(process.pid)


def spent(process: psutil.Process) -> float:
    """CPU seconds of a process and all processes below it that still run."""
    total = 0.0
    for one in (process, *process.children(recursive=True)):
        with suppress(psutil.Error):  # one that ends just now
            total += sum(one.cpu_times()[:2])
    return total


def kernels(process: psutil.Process) -> list[psutil.Process]:
    """The forked kernels that run."""
    found = []
    for one in process.children(recursive=True):
        with suppress(psutil.Error):
            if one.status() != psutil.STATUS_ZOMBIE and one.name() == KERNEL:
                found.append(one)
    return found


async def storm(address: str, process: psutil.Process, count: int) -> tuple[list[Visit], float, float]:
    """Open the page `count` times at once and leave again; returns (visits, CPU s, MiB of the kernels) per session."""
    crowd, before, left = Crowd(address, PAGE, LIMIT), spent(process), len(process.children(recursive=True))
    visits = await asyncio.gather(*(crowd.visit() for _ in range(count)))
    cost = (spent(process) - before) / count
    memory = sum(proportional(child.pid) for child in process.children(recursive=True)) / count
    await asyncio.gather(*(crowd.leave(visit) for visit in visits))
    until = time.monotonic() + 30
    while time.monotonic() < until and len(process.children(recursive=True)) > left:
        await asyncio.sleep(0.2)
    return visits, cost, memory


def storms(address: str, process: psutil.Process, count: int, times: int) -> dict[str, float]:
    """Some storms: medians over them of first, middle and last, CPU s and MiB per session, and all failures."""
    found = [asyncio.run(storm(address, process, count)) for _ in range(times)]
    ready = [[visit.ready for visit in visits] for visits, _, _ in found]
    trouble = [visit.trouble for visits, _, _ in found for visit in visits if visit.trouble]
    names = {"first": np.min, "middle": np.median, "last": np.max}
    return {name: float(np.median([how(times) for times in ready])) for name, how in names.items()} | {
        "cpu": float(np.median([cost for _, cost, _ in found])),
        "memory": float(np.median([memory for _, _, memory in found])),
        "failures": float(len(trouble)),
        "trouble": "; ".join(sorted(set(trouble))),
    }


async def crowded(address: str, process: psutil.Process, people: int, places: int) -> list[Row]:
    """More people than places: all places fill up, everybody else waits, each leaves in turn, and all are served."""
    crowd, most, full = Crowd(address, PAGE, 10 * LIMIT), 0, asyncio.Event()
    await crowd.leave(await crowd.visit())
    before = process.memory_info().rss

    async def stay() -> Visit:
        nonlocal most
        visit = await crowd.visit()
        most = max(most, len(kernels(process)))
        if most >= places:
            full.set()
        await asyncio.wait_for(full.wait(), LIMIT)
        await asyncio.sleep(1)
        await crowd.leave(visit)
        return visit

    visits = await asyncio.gather(*(stay() for _ in range(people)))
    left = time.monotonic()
    while process.memory_info().rss > GROWN * before and time.monotonic() < left + AFTER:
        await asyncio.sleep(1)
    note = f"{people} people, {places} places"
    after = f"{note}; {time.monotonic() - left:.0f} s after the last has left"
    served = sum(not visit.trouble for visit in visits)
    waited = sum(visit.waited for visit in visits)
    return [
        Row("most kernels at once", float(most), "", ("=", float(places)), note),
        Row("people who saw the waiting page", float(waited), "", ("≥", float(people - places)), note),
        Row("people served in the end", float(served), "", ("=", float(people)), note),
        Row("memory of the server", process.memory_info().rss / before, "× before", ("≤", GROWN), after),
    ]


def rows(quick: bool = False) -> list[Row]:
    """Return the figures of the server."""
    count, times = (6, 1) if quick else (30, 10)
    with stock() as (address, process):
        theirs = storms(address, process, count, 1 if quick else 2)
    with ours("--fork", "--max-sessions", "100", "--no-token") as (address, process):
        mine = storms(address, process, count, times)
        many = storms(address, process, 10 if quick else 90, 1)
    with ours("--no-fork", "--max-sessions", "100") as (address, process):
        plain = storms(address, process, count, 1 if quick else 2)
    people, places = (24, 5) if quick else (300, 60)
    with ours("--fork", "--max-sessions", str(places)) as (address, process):
        crowd = asyncio.run(crowded(address, process, people, places))
    attacked = 4 if quick else 12
    with ours("--fork", "--max-sessions", str(attacked)) as (address, process):
        crowd += attacks.rows(address, process, attacked)
    pupils, memory_mib = (4, 2048) if quick else (60, 8192)
    with ours("--fork", "--max-sessions", "60", KDVIZ_MEMORY_LIMIT=str(memory_mib)) as (address, process):
        crowd += runs.rows(address, process, pupils, memory_mib)
    cores = f"{count} visitors, {os.cpu_count()} cores"
    note = f"{mine['last']:.1f} s against {theirs['last']:.1f} s, {cores}"
    middle = f"{mine['middle']:.1f} s against {theirs['middle']:.1f} s"
    against = f"stock {theirs['cpu']:.2f}, without forking {plain['cpu']:.2f}"
    memory = f"PSS; stock {theirs['memory']:.0f}, without forking {plain['memory']:.0f}"
    unforked = f"without forking, {plain['last']:.1f} s; {plain['failures']:.0f} failures"
    return [
        Row("last visitor ready", mine["last"] / theirs["last"], "× stock Voila", ("≤", 0.5), note, theirs),
        Row("median visitor ready", mine["middle"] / theirs["middle"], "× stock Voila", ("≤", 0.4), middle, mine),
        Row("last visitor ready", plain["last"] / theirs["last"], "× stock Voila", None, unforked, plain),
        Row("first visitor ready", mine["first"], "s", ("≤", 3.0), f"stock {theirs['first']:.1f} s"),
        Row("CPU per session", mine["cpu"], "s", ("≤", 0.35), against),
        Row("memory per session", mine["memory"], "MiB", ("≤", 35.0), memory),
        Row(
            f"failures in {times} storms", mine["failures"], "", ("=", 0.0), mine["trouble"] or f"{count} visitors each"
        ),
        Row("failures in one large storm", many["failures"], "", ("=", 0.0), f"last ready after {many['last']:.1f} s"),
        *crowd,
    ]
