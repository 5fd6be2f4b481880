"""How many threads training takes, and torch as it is by default, whatever the caller has switched on."""

import functools
import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import torch

from kdviz.core.check import BadInput

ALLOWED = torch.get_num_threads()  # what the user or OMP_NUM_THREADS allows; never exceeded
THREADED: set[int] = set()  # processes in which torch has had threads; a fork inherits this, not the threads
STARTED = 'take ProcessPoolExecutor(mp_context=multiprocessing.get_context("spawn"))'
WORTH_TWO = 10_000  # hidden units over all runs from which a second thread pays; the default race has 5760


def unforked() -> None:
    """Raise BadInput in a process that was forked from one in which torch has had threads: here it would hang.

    >>> unforked()
    """
    if THREADED and os.getpid() not in THREADED:
        raise BadInput(
            "training must not go on in a forked process: torch had computed before the fork and would wait for "
            f"threads that are gone; {STARTED}"
        )
    if torch.get_num_threads() > 1:
        THREADED.add(os.getpid())


@contextmanager
def pinned(units: int) -> Iterator[None]:
    """Threads for an ensemble of `units` hidden units in all: one where barriers cost more than they give, else two.

    Restores what was set before. Left alone, torch takes a thread per core of the host, also in half a container.
    """
    unforked()
    before = torch.get_num_threads()
    wanted = min(ALLOWED, 1 if units < WORTH_TWO else 2, cores())
    if wanted != before:
        torch.set_num_threads(wanted)
    try:
        yield
    finally:
        if torch.get_num_threads() != before:
            torch.set_num_threads(before)


@contextmanager
def ordinary(place: str = "cpu") -> Iterator[None]:
    """torch as it is by default, whatever the caller has switched on: gradients, no autocast, no inference mode."""
    exact = torch.autocast(place, enabled=False) if torch.amp.is_autocast_available(place) else nullcontext()
    with torch.inference_mode(False), torch.enable_grad(), exact:
        yield


@functools.cache
def cores() -> int:
    """Whole cores that this process may use: its affinity and the container's quota, at least 1.

    >>> cores() >= 1
    True
    """
    found = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text(encoding="ascii").split()
        found = min(found, int(quota) // int(period))
    except (OSError, ValueError):  # no cgroup, or no quota ("max")
        pass
    return max(1, found)
