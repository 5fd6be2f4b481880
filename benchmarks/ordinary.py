"""The ordinary, checked call `KD(T).value` and `KD(T).grad` against `F.kl_div` and its autograd, from 1 MB on.

`F.kl_div` is called as everybody writes it: two softmaxes in the type of the input, no check, no care at high T.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks.table import Row
from kdviz.losses import KD

SLOWEST = 1.5  # times F.kl_div forward
LARGE, PLAIN = (8, 64, 32000), (512, 1000)
CASES = (  # type, shape, T
    ("bfloat16", LARGE, 4.0),
    ("float32", LARGE, 4.0),
    ("bfloat16", PLAIN, 4.0),
    ("float32", PLAIN, 4.0),
    ("float32", PLAIN, 1.0),
    ("float32", PLAIN, 1e3),
    ("float32", PLAIN, math.inf),
    ("float64", PLAIN, 4.0),
)

Medians = Callable[..., dict[str, float]]


def rows(medians: Medians, *, quick: bool) -> list[Row]:
    """Ratios of every case on one thread and on two, and of NumPy arrays."""
    found = []
    for threads in (1,) if quick else (1, 2):
        with pinned(threads):
            for dtype, shape, T in CASES[2:5] if quick else CASES:
                found += case(medians, dtype, shape, T, threads, quick=quick)
    with pinned(1):
        for dtype in ("float32",) if quick else ("float32", "float64"):
            found += case(medians, dtype, PLAIN, 4.0, 1, quick=quick, numpy=True)
    return found


def case(
    medians: Medians, dtype: str, shape: tuple[int, ...], T: float, threads: int, *, quick: bool, numpy: bool = False
) -> list[Row]:
    """The value as a multiple of F.kl_div's time, and how many times faster than autograd the gradient is."""
    import torch
    import torch.nn.functional as F

    torch.manual_seed(0)
    student, teacher = ((3 * torch.randn(shape)).to(getattr(torch, dtype)) for _ in range(2))
    usual, leaf, loss = min(T, 1e4), student.clone().requires_grad_(), KD(T)  # F.kl_div knows no infinity
    given: Any = (student.numpy(), teacher.numpy()) if numpy else (student, teacher)

    def forward(z: Any = student) -> Any:
        log_s, p_t = F.log_softmax(z / usual, -1), F.softmax(teacher / usual, -1)
        return F.kl_div(log_s, p_t, reduction="none").sum(-1) * usual**2

    def backward() -> None:
        leaf.grad = None
        forward(leaf).sum().backward()

    seconds = medians(
        {
            "forward": forward,
            "value": lambda: loss.value(*given),
            "backward": backward,
            "grad": lambda: loss.grad(*given),
        },
        quick=quick or math.prod(shape) > 2**22,
    )
    name = f"{'NumPy ' if numpy else ''}{dtype} {shape}, T={'∞' if math.isinf(T) else f'{T:g}'}, {threads} thread"
    name += "s" if threads > 1 else ""
    detail = {f"{key}_ms": 1e3 * value for key, value in seconds.items()}
    pairs = ("value", "forward"), ("grad", "backward")
    notes = [f"{1e3 * seconds[ours]:.3g} ms against {1e3 * seconds[theirs]:.3g}" for ours, theirs in pairs]
    return [
        Row(f"KD.value, {name}", seconds["value"] / seconds["forward"], "× F.kl_div", ("≤", SLOWEST), notes[0], detail),
        Row(f"KD.grad, {name}", seconds["backward"] / seconds["grad"], "× autograd", ("≥", 1.0), notes[1], detail),
    ]


@contextmanager
def pinned(threads: int) -> Iterator[None]:
    """PyTorch on so many threads."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)
