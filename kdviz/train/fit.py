"""One loop for many students: a generator of records that knows no screen, and that can be left and taken up again."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property, partial
from typing import Any

import numpy as np
import torch

from kdviz.core.check import BadInput
from kdviz.train import inputs
from kdviz.train import resume as again
from kdviz.train.device import ordinary, pinned, unforked
from kdviz.train.ensemble import Ensemble, columns, merged
from kdviz.train.groups import Group, by_method
from kdviz.train.optimisers import Stepper
from kdviz.train.plans import Plan, Run
from kdviz.train.steps import Course, chosen, noticed

__all__ = ["Plan", "Record", "Run", "fit"]


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
    groups: tuple[Group, ...] = ()

    @cached_property
    def loss(self) -> np.ndarray:
        """Mean loss over all samples, computed when asked for: (E,) float64, NaN for a run that has diverged."""
        with ordinary(), torch.no_grad():
            return np.where(self.diverged < 0, self.mean_loss(), np.nan)

    def own(self, run: int) -> dict[str, torch.Tensor]:
        """What the method of one run owns for it, such as an adapter; copies."""
        group = next(group for group in self.groups if run in group.places)
        place = group.places.index(run)
        return {name: tensor.detach()[place].clone() for name, tensor in group.own.items()}

    def state(self) -> dict[str, torch.Tensor]:
        """Everything that `resume` needs, a flat dict of tensors; RuntimeError once training has gone on."""
        return self.take_state()


def fit(
    runs: Iterable[Run],
    plan: Plan,
    x: Any,
    labels: Any,
    teacher_logits: Any = None,
    *,
    classes: int | None = None,
    extras: Mapping[str, Any] | None = None,
    watch: Callable[[Ensemble], dict] | None = None,
    resume: Mapping[str, torch.Tensor] | None = None,
    extend: bool = False,
    dtype: Any = torch.float32,
) -> Iterator[Record]:
    r"""Train all runs at once; yields a `Record` before the first step, every `plan.every` steps and after the last.

    x (n, D) for all runs or (E, n, D), fastest if runs that share a set are neighbours; labels (n,) or (E, n);
    teacher_logits (n, K) or (E, n, K), rows are samples (where n = K, nothing could tell columns from rows); all on the
    device where training is to run. The gradient is that of the mean loss over the batch, in closed form:

    .. math:: \theta \leftarrow \text{optimiser}\Bigl(\frac1B \sum_n \frac{\partial z_n}{\partial\theta}
        \frac{\partial L}{\partial z_n}\Bigr)

    A method (`kdviz.train.methods`) in the place of a loss may look at activations, at `extras`, {name: (n, H) or
    (E, n, H)}, and own trainable parts, which learn by the plan's optimiser at the run's rate.

    `classes` is K where no teacher tells it; left out, the largest label is of the last class. `dtype` is float32 or
    float64. `watch(ensemble)` -> dict of arrays whose first axis is the run.

    `resume` is what `Record.state()` gave with the same runs, data and plan; training goes on to the same bits. The
    plan may be longer. Under the constant schedule that changes nothing; any other schedule would have begun otherwise,
    which `extend=True` accepts: the rates are then those of the longer plan from that step on (a cosine that had come
    down to 0 at step 300 goes on at half height under a plan of 600).

    What is set around the call (torch's default dtype and device, gradient mode, autocast, the global seed) does not
    matter and is left as it is. ValueError for bad input, before the first step.
    """
    unforked()
    if isinstance(runs, Run) or not isinstance(runs, Iterable):
        raise BadInput(f"runs must be a list of Run, got {runs!r}; write [{runs!r}]")
    runs = tuple(runs)
    if not runs:
        raise BadInput("runs must hold at least one Run, got none; pass for example [Run(KD(4.0), seed=0)]")
    for run in runs:
        if not isinstance(run, Run):
            raise BadInput(f"runs must be a list of Run, got {run!r} in it; write for example Run(KD(4.0), seed=0)")
    if not isinstance(plan, Plan):
        raise BadInput(f"plan must be a Plan, got {plan!r}; Plan() is 300 steps of Adam on MLP((32,))")
    if not (watch is None or callable(watch)):
        raise BadInput(f"watch must be a function of the ensemble, got {watch!r}; see kdviz.train.measure")
    with ordinary():
        data = inputs.checked(runs, plan, x, labels, teacher_logits, classes, dtype, extras)
    return _fit(runs, plan, data, watch, resume, extend)


def _fit(
    runs: tuple[Run, ...],
    plan: Plan,
    data: inputs.Checked,
    watch: Any,
    resume: Any,
    extend: bool,
) -> Iterator[Record]:
    x = data.x
    samples, place = x.shape[-2], x.device.type
    with ordinary(place):
        students = Ensemble(plan.net, x.shape[-1], data.classes, samples, [run.seed for run in runs], x.device, x.dtype)
        stepper = Stepper(plan.optimiser, students.parameters, [run.lr for run in runs])
        diverged = torch.full((len(runs),), -1, device=x.device)
        groups = tuple(Group(method, places, runs, plan, students, data) for method, places in by_method(runs))
        content = (x, data.labels, data.teacher_logits, *([data.extras] if data.extras else []))
        marks = cache(partial(again.marks, runs, plan, content))
        start = 0
        if resume is not None:
            start = again.restore(resume, marks(), plan, students, stepper, groups, diverged, extend)
        x = columns(merged(x))
    course = Course(groups, students)
    steppers = [stepper, *(group.stepper for group in groups if group.stepper is not None)]
    batch = samples if plan.batch is None else plan.batch

    def record(step: int) -> Record:
        with pinned(len(runs) * plan.net.units), ordinary(place), torch.no_grad():
            lost = diverged.cpu().numpy()
            measured = {} if watch is None else {k: _mask(v, lost, k) for k, v in _seen(watch, students)}
            mean_loss = course.mean_losses(x)
            return Record(step, plan.steps, lost.copy(), measured, students, partial(state, step), mean_loss, groups)

    def state(step: int) -> dict[str, torch.Tensor]:
        if step != start:
            raise RuntimeError(f"state() must be called before training goes on from step {step}; it is at {start}")
        return again.state(marks(), plan, step, students, stepper, groups, diverged)

    yield record(start)
    while start < plan.steps:
        stop = min(plan.steps, start - start % plan.every + plan.every)
        with pinned(len(runs) * plan.net.units), ordinary(place):
            for step in range(start, stop):
                index = None if batch == samples else chosen(step, samples, batch, plan.order, x.device)
                z, g = course.learn(x if index is None else x[..., index], index, step)
                for one in steppers:
                    one.step(plan.factor(step))
                diverged = noticed(diverged, z, step)
        students.gradient, start = g, stop
        yield record(stop)


def _seen(watch: Any, students: Ensemble) -> Any:
    measured = watch(students)
    if not isinstance(measured, Mapping):
        raise BadInput(f'watch must return a dict of arrays, got {type(measured).__name__}; for example {{"mine": …}}')
    return measured.items()


def _mask(value: Any, diverged: np.ndarray, name: str) -> np.ndarray:
    """What was measured as a NumPy array; NaN for runs that have diverged, whose numbers would be a flat line."""
    value = value.detach().cpu().numpy() if isinstance(value, torch.Tensor) else np.asarray(value)
    if not value.shape or len(value) != len(diverged):
        raise BadInput(f"watch must return arrays of {len(diverged)} runs, got shape {value.shape} for {name!r}")
    if (diverged >= 0).any():
        value = value.astype(np.result_type(value.dtype, np.float32))
        value[diverged >= 0] = np.nan
    return value
