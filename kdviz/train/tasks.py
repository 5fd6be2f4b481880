"""One task of a sweep: settings of one shape, trained as one ensemble wherever a worker is."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch

from kdviz.core.check import BadInput
from kdviz.train.data import digits, transfer_sets
from kdviz.train.fit import Plan, Run, fit
from kdviz.train.measure import judge
from kdviz.train.synthetic import hierarchy, mnist1d
from kdviz.train.teachers import recentred, teacher

JUDGED = ("accuracy", "agreement", "kl", "centred_error")
MEASURED = (*JUDGED, "mean_offset", "final_loss", "diverged")  # mean_offset: of c_s - c_t; names unlike those of fields
SOURCES = {"digits": lambda classes: digits(), "hierarchy": hierarchy, "mnist1d": lambda classes: mnist1d()}


class Task(NamedTuple):
    """Settings that differ only in loss, offset, learning rate, labels and seed."""

    settings: tuple


def work(task):
    """Train and judge the students of a task: {measure: (E,) float64}, in the order of its settings."""
    settings, first = task.settings, task.settings[0]
    data, taught = school(first.data, first.classes)
    drawn: dict = {}
    for s in settings:
        key = (s.seed, s.noise, s.missing)
        if key not in drawn:
            index, labels = transfer_sets(data, s.n, [s.seed], s.noise, s.missing)
            drawn[key] = index[0], labels[0]
    sets = [drawn[s.seed, s.noise, s.missing] for s in settings]
    index, labels = (torch.stack(parts) for parts in zip(*sets, strict=True))
    targets = torch.stack([recentred(taught.train[i], s.offset) for i, s in zip(index, settings, strict=True)])
    plan = Plan(first.net, first.optimiser, first.steps, first.batch, first.schedule, every=first.steps)
    runs = [Run(s.loss, s.seed, s.lr) for s in settings]
    *_, last = fit(runs, plan, data.x[index], labels, targets, watch=judge(data, taught.test))
    found = {name: np.asarray(last.measured[name], float) for name in JUDGED}
    found["mean_offset"] = np.asarray(last.measured["offset"], float)
    return found | {"final_loss": last.loss, "diverged": last.diverged.astype(float)}


@lru_cache(maxsize=4)
def school(name, classes):
    """A data set and its teacher, kept for the next task of this process."""
    if name not in SOURCES:
        raise BadInput(f"data must be one of {', '.join(SOURCES)}, got {name!r}")
    data = SOURCES[name](classes)
    return data, teacher(data)
