"""How much memory there is: the machine's, what a container's limit leaves, or the MiB that KDVIZ_MEMORY_LIMIT names.

Everything here only reads, and is in MiB; a process that has gone takes nothing.
"""

from __future__ import annotations

import math
import os
from pathlib import Path

import psutil

LIMIT = "KDVIZ_MEMORY_LIMIT"  # environment: MiB for the server and all its processes
NONE = 1 << 50  # bytes: what a control group without a limit says is at least as much
V2 = ("memory.max", "memory.current", "inactive_file")
V1 = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")


def free(own: psutil.Process | None = None) -> float:
    """Return how much more this server and its processes may take: the least of all limits.

    With KDVIZ_MEMORY_LIMIT the processes are those below `own` (by default below this one), and itself.
    """
    machine = min(psutil.virtual_memory().available / 2**20, contained())
    if not (given := os.environ.get(LIMIT, "")).isdecimal():
        return machine
    root = own or psutil.Process()
    used = sum(proportional(process.pid) for process in [root, *root.children(recursive=True)])
    return min(machine, int(given) - used)


def contained(groups: Path = Path("/proc/self/cgroup"), mount: Path = Path("/sys/fs/cgroup")) -> float:
    """Return what the tightest control group around this process leaves; infinity without a limit (Linux)."""
    try:
        lines = [line.split(":", 2) for line in groups.read_text(encoding="utf-8").splitlines()]
    except OSError:
        return math.inf
    left = math.inf
    for _, controllers, path in (line for line in lines if len(line) == 3):
        if controllers and "memory" not in controllers.split(","):
            continue
        base, names = (mount / "memory", V1) if controllers else (mount, V2)
        place = base / path.lstrip("/")
        for folder in (place, *place.parents):  # inside a container the path may not be there, its root is
            left = min(left, left_by(folder, *names))
            if folder == base:
                break
    return left


def left_by(folder: Path, limit: str, usage: str, cache: str) -> float:
    """Return what one control group leaves; files that can be dropped count as free."""
    try:
        most, taken = (folder / limit).read_text(encoding="ascii").strip(), int((folder / usage).read_text("ascii"))
        if most == "max" or int(most) >= NONE:
            return math.inf
        counts = dict(line.split() for line in (folder / "memory.stat").read_text("ascii").splitlines())
        return (int(most) - taken + int(counts.get(cache, 0))) / 2**20
    except (OSError, ValueError):
        return math.inf


def proportional(pid: int) -> float:
    """Return the memory of a process with its share of what it shares (PSS); RSS where the system does not tell."""
    return _rolled(pid, "Pss:")


def private(pid: int) -> float:
    """Return the memory that comes back when a process ends, files apart; RSS where the system does not tell."""
    return _rolled(pid, "Private_Dirty:")


def worked(pid: int) -> float:
    """Return the seconds of the processor that a process has used."""
    try:
        return float(sum(psutil.Process(pid).cpu_times()[:2]))
    except psutil.Error:
        return 0.0


def _rolled(pid: int, *names: str) -> float:
    try:
        lines = [line.split() for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()]
        return sum(int(words[1]) for words in lines if words[0] in names) / 1024
    except (OSError, ValueError):
        pass
    try:
        return float(psutil.Process(pid).memory_info().rss) / 2**20
    except psutil.Error:
        return 0.0
