"""Runs that watch their own means: float64, all losses of page 04 as one ensemble, noted at the moments of a trace."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

import torch

from kdviz.pages import Progress
from kdviz.pages.who_moves_the_mean.model import Params, centring, compute
from kdviz.pages.who_moves_the_mean.traces import (
    EVERY,
    LOSSES,
    MOMENTS,
    OPTIMISERS,
    SAMPLES,
    STEPS,
    TEACHER_MEANS,
    MeanTrace,
    run_of,
)
from kdviz.problems.data import Data
from kdviz.problems.digits import digits
from kdviz.problems.transfer import transfer_sets
from kdviz.train.device import pinned
from kdviz.train.ensemble import Ensemble, columns
from kdviz.train.fit import Plan, Run, fit
from kdviz.train.nets import MLP, Free
from kdviz.train.optimisers import SGD, Adam, AdamW
from kdviz.train.teachers import recentred, teacher
from kdviz.words import W

Problem = tuple[Data, torch.Tensor, torch.Tensor, torch.Tensor]
HIDDEN = (32, 32)
HEAD = {"no": "no", "start": "init", "pass": "forward"}
LEARNING_RATES = {"SGD": 0.03, "momentum": 0.01, "Adam": 0.003, "AdamW": 0.003}


def net(student: str, centre: str) -> MLP | Free:
    """The student's spec by the names of page 04."""
    if student == "free logits":
        return Free(center_head=HEAD[centre])
    return MLP(HIDDEN if student == "MLP" else (), HEAD[centre])


def optimiser(name: str, decay: float, student: str) -> SGD | Adam:
    """The optimiser's spec by the names of page 04; `decay` is that of a loss which is a mean over samples."""
    sgd = name in ("SGD", "momentum")
    if student == "free logits" and name != "AdamW":
        decay = decay / SAMPLES  # each logit belongs to one sample, whose share of the mean is as small
    if sgd:
        return SGD(0.9 if name == "momentum" else 0.0, weight_decay=decay)
    return (Adam if name == "Adam" else AdamW)(weight_decay=decay)


def rate(name: str, student: str) -> float:
    """The learning rate; a free logit sees one sample only, and starts further from where it ends."""
    more = 10 if "Adam" in name else SAMPLES
    return LEARNING_RATES[name] * (more if student == "free logits" else 1)


def predicted(name: str, decay: float, student: str) -> list[float]:
    """Factor (n,) by which weight decay alone shrinks w̄ and b̄ up to each moment; ones for Adam, which has none."""
    spec = optimiser(name, decay, student)
    factors = [1.0, *spec.decay([rate(name, student)] * STEPS)] if isinstance(spec, SGD) else [1.0] * (STEPS + 1)
    return [factors[moment] for moment in MOMENTS]


@lru_cache(maxsize=2)
def problem(seed: int = 0) -> Problem:
    """What is learnt from: data, then x (n, D), labels (n,) and the teacher's raw logits (n, K) of the transfer set."""
    data = digits()
    index, labels = transfer_sets(data, SAMPLES, [seed])
    with pinned(0):
        taught = teacher(data)
    return data, data.x[index[0]].double(), labels[0], taught.train[index[0]].double()


def follow(
    runs: Sequence[tuple[str, str]], student: str, centre: str, name: str, decay: float, learnt: Problem, seed: int = 0
) -> Iterator[tuple[int, list[MeanTrace]]]:
    """Train `runs` of (loss, teacher's mean) at once on a `problem`.

    At every moment yields (step, [MeanTrace] so far, one per run).
    """
    data, x, labels, zt = learnt
    plan = Plan(net(student, centre), optimiser(name, decay, student), STEPS, None, "constant", EVERY)
    targets = torch.stack([recentred(zt, TEACHER_MEANS[mean]) for _, mean in runs])
    students = [Run(LOSSES[loss], seed, rate(name, student)) for loss, _ in runs]
    seen, begin = columns(x), None
    before: tuple[torch.Tensor, ...] | None = None
    notes: list[torch.Tensor] = []
    for record in fit(students, plan, x, labels, targets, dtype=torch.float64):
        weight, bias = record.students.head()
        with torch.no_grad():
            c = record.students.forward(seen).mean(1)
        means = weight.mean(1), bias.mean(1)
        begin = begin or (c, *means)
        none = torch.full_like(bias[:, 0], torch.nan)
        added = torch.cat([weight - before[0], (bias - before[1]).unsqueeze(2)], 2) if before else None
        band = torch.quantile(c, c.new_tensor([0.05, 0.95]), 1)
        drift = (means[0] - begin[1]).norm(dim=1), (means[1] - begin[2]).abs()
        sums = (none, none) if added is None else (share(record.students.gradient), share(added))
        notes.append(torch.stack([c.mean(1), *band, *drift, *sums]))
        before = weight, bias
        yield record.step, traces(notes, begin, c, means[0], correct(record.students, data, student))


def share(entries: torch.Tensor) -> torch.Tensor:
    """Σ|sum over classes| / Σ|entries|, (E, K, …) -> (E,), classes on axis 1; 0 where nothing moved."""
    whole = entries.abs().sum((1, 2))
    return torch.where(whole > 0, entries.sum(1).abs().sum(1) / whole, 0.0)


def correct(students: Ensemble, data: Data, student: str) -> torch.Tensor:
    """Share of right answers (E,) on the test images; NaN for free logits."""
    if student == "free logits":
        return torch.full((len(students),), torch.nan, device="cpu")
    return (students.logits(data.x_test.double()).argmax(1) == data.y_test).double().mean(1)


def traces(
    notes: list[torch.Tensor],
    begin: tuple[torch.Tensor, ...],
    c: torch.Tensor,
    w_bar: torch.Tensor,
    right: torch.Tensor,
) -> list[MeanTrace]:
    """One `MeanTrace` per run from the notes of all moments so far."""
    lines = torch.stack(notes, -1).numpy()  # (7, E, moments)
    left = (w_bar * begin[1]).sum(1) / begin[1].square().sum(1)
    ends = (begin[1].norm(dim=1), begin[2].abs(), left, (c - begin[0]).abs().amax(1), right)
    numbers = torch.stack([end.double() for end in ends]).numpy()
    return [
        MeanTrace(MOMENTS[: len(notes)].astype(float), *lines[:, run], *map(float, numbers[:, run]))
        for run in range(lines.shape[1])
    ]


def teacher_means(learnt: Problem, teacher_mean: str) -> tuple[float, ...]:
    """Mean, 5 % and 95 % quantile of the teacher's c over the samples of a `problem`, at one of TEACHER_MEANS."""
    c = recentred(learnt[3], TEACHER_MEANS[teacher_mean]).mean(1)
    return tuple(map(float, (c.mean(), *torch.quantile(c, c.new_tensor([0.05, 0.95])))))


def train(params: Params) -> Iterator[Progress]:
    """Live: all four optimisers in turn, from the seed of `params`; a generator of `Progress`."""
    learnt = problem(params.seed)
    run = run_of(params.loss, params.teacher_mean)
    result = replace(compute(params), teacher=teacher_means(learnt, params.teacher_mean))
    going = {
        name: follow([run], params.student, centring(params), name, float(params.decay), learnt, params.seed)
        for name in OPTIMISERS
    }
    total, done = len(MOMENTS) * len(going), 0
    with pinned(0):  # one thread for all four, so that no step switches
        for name in list(going) * len(MOMENTS):
            step, (trace,) = next(going[name])
            result, done = replace(result, live={**result.live, name: trace}), done + 1
            yield Progress(result, done, total, W.PROGRESS.format(step=step, steps=STEPS))
