"""One task of a sweep: settings of one shape, trained as one ensemble wherever a worker is (no xarray needed there)."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import torch

from kdviz.core import check
from kdviz.core.arguments import known, number, whole
from kdviz.losses import KD, Loss
from kdviz.problems import DATASETS, Dataset
from kdviz.problems.data import Data
from kdviz.problems.transfer import share, transfer_sets
from kdviz.train.device import unforked
from kdviz.train.fit import fit
from kdviz.train.measure import MEASURES, Measure, evaluate
from kdviz.train.methods import Method
from kdviz.train.nets import MLP
from kdviz.train.optimisers import Adam
from kdviz.train.plans import Plan, Run
from kdviz.train.teachers import Taught, recentred, teacher


@dataclass(frozen=True)
class Setting:
    """Everything that decides one student; a grid gives some of these fields a list of values.

    `temperature` goes into a loss that has one, also within a sum, and is ignored by others; `teacher_mean` is the
    teacher's mean logit for every sample, None as trained; `data` is a key of `DATASETS`, `classes` their number where
    it takes any; `noise` is the share of wrong labels in the transfer set of n samples; `missing` a class it lacks, or
    several; `batch` None is all of it. A method in
    the place of a loss may use the teacher's `features`, see `teachers.Taught`. BadInput for what is none of this.

    >>> Setting(loss=KD(2.0), temperature=8.0).resolved().loss
    KD(temperature=8.0)
    """

    loss: Loss | Method = KD(4.0)
    temperature: float | None = None
    teacher_mean: float | None = None
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
        known(self.data, "data", DATASETS)
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
        if self.teacher_mean is not None:
            held["teacher_mean"] = number(
                self.teacher_mean, "teacher_mean", "be a finite mean logit", math.isfinite, "None is as trained"
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
    """Settings that differ only in loss, teacher's mean, learning rate, labels and seed; what a worker has to know."""

    settings: tuple[Setting, ...]
    dataset: Dataset
    measures: dict[str, Measure]


def task(settings: Iterable[Setting]) -> Task:
    """The task of these settings, with the data set and the measures of this process: a worker may know no others.

    >>> task([Setting()]).dataset.label
    'Digits'
    """
    settings = tuple(settings)
    single = {name: measure for name, measure in MEASURES.items() if measure.single}
    return Task(settings, DATASETS[settings[0].data], single)


def measured() -> list[str]:
    """What a sweep finds of every student: the measures with one number, its last mean loss, when it diverged."""
    return [*(name for name, measure in MEASURES.items() if measure.single), "final_loss", "diverged"]


def work(task: Task) -> dict[str, np.ndarray]:
    """Train and evaluate the students of a task: {measure: (E,) float64}, in the order of its settings."""
    unforked()
    settings, first = task.settings, task.settings[0]
    data, taught = problem(task.dataset, first.classes)
    drawn: dict = {}
    for s in settings:
        key = (s.seed, s.noise, s.missing)
        if key not in drawn:
            index, labels = transfer_sets(data, s.n, [s.seed], s.noise, s.missing)
            drawn[key] = index[0], labels[0]
    sets = [drawn[s.seed, s.noise, s.missing] for s in settings]
    index, labels = (torch.stack(parts) for parts in zip(*sets, strict=True))
    targets = torch.stack([recentred(taught.train[i], s.teacher_mean) for i, s in zip(index, settings, strict=True)])
    plan = Plan(first.net, first.optimiser, first.steps, first.batch, first.schedule, every=first.steps)
    runs = [Run(s.loss, s.seed, s.lr) for s in settings]
    watch = evaluate(data, taught.test, measures=task.measures)
    extras = {}
    if any("features" in run.loss.uses for run in runs):
        extras["features"] = taught.features(data.x)[index]
    *_, last = fit(runs, plan, data.x[index], labels, targets, watch=watch, extras=extras)
    found = {name: np.asarray(last.measured[name], float) for name in task.measures}
    return found | {"final_loss": last.loss, "diverged": last.diverged.astype(float)}


@lru_cache(maxsize=4)
def problem(dataset: Dataset, classes: int) -> tuple[Data, Taught]:
    """A data set and its teacher, kept for the next task of this process."""
    data = dataset.made(classes)
    return data, teacher(data)
