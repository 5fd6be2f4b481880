"""One loop for many students: a generator of records that knows no screen, and that can be left and taken up again."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np
import torch

from kdviz.core.losses import KD, Loss
from kdviz.train import inputs
from kdviz.train.device import pinned
from kdviz.train.ensemble import Ensemble, columns, merged
from kdviz.train.groups import chosen, groups, logit_gradient, losses, noticed
from kdviz.train.nets import MLP
from kdviz.train.optimisers import SCHEDULES, Adam, Stepper


@dataclass(frozen=True)
class Run:
    """One student: what it minimises, the seed of its first weights, its learning rate.

    >>> Run(KD(4.0), seed=0).lr
    0.01
    """

    loss: Loss = KD(4.0)
    seed: int = 0
    lr: float = 1e-2


@dataclass(frozen=True)
class Plan:
    """What all students share: net, optimiser, number of steps, batch (None: all samples), schedule, steps per record.

    Batches are drawn without replacement, the same for every run; `order` seeds their order.

    >>> Plan().steps
    300
    """

    net: Any = MLP()
    optimiser: Any = Adam()
    steps: int = 300
    batch: int | None = None
    schedule: str = "cosine"
    every: int = 10
    order: int = 0


@dataclass(frozen=True, eq=False)
class Record:
    """What is known after `step` of `total` steps; runs in the order they were given, on axis 0.

    diverged (E,): the step at which a run's logits stopped being finite, -1 for a run that is well; measured: what
    `watch` returned, NaN for runs that have diverged; students: the ensemble itself, which the next step changes;
    take_state and mean_loss: see `state` and `loss`.
    """

    step: int
    total: int
    diverged: np.ndarray
    measured: dict
    students: Ensemble
    take_state: Callable[[], dict]
    mean_loss: Callable[[], np.ndarray]

    @cached_property
    def loss(self):
        """Mean loss over all samples, computed when asked for: (E,) float64, NaN for a run that has diverged."""
        return np.where(self.diverged < 0, self.mean_loss(), np.nan)

    def state(self):
        """Everything that `resume` needs, a flat dict of tensors; RuntimeError once training has gone on."""
        return self.take_state()


def fit(
    runs, plan, x, labels, teacher_logits=None, *, classes=None, watch=None, resume=None, dtype=torch.float32
) -> Iterator[Record]:
    r"""Train all runs at once; yields a `Record` before the first step, every `plan.every` steps and after the last.

    x (n, D) for all runs or (E, n, D), fastest if runs that share a set are neighbours; labels (n,) or (E, n);
    teacher_logits (n, K) or (E, n, K), rows are samples; all on the device where training is to run. The gradient is
    that of the mean loss over the batch, in closed form:

    .. math:: \theta \leftarrow \text{optimiser}\Bigl(\frac1B \sum_n \frac{\partial z_n}{\partial\theta}
        \frac{\partial L}{\partial z_n}\Bigr)

    `classes` is K where no teacher tells it; left out, the largest label is of the last class.
    `watch(ensemble)` -> dict of arrays whose first axis is the run. `resume` is what `Record.state()` gave with the
    same runs, plan and data; training then goes on to the same bits. ValueError for bad input, before the first step.
    """
    runs = tuple(runs)
    x, labels, teacher_logits, classes = inputs.checked(runs, plan, x, labels, teacher_logits, classes, dtype)
    return _fit(runs, plan, x, labels, teacher_logits, classes, watch, resume)


def _fit(runs, plan, x, labels, teacher_logits, classes, watch, resume):
    samples = x.shape[-2]
    students = Ensemble(plan.net, x.shape[-1], classes, samples, [run.seed for run in runs], x.device, x.dtype)
    stepper = Stepper(plan.optimiser, students.parameters, [run.lr for run in runs])
    diverged = torch.full((len(runs),), -1, device=x.device)
    start = 0
    if resume is not None:
        start = inputs.restore(resume, runs, plan, students, stepper, diverged)
    slopes = groups(runs, teacher_logits, labels, classes, x)
    x = columns(merged(x))
    batch = samples if plan.batch is None else plan.batch

    def record(step):
        with pinned(len(runs) * plan.net.units), torch.no_grad():
            lost = diverged.cpu().numpy()
            measured = {} if watch is None else {k: _mask(v, lost) for k, v in watch(students).items()}
            mean_loss = partial(losses, runs, students.forward(x), teacher_logits, labels)
            return Record(step, plan.steps, lost.copy(), measured, students, partial(state, step), mean_loss)

    def state(step):
        if step != start:
            raise RuntimeError(f"state() must be called before training goes on from step {step}; it is at {start}")
        return inputs.state(runs, plan, step, students, stepper, diverged)

    yield record(start)
    while start < plan.steps:
        stop = min(plan.steps, start - start % plan.every + plan.every)
        with pinned(len(runs) * plan.net.units), torch.enable_grad():
            for step in range(start, stop):
                index = None if batch == samples else chosen(step, samples, batch, plan.order, x.device)
                z = students.forward(x if index is None else x[..., index], index)
                g = logit_gradient(slopes, z.detach(), index).div_(batch)
                z.backward(g)
                stepper.step(SCHEDULES[plan.schedule](step, plan.steps))
                diverged = noticed(diverged, z.detach(), step)
        students.gradient, start = g, stop
        yield record(stop)


def _mask(value, diverged):
    """What was measured as a NumPy array; NaN for runs that have diverged, whose numbers would be a flat line."""
    value = value.detach().cpu().numpy() if isinstance(value, torch.Tensor) else np.asarray(value)
    if (diverged >= 0).any():
        value = value.astype(np.result_type(value.dtype, np.float32))
        value[diverged >= 0] = np.nan
    return value
