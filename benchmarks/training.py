"""Many students at once against one after the other: the usual loop over a DataLoader, and a lean one.

Everything is CPU time of one process on one thread, so that a busy machine counts less; ratios are within one run.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.loops import lean, usual
from benchmarks.table import Row

METHODS, SEEDS, STEPS, SAMPLES = 9, 20, 300, 100
SHAPES = {(64, 32, 10, 100): 0.33, (64, 128, 100, 256): 0.45}  # D, H, K, B -> goal, as a share of the GEMM peak
RUNS = 32
MEMORY = """
from benchmarks.training import race, resident
race(steps=50)
print(resident())
"""


def rows(*, quick: bool = False) -> list[Row]:
    """Every figure of the training engine."""
    try:
        import torch
    except ModuleNotFoundError:
        return [Row("training", None, note="PyTorch is not installed")]
    from kdviz.train import device

    threads, allowed = torch.get_num_threads(), device.ALLOWED
    torch.set_num_threads(1)
    device.ALLOWED = 1
    try:
        return [*loops(quick=quick), *shares(quick=quick), memory(), *on_gpu(quick=quick)]
    finally:
        torch.set_num_threads(threads)
        device.ALLOWED = allowed


def cpu(call: Callable[[], Any]) -> float:
    """CPU seconds of this process that a call takes."""
    start = time.process_time()
    call()
    return time.process_time() - start


def contest():
    """The default race: data, runs, their transfer sets and the plan; all that is taught comes from one teacher."""
    from kdviz.losses import CE, KD, LM
    from kdviz.problems.digits import digits
    from kdviz.problems.transfer import transfer_sets
    from kdviz.train.fit import Plan, Run
    from kdviz.train.teachers import teacher

    data = digits()
    taught = teacher(data)
    losses = (CE(), *(KD(T) for T in (1.0, 2.0, 4.0, 8.0, 16.0, 64.0, float("inf"))), LM())
    index, labels = transfer_sets(data, SAMPLES, range(SEEDS))
    runs = [Run(loss, seed) for seed in range(SEEDS) for loss in losses]
    sets = [i // METHODS for i in range(len(runs))]
    return data, taught, runs, index[sets], labels[sets], Plan(steps=STEPS, every=50)


def race(steps: int = STEPS) -> None:
    """Train and evaluate all students of the default race, the teacher included."""
    from dataclasses import replace

    from kdviz.train.fit import fit
    from kdviz.train.measure import evaluate

    data, taught, runs, index, labels, plan = contest()
    watch = evaluate(data, taught.test)
    for _ in fit(runs, replace(plan, steps=steps), data.x[index], labels, taught.train[index], watch=watch):
        pass


def loops(*, quick: bool) -> list[Row]:
    """The ensemble against the usual loop and a lean sequential one, whose students are a sample of the same race."""
    from kdviz.train.fit import fit

    data, taught, runs, index, labels, plan = contest()
    some = range(0, len(runs), 60 if quick else 13)  # 13 and 9 have no common factor: every method comes up
    times: dict[str, list[float]] = {"ensemble": [], "usual": [], "lean": []}
    for i in some:
        x, y, zt = data.x[index[i]], labels[i], taught.train[index[i]]
        times["usual"].append(cpu(lambda i=i, x=x, y=y: usual(runs[i], x, y, taught.logits, STEPS)))
        times["lean"].append(cpu(lambda i=i, x=x, y=y, zt=zt: lean(runs[i], x, y, zt, STEPS)))
        if i in some[:: max(1, len(some) // (1 if quick else 4))]:  # in turns, so that a busy machine slows all alike
            times["ensemble"].append(
                cpu(lambda: list(fit(runs, plan, data.x[index], labels, taught.train[index]))) / len(runs)
            )
    mean = {name: sum(values) / len(values) for name, values in times.items()}
    students = f"{METHODS} methods × {SEEDS} seeds × {STEPS} steps"
    note = f"{len(some)} of {len(runs)} students of the loop, scaled; {1e6 * mean['ensemble'] / STEPS:.0f} µs a step"
    total = min(cpu(race) for _ in range(1 if quick else 3))
    detail = {f"{name}_us_per_step": 1e6 * value / STEPS for name, value in mean.items()}
    return [
        Row(f"{students}, DataLoader loop", mean["usual"] / mean["ensemble"], "× ensemble", ("≥", 25.0), note, detail),
        Row(f"{students}, lean loop", mean["lean"] / mean["ensemble"], "× ensemble", ("≥", 8.0), note, detail),
        Row(
            f"{students}, with teacher and tests",
            total,
            "s",
            ("≤", 3.0),
            "CPU, one thread, best of the repeats; evaluated every 50 steps",
        ),
        Row("student steps", 1e-3 * STEPS / mean["ensemble"], "thousand/s", note="CPU, one thread"),
    ]


def shares(*, quick: bool) -> list[Row]:
    """Floating-point rate of whole training steps at E = 32, as a share of the largest product of matrices."""
    found = []
    for shape, goal in SHAPES.items():
        plain, stable, peak = rates(*shape, rounds=3 if quick else 15)
        note = f"{plain / 1e9:.0f} of {peak / 1e9:.0f} GFLOP/s, T = 1; {stable / 1e9:.0f} at T = 4; best of the rounds"
        what = f"GEMM peak reached, {'-'.join(map(str, shape[:3]))}, E = {RUNS}, B = {shape[3]}"
        found.append(Row(what, 100 * plain / peak, "%", ("≥", 100 * goal), note))
    return found


def rates(inputs: int, hidden: int, classes: int, batch: int, *, rounds: int) -> tuple[float, float, float]:
    """Best FLOP/s of training at T = 1 and at T = 4 and of a 1024³ product, in turns; layers' multiplications only."""
    import torch

    from kdviz.losses import KD
    from kdviz.train.fit import Plan, Run, fit
    from kdviz.train.nets import MLP

    draw = torch.Generator().manual_seed(0)
    x, zt = torch.randn(batch, inputs, generator=draw), 3 * torch.randn(batch, classes, generator=draw)
    square, count = torch.randn(1024, 1024, generator=draw), 20
    plan = Plan(MLP((hidden,)), steps=count * (rounds + 1), every=count)
    students = [fit([Run(KD(T), s) for s in range(RUNS)], plan, x, None, zt) for T in (1.0, 4.0)]
    calls = [*(lambda steps=steps: next(steps) for steps in students), lambda: square @ square]
    for call in (*calls, *calls[:2]):
        call()
    seconds = [min(values) for values in zip(*([cpu(call) for call in calls] for _ in range(rounds)), strict=True)]
    work = RUNS * batch * 2 * (2 * inputs * hidden + 3 * hidden * classes)  # no gradient of the input
    return count * work / seconds[0], count * work / seconds[1], 2 * 1024**3 / seconds[2]


def resident() -> float:
    """Largest resident size of this process in MB.

    Linux keeps it per program in /proc; `getrusage` would count what the process was before it became this program.
    """
    try:
        lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
        return float(next(line.split()[1] for line in lines if line.startswith("VmHWM"))) / 1024
    except OSError:
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def memory() -> Row:
    """Largest resident size of a fresh process that runs the default race."""
    root = Path(__file__).parents[1]
    done = subprocess.run([sys.executable, "-c", MEMORY], cwd=root, capture_output=True, text=True, check=False)
    if done.returncode:
        return Row("memory of the default race", None, note=done.stderr.strip().splitlines()[-1][:160])
    return Row(
        "memory of the default race",
        float(done.stdout),
        "MB",
        ("≤", 500.0),
        "resident, torch included; 50 of the steps",
    )


def on_gpu(*, quick: bool) -> list[Row]:
    """Times of one step on a CUDA device at E = 32, 512, 4096, where there is one."""
    import torch

    if not torch.cuda.is_available():
        return [Row("training on a GPU, E = 32, 512, 4096", None, note="no CUDA device here")]
    from kdviz.losses import KD
    from kdviz.train.fit import Plan, Run, fit
    from kdviz.train.nets import MLP

    found, name = [], torch.cuda.get_device_name()
    for inputs, hidden, classes, batch in SHAPES:
        x = torch.randn(batch, inputs, device="cuda")
        zt = 3 * torch.randn(batch, classes, device="cuda")
        for count in (32, 512, 4096):
            runs, plan = [Run(KD(4.0), s) for s in range(count)], Plan(MLP((hidden,)), steps=200, every=100)
            steps = fit(runs, plan, x, None, zt)
            next(steps), next(steps)
            torch.cuda.synchronize()
            start = time.perf_counter()
            next(steps)
            torch.cuda.synchronize()
            spent = (time.perf_counter() - start) / 100
            work = count * batch * 2 * (2 * inputs * hidden + 3 * hidden * classes)
            note = f"{name}; {work / spent / 1e12:.2f} TFLOP/s"
            found.append(
                Row(f"one step of {count} students, {inputs}-{hidden}-{classes}", 1e3 * spent, "ms", None, note)
            )
    return found
