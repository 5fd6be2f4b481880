"""Table 1 again: 4 × 6000 fresh ResNets as grouped networks, against the plain loop over modules.

CPU time of this process on one thread; both ways take turns, and the quickest turn of each (what
else runs here slows the others) is scaled to 6000 seeds.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from benchmarks.table import Row
from kdviz.core.heads import NETWORKS, RUNS

FASTER = 3.0  # goals: times the plain loop; seconds of CPU for all seeds; seconds for a preview
WHOLE = 110.0
PREVIEW = 3.0


def rows(*, quick: bool = False) -> list[Row]:
    """Every figure of the mean logit at initialisation."""
    try:
        import torch
    except ModuleNotFoundError:
        return [Row("Table 1, 4 × 6000 seeds", None, note="PyTorch is not installed")]
    from kdviz.train.init_stats import preview

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        plain, grouped = per_seed(turns=2 if quick else 12)
        start = time.process_time()
        preview(trunks=8 if quick else 48)
        glance, peak = time.process_time() - start, gemm()
    finally:
        torch.set_num_threads(threads)
    sample = f"quickest of {2 if quick else 12} turns, scaled to {RUNS} seeds of each network"
    detail = {"plain_ms_per_seed": 1e3 * plain, "grouped_ms_per_seed": 1e3 * grouped, "gemm_gflops": peak}
    note = f"{1e3 * grouped:.1f} ms against {1e3 * plain:.1f} ms for one seed of all four; {sample}"
    return [
        Row("Table 1, all seeds", plain / grouped, "× the plain loop over modules", ("≥", FASTER), note, detail),
        Row(
            "Table 1, all seeds, one thread",
            RUNS * grouped,
            "s of CPU",
            ("≤", WHOLE),
            f"{sample}; 1024³ GEMM at {peak:.0f} GFLOP/s",
        ),
        Row("Table 1, preview", glance, "s of CPU", ("≤", PREVIEW), f"{8 if quick else 48} trunks of each network"),
    ]


def gemm() -> float:
    """GFLOP/s of a float32 product of 1024 × 1024 matrices now: how much of this processor was ours."""
    import torch

    left, times = torch.randn(1024, 1024), []
    for _ in range(6):
        start = time.process_time()
        left @ left
        times.append(time.process_time() - start)
    return 2 * 1024**3 / min(times) / 1e9


def per_seed(turns: int) -> tuple[float, float]:
    """Seconds of CPU for one seed of all four networks: the plain loop, and a block of grouped networks."""
    from kdviz.train.grouped import pool
    from kdviz.train.init_stats import BLOCK, block

    def plain(seed: int) -> None:
        for name in NETWORKS:
            one(name, seed)

    def grouped(seed: int) -> None:
        seeds = range(seed, seed + BLOCK)
        normals = pool(NETWORKS, seeds)
        for name in NETWORKS:
            block(name, seeds, (True,), normals)

    ways: tuple[tuple[Callable[[int], None], int], ...] = ((plain, 1), (grouped, BLOCK))
    times: list[list[float]] = [[], []]
    for turn in range(turns + 1):
        for spent, (run, count) in zip(times, ways, strict=True):
            start = time.process_time()
            for _ in range(1 if count > 1 else 2):
                run(turn * BLOCK)
            if turn:  # the first warms up
                spent.append((time.process_time() - start) / max(2, count))
    return min(times[0]), min(times[1])


def one(name: str, seed: int) -> float:
    """The mean logit of one seed as anybody would write it: build the module, one image, forward, item."""
    import torch

    from kdviz.train.resnet import ResNet

    torch.manual_seed(seed)
    network = ResNet(name).train()
    with torch.no_grad():
        return network(torch.randn(1, 3, 32, 32)).mean().item()
