"""One task of a sweep: settings of one shape, trained as one ensemble wherever a worker is (no xarray needed there)."""

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import torch

from kdviz.core import check
from kdviz.losses import KD, Loss
from kdviz.train.arguments import known, number, whole
from kdviz.train.data import Data, digits, share, transfer_sets
from kdviz.train.device import unforked
from kdviz.train.fit import fit
from kdviz.train.measure import judge
from kdviz.train.nets import MLP
from kdviz.train.optimisers import Adam
from kdviz.train.plans import Plan, Run
from kdviz.train.synthetic import hierarchy, mnist1d
from kdviz.train.teachers import Taught, recentred, teacher

JUDGED = ("accuracy", "agreement", "kl", "centred_error")
MEASURED = (*JUDGED, "mean_offset", "final_loss", "diverged")  # mean_offset: of c_s - c_t; names unlike those of fields
SOURCES = {"digits": lambda classes: digits(), "hierarchy": hierarchy, "mnist1d": lambda classes: mnist1d()}


@dataclass(frozen=True)
class Setting:
    """Everything that decides one student; a grid gives some of these fields a list of values.

    `temperature` goes into a loss that has one, also within a sum, and is ignored by others; `offset` is the teacher's
    mean logit for every sample, None as trained; `data` is digits, hierarchy or mnist1d, `classes` the number of the
    hierarchy's; `noise` is the share of wrong labels in the transfer set of n samples; `missing` a class it lacks, or
    several; `batch` None is all of it. BadInput for what is none of this.

    >>> Setting(loss=KD(2.0), temperature=8.0).resolved().loss
    KD(temperature=8.0)
    """

    loss: Loss = KD(4.0)
    temperature: float | None = None
    offset: float | None = None
    data: str = "digits"
    classes: int = 10
    n: int = 100
    noise: float = 0.0
    missing: int | tuple[int, ...] | None = None
    net: Any = MLP()
    optimiser: Any = Adam()
    lr: float = 1e-2
    steps: int = 300
    batch: int | None = None
    schedule: str = "cosine"
    seed: int = 0

    def __post_init__(self) -> None:
        run = Run(self.loss, self.seed, self.lr)
        plan = Plan(self.net, self.optimiser, self.steps, self.batch, self.schedule)
        known(self.data, "data", tuple(SOURCES))
        held: dict[str, Any] = {
            "seed": run.seed,
            "lr": run.lr,
            "steps": plan.steps,
            "batch": plan.batch,
            "noise": share(self.noise),
        }
        held["classes"], held["n"] = whole(self.classes, "classes", 2), whole(self.n, "n", 1)
        if self.temperature is not None:
            held["temperature"] = KD(float(check.temperature(self.temperature, ()))).temperature
        if self.offset is not None:
            held["offset"] = number(
                self.offset, "offset", "be a finite mean logit", math.isfinite, "None is as trained"
            )
        if self.missing is not None:
            several = isinstance(self.missing, (list, tuple, np.ndarray))
            gone = [whole(one, "missing", 0, None, "classes count from 0") for one in np.atleast_1d(self.missing)]
            held["missing"] = tuple(gone) if several else gone[0]
        for name, value in held.items():  # as Python's own numbers: equal settings are equal values
            object.__setattr__(self, name, value)

    def resolved(self) -> "Setting":
        """The same with the temperature inside the loss: settings that are equal now are one student."""
        return replace(self, loss=self.loss.at(self.temperature), temperature=None)


class Task(NamedTuple):
    """Settings that differ only in loss, offset, learning rate, labels and seed."""

    settings: tuple[Setting, ...]


def work(task: Task) -> dict[str, np.ndarray]:
    """Train and judge the students of a task: {measure: (E,) float64}, in the order of its settings."""
    unforked()
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
def school(name: str, classes: int) -> tuple[Data, Taught]:
    """A data set and its teacher, kept for the next task of this process."""
    data = SOURCES[name](classes)
    return data, teacher(data)
