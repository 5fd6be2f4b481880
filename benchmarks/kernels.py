"""The training kernels against autograd of `F.kl_div`, and what a slider step costs in Python.

Candidates take turns in one process, so that a busy machine slows all of them alike; ratios are medians over the turns.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks import ordinary
from benchmarks.table import Row
from kdviz.core import kernel
from kdviz.pages.catalogue import CATALOGUE, load

SHAPES = ((1, 10), (64, 100), (256, 1000), (128, 32000))  # (B, K)
TEMPERATURE = 4.0
CLOSED = {(64, 100): 8.0, (256, 1000): 6.0, (128, 32000): 4.0}  # goals, in multiples of autograd's speed
STABLE = 1.8
BUFFERS = 2.1

Calls = dict[str, Callable[[], object]]


def rows(*, quick: bool = False) -> list[Row]:
    """Every figure of the kernels, of NumPy at widget sizes, and of the lessons."""
    try:
        import torch
    except ModuleNotFoundError:
        return [Row("KD gradient against autograd", None, note="PyTorch is not installed"), *lessons(quick=quick)]
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        found = [row for shape in SHAPES[: 2 if quick else 4] for row in against_autograd(shape, quick=quick)]
        found += ordinary.rows(medians, quick=quick)
        return [*found, *widget_sizes(quick=quick), *on_gpu(), *lessons(quick=quick)]
    finally:
        torch.set_num_threads(threads)


def candidates(shape: tuple[int, int], device: str = "cpu") -> Calls:
    """The three ways to the same gradient in float32, the teacher prepared once where the kernel allows it."""
    import torch
    import torch.nn.functional as F

    torch.manual_seed(0)
    student, logits = (3 * torch.randn(shape, device=device) for _ in range(2))
    teacher, leaf = kernel.prepare(logits, TEMPERATURE), student.clone().requires_grad_()

    def autograd():
        leaf.grad = None
        log_s, p_t = F.log_softmax(leaf / TEMPERATURE, -1), F.softmax(logits / TEMPERATURE, -1)
        (F.kl_div(log_s, p_t, reduction="batchmean") * TEMPERATURE**2).backward()
        return leaf.grad

    calls: Calls = {
        "autograd": autograd,
        "closed": lambda: kernel.closed_grad(student, teacher),
        "stable": lambda: kernel.stable_grad(student, teacher),
    }
    usual = shape[0] * autograd().clone()  # batchmean divides by B
    for name in ("closed", "stable"):
        torch.testing.assert_close(calls[name](), usual, rtol=1e-3, atol=1e-5)
    return calls


def medians(calls: Calls, *, quick: bool, block: float = 0.02, wait: Callable[[], object] = lambda: None) -> dict:
    """Median seconds per call; the calls take turns in blocks of about `block` seconds."""
    for call in calls.values():
        call()
    times: dict[str, list[float]] = {name: [] for name in calls}
    count = dict.fromkeys(calls, 1)
    for turn in range(4 if quick else 25):
        for name, call in calls.items():
            wait()
            start = time.perf_counter()
            for _ in range(count[name]):
                call()
            wait()
            spent = (time.perf_counter() - start) / count[name]
            if turn:
                times[name].append(spent)
            count[name] = max(1, round((block / 10 if quick else block) / spent))
    return {name: float(np.median(values)) for name, values in times.items()}


def against_autograd(shape: tuple[int, int], *, quick: bool) -> list[Row]:
    """Speed and extra memory of the closed and the stable gradient at one shape."""
    calls = candidates(shape)
    seconds = medians(calls, quick=quick)
    detail = {f"{name}_us": 1e6 * value for name, value in seconds.items()}
    found = []
    for name in ("closed", "stable"):
        goal = CLOSED.get(shape) if name == "closed" else STABLE
        what, note = (
            f"KD gradient, {name}, {shape}",
            f"{tidy_time(seconds[name])} against {tidy_time(seconds['autograd'])}",
        )
        ratio = seconds["autograd"] / seconds[name]
        found.append(Row(what, ratio, "× autograd", ("≥", goal) if goal else None, note, detail))
    if shape[0] * shape[1] < 100_000:
        return found
    for name, call in calls.items():
        used = buffers(call, 4 * shape[0] * shape[1])
        what = f"extra memory, {name}, {shape}"
        found.append(Row(what, used, "buffers", ("≤", BUFFERS) if name != "autograd" else None))
    return found


def buffers(call: Callable[[], object], size: int) -> float:
    """Peak of what `call` allocates, its result included, in buffers of `size` bytes (torch's own memory profile)."""
    from torch.profiler import ProfilerActivity, profile

    with silent(), profile(activities=[ProfilerActivity.CPU], profile_memory=True) as seen:
        call()
    with tempfile.TemporaryDirectory() as folder:
        trace = Path(folder) / "trace.json"
        seen.export_chrome_trace(str(trace))
        events = json.loads(trace.read_text(encoding="utf-8"))["traceEvents"]
    moves = sorted((event["ts"], event["args"]["Bytes"]) for event in events if event.get("name") == "[memory]")
    return max(np.cumsum([size for _, size in moves]), default=0) / size


@contextmanager
def silent() -> Iterator[None]:
    """Send what native code writes to the standard error nowhere: torch's profiler greets there."""
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def widget_sizes(*, quick: bool) -> list[Row]:
    """NumPy at the sizes of a page, where a tensor's overhead counts most."""
    found = []
    for shape in ((1, 10), (1, 1000)):
        rng = np.random.default_rng(0)
        student, logits = (3 * rng.standard_normal(shape, dtype=np.float32) for _ in range(2))
        teacher = kernel.prepare(logits, TEMPERATURE)
        calls = {"autograd": candidates(shape)["autograd"]}
        calls["closed"] = lambda s=student, t=teacher: kernel.closed_grad(s, t)
        calls["exact"] = lambda s=student, z=logits: kernel.kd_grad(s, z, TEMPERATURE)
        seconds = medians(calls, quick=quick)
        note = f"{tidy_time(seconds['closed'])}; checked and exact kd_grad {tidy_time(seconds['exact'])}"
        ratio = seconds["autograd"] / seconds["closed"]
        found.append(Row(f"KD gradient, closed in NumPy, {shape}", ratio, "× autograd", None, note))
    return found


def on_gpu() -> list[Row]:
    """The largest shape on a CUDA device, where there is one."""
    import torch

    if not torch.cuda.is_available():
        return [Row(f"KD gradient on a GPU, {SHAPES[-1]}", None, note="no CUDA device here")]
    seconds = medians(candidates(SHAPES[-1], "cuda"), quick=False, wait=torch.cuda.synchronize)
    note = torch.cuda.get_device_name()
    names = ("closed", "stable")
    return [
        Row(f"KD gradient, {n}, {SHAPES[-1]}", seconds["autograd"] / seconds[n], "× autograd", None, note)
        for n in names
    ]


def lessons(*, quick: bool) -> list[Row]:
    """Milliseconds of one slider step in Python, `compute` and the figures, with T and with a mean under the hand."""
    found = []
    for slug in CATALOGUE:
        try:
            lesson = load(slug)
        except ModuleNotFoundError:
            found.append(Row(f"step in Python, {slug}", None, note="not there yet"))
            continue
        for classes in (10, 1000):
            if "classes" not in lesson.params.__dataclass_fields__:
                continue
            start = lesson.params(classes=classes)
            by_t = [replace(start, temperature=float(t)) for t in np.geomspace(0.5, 1e3, 6 if quick else 40)]
            offset = next((n for n in ("student_mean", "offset") if n in lesson.params.__dataclass_fields__), None)
            by_mean = [replace(start, **{offset: float(c)}) for c in np.linspace(-2, 2, len(by_t))] if offset else []
            spent = {name: milliseconds(lesson, states) for name, states in (("T", by_t), ("mean", by_mean)) if states}
            note = ", ".join(f"{name} {value:.1f} ms" for name, value in spent.items())
            found.append(Row(f"step in Python, {slug}, K={classes}", max(spent.values()), "ms", None, note, spent))
    return found


def milliseconds(lesson, states: Iterable) -> float:
    """Median time of `compute` and all figures over states that differ in one knob."""
    times = []
    for params in states:
        start = time.perf_counter()
        result = lesson.compute(params)
        for draw in lesson.figures:
            draw(result)
        times.append(time.perf_counter() - start)
    return 1e3 * float(np.median(times))


def tidy_time(seconds: float) -> str:
    """Seconds as µs or ms with three digits.

    >>> tidy_time(1.5e-5), tidy_time(0.0123)
    ('15 µs', '12.3 ms')
    """
    return f"{1e6 * seconds:.3g} µs" if seconds < 1e-3 else f"{1e3 * seconds:.3g} ms"
