"""One loop for many students: a generator of records that knows no screen, and that can be left and taken up again."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch

from kdviz.core.losses import KD, Loss
from kdviz.train import inputs
from kdviz.train.device import pinned
from kdviz.train.ensemble import Ensemble, columns, merged
from kdviz.train.gradients import gradient
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


class Record(NamedTuple):
    """What is known after `step` of `total` steps; runs in the order they were given, on axis 0.

    loss (E,) float64 over all samples, NaN for a run that has diverged; diverged (E,) the step at which that happened,
    -1 for a run that is well; measured: what `watch` returned, NaN for runs that have diverged; state(): everything
    that `resume` needs, a flat dict of tensors; students: the ensemble itself, which the next step changes.
    """

    step: int
    total: int
    loss: np.ndarray
    diverged: np.ndarray
    measured: dict
    state: Callable[[], dict]
    students: Ensemble


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
            loss = _losses(runs, students.forward(x), teacher_logits, labels)
            state = lambda: inputs.state(runs, plan, step, students, stepper, diverged)  # noqa: E731
            return Record(step, plan.steps, np.where(lost < 0, loss, np.nan), lost.copy(), measured, state, students)

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


def groups(runs, teacher_logits, labels, classes, like):
    """Runs with one loss as (which, constants, function), `which` a slice where they are evenly spaced."""
    found = []
    for loss in dict.fromkeys(run.loss for run in runs):
        at = [i for i, run in enumerate(runs) if run.loss == loss]
        even = range(at[0], at[-1] + 1, at[1] - at[0] if len(at) > 1 else 1)
        which = slice(even.start, even.stop, even.step) if at == list(even) else torch.tensor(at, device=like.device)
        zt = (
            None
            if teacher_logits is None
            else columns(teacher_logits if teacher_logits.ndim == 2 else teacher_logits[which])
        )
        y = labels if labels is None or labels.ndim == 1 else labels[which]
        found.append((which, *gradient(loss, zt, y, classes, like)))
    return found


def logit_gradient(slopes, z, index):
    """dL/dz of every sample for all runs: (E, K, B)."""
    found = None
    for which, constants, slope in slopes:
        parts = constants if index is None else [tensor[..., index] for tensor in constants]
        if len(slopes) == 1:
            return slope(z, *parts)
        found = torch.empty_like(z) if found is None else found
        found[which] = slope(z[which], *parts)
    return found


def noticed(diverged, z, step):
    """`diverged` with `step` for runs whose logits are no longer finite; on the CPU one sum settles the usual case."""
    if z.device.type == "cpu" and math.isfinite(z.sum()):
        return diverged
    return torch.where((diverged < 0) & ~torch.isfinite(z.sum((1, 2))), step, diverged)


def chosen(step, samples, batch, order, device):
    """Which samples step number `step` sees: each epoch is a new permutation, its incomplete last batch left out."""
    epoch, place = divmod(step, samples // batch)
    permutation = np.random.default_rng([order, epoch]).permutation(samples)
    return torch.from_numpy(permutation[place * batch : (place + 1) * batch]).to(device)


def _losses(runs, z, teacher_logits, labels):
    """Mean loss of every run over all samples, to full precision; NaN where the logits are not finite."""
    found = np.full(len(runs), np.nan)
    fine = torch.isfinite(z).flatten(1).all(1).cpu().numpy()
    for loss in dict.fromkeys(run.loss for run in runs):
        at = [i for i, run in enumerate(runs) if run.loss == loss and fine[i]]
        if at:
            zt = teacher_logits if teacher_logits is None or teacher_logits.ndim == 2 else teacher_logits[at]
            y = labels if labels is None or labels.ndim == 1 else labels[at]
            value = loss.value(z[at].mT.cpu(), None if zt is None else zt.cpu(), None if y is None else y.cpu())
            found[at] = value.double().mean(-1).numpy()
    return found


def _mask(value, diverged):
    """What was measured as a NumPy array; NaN for runs that have diverged, whose numbers would be a flat line."""
    value = value.detach().cpu().numpy() if isinstance(value, torch.Tensor) else np.asarray(value)
    if (diverged >= 0).any():
        value = value.astype(np.result_type(value.dtype, np.float32))
        value[diverged >= 0] = np.nan
    return value
