"""The race itself: one student per method and seed, all of them one ensemble, paired by seed."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

import torch

from kdviz.pages import Progress
from kdviz.pages.training_race.model import Params, compute, setting
from kdviz.pages.training_race.runs import (
    ALL,
    DATA,
    EVERY,
    LOSSES,
    METRICS,
    OTHERS,
    RACED,
    STEPS,
    TEACHER_MEANS,
    Race,
    Setting,
    moved,
    race,
    spread,
)
from kdviz.problems.data import Data
from kdviz.problems.digits import digits
from kdviz.problems.synthetic import hierarchy, mnist1d
from kdviz.problems.transfer import noisy, transfer_sets
from kdviz.train.device import pinned
from kdviz.train.fit import Plan, Run, fit
from kdviz.train.measure import evaluate
from kdviz.train.nets import MLP
from kdviz.train.optimisers import Adam
from kdviz.train.teachers import Taught, recentred, teacher
from kdviz.words import W

PLAN = Plan(MLP((32,)), Adam(), STEPS, None, "cosine", EVERY)
MAKE = dict(zip(DATA, (digits, lambda: hierarchy(10, ALL), lambda: mnist1d(ALL)), strict=True))


@lru_cache(maxsize=4)
def problem(name: str, noise: float) -> tuple[Data, Taught]:
    """Data whose labels are wrong in the share `noise`, for teacher and students alike, and the teacher they made."""
    data = MAKE[name]()
    if noise:
        wrong = noisy(data.y.cpu().numpy(), data.classes, noise)
        data = data._replace(y=torch.as_tensor(wrong, device=data.y.device))
    with pinned(0):
        return data, teacher(data)


def seeds_of(seed: int, count: int) -> range:
    """The seeds of `count` students: those of another `seed` are all new.

    >>> list(seeds_of(1, 3))
    [1000, 1001, 1002]
    """
    return range(1000 * seed, 1000 * seed + count)


def follow(entries: Sequence[tuple[str, str]], where: Setting, seed: int, count: int) -> Iterator[Race]:
    """Race `entries` of (method, teacher's mean) over `count` seeds; every `EVERY` steps yields the `Race` so far."""
    data, taught = problem(where.data, where.noise)
    missing = None if where.missing == "none" else int(where.missing)
    seeds, many = seeds_of(seed, count), len(entries)
    index, labels = transfer_sets(data, where.n, seeds, missing=missing)
    sets = torch.arange(count, device=index.device).repeat_interleave(many)  # those who share a set stand together
    runs = [Run(LOSSES[name], one) for one in seeds for name, _ in entries]
    logits = torch.stack([recentred(taught.train, TEACHER_MEANS[mean]) for _, mean in entries])  # (C, all, K)
    targets = logits[:, index].transpose(0, 1).flatten(0, 1)  # (S C, n, K)
    steps, measured, teacher_mean = [], [], float(taught.test.mean())
    with pinned(len(runs) * PLAN.net.units):  # chosen once, so that no step switches
        for record in fit(runs, PLAN, data.x[index][sets], labels[sets], targets, watch=evaluate(data, taught.test)):
            steps.append(record.step)
            measured.append([record.measured[name].reshape(count, many).T for name in METRICS])
            per_class = record.measured["per_class"].reshape(count, many, data.classes).swapaxes(0, 1)
            yield race(steps, measured, per_class, taught.accuracy, teacher_mean)


def train(params: Params) -> Iterator[Progress]:
    """Live: all methods over all seeds at once, another loss if it is chosen; a generator of `Progress`."""
    result = compute(params)
    names = (*RACED, *({params.shown} & OTHERS.keys()))
    entries = [(name, params.teacher_mean) for name in names]
    for found in follow(entries, setting(params), params.seed, params.seeds):
        step = int(found.step[-1])
        live = moved(spread(found, names), params.teacher_mean)
        yield Progress(replace(result, live=live), step, STEPS, W.PROGRESS.format(step=step, steps=STEPS))
