"""What `fit` accepts, and how a training run is put away and taken up again."""

import hashlib

import numpy as np
import torch

from kdviz.core import check
from kdviz.core.check import BadInput
from kdviz.core.losses import CE, KD, Loss, Sum
from kdviz.train.optimisers import SCHEDULES, SGD, Adam


def checked(runs, plan, x, labels, teacher_logits, classes, dtype):
    """x, labels, teacher logits as tensors on one device, and the number of classes; BadInput with the cure."""
    _runs(runs)
    _plan(plan)
    x = tensor(x, "x").to(dtype)
    if x.ndim not in (2, 3) or 0 in x.shape:
        raise BadInput(f"x must have shape (n, D) or (E, n, D), got {tuple(x.shape)}; rows are samples")
    if not bool(torch.isfinite(x).all()):
        raise BadInput("x must be finite, got NaN or infinite entries; remove or repair those samples")
    samples = x.shape[-2]
    if plan.batch is not None and not 1 <= plan.batch <= samples:
        raise BadInput(f"batch must lie in 1 .. {samples}, got {plan.batch!r}; None takes all samples at every step")
    if teacher_logits is None and any(needs_teacher(run.loss) for run in runs):
        raise BadInput("teacher_logits must be given for this loss, got None; only CE learns from labels alone")
    if teacher_logits is not None:
        teacher_logits = check.logits(tensor(teacher_logits, "teacher_logits"), "teacher_logits").to(x.device, dtype)
        leading(teacher_logits, "teacher_logits", 3, runs, samples)
        if classes not in (None, teacher_logits.shape[-1]):
            raise BadInput(
                f"classes must be that of teacher_logits, {teacher_logits.shape[-1]}, got {classes!r}; leave it out"
            )
        classes = teacher_logits.shape[-1]
    if labels is None and (classes is None or any(run.loss.needs_labels for run in runs)):
        raise BadInput("labels must be given for this loss, got None; pass one class index per sample")
    if labels is not None:
        labels = tensor(labels, "labels").to(x.device)
        leading(labels, "labels", 2, runs, samples)
        if classes is None:
            classes = max(2, int(labels.max()) + 1)
        labels = check.labels(labels, classes, tuple(labels.shape)).long()
    if x.ndim == 3 and x.shape[0] != len(runs):
        raise BadInput(
            f"x must have one data set per run, got {x.shape[0]} for {len(runs)} runs; pass (n, D) to share one"
        )
    return x, labels, teacher_logits, classes


def tensor(value, name):
    """A tensor from a tensor or an array; BadInput for what is neither."""
    try:
        return value.detach() if isinstance(value, torch.Tensor) else torch.as_tensor(value)
    except (TypeError, ValueError, RuntimeError):
        raise BadInput(f"{name} must be a tensor or an array of numbers, got {type(value).__name__}") from None


def leading(value, name, most, runs, samples):
    """Raise BadInput unless the axes before the classes are (samples,) or (runs, samples)."""
    axes = tuple(value.shape[: value.ndim - (most - 2)])
    if axes not in ((samples,), (len(runs), samples)):
        raise BadInput(
            f"{name} must have one row for each of the {samples} samples ({len(runs)} × {samples} if each run has its "
            f"own), got shape {tuple(value.shape)}"
        )


def needs_teacher(loss):
    """Whether a loss looks at a teacher.

    >>> needs_teacher(CE()), needs_teacher(0.5 * CE())
    (False, False)
    """
    return not all(isinstance(term, CE) for term in terms(loss))


def terms(loss):
    """The losses that a loss consists of.

    >>> terms(0.5 * CE())
    [CE(smoothing=0.0)]
    """
    return [term for _, term in loss.terms] if isinstance(loss, Sum) else [loss]


def _runs(runs):
    if not runs:
        raise BadInput("runs must hold at least one Run, got none; pass for example [Run(KD(4.0), seed=0)]")
    for run in runs:
        if not isinstance(run.loss, Loss):
            raise BadInput(f"loss must be a loss such as KD(4.0) from kdviz.core.losses, got {run.loss!r}; see LOSSES")
        if any(np.ndim(term.temperature) for term in terms(run.loss) if isinstance(term, KD)):
            raise BadInput(f"temperature must be one number here, got {run.loss!r}; give one Run per temperature")
        if not (isinstance(run.lr, (int, float)) and 0 < run.lr < float("inf")):
            raise BadInput(f"lr must be positive and finite, got {run.lr!r}; 0.01 is usual with Adam")


def _plan(plan):
    if not all(hasattr(plan.net, name) for name in ("draw", "forward", "head")):
        raise BadInput(f"net must be MLP(), Conv1d() or Free(), got {plan.net!r}")
    if not isinstance(plan.optimiser, (SGD, Adam)):
        raise BadInput(f"optimiser must be SGD(), Adam() or AdamW(), got {plan.optimiser!r}")
    if plan.schedule not in SCHEDULES:
        raise BadInput(f"schedule must be one of {', '.join(SCHEDULES)}, got {plan.schedule!r}")
    for name in ("steps", "every"):
        value = getattr(plan, name)
        if not (isinstance(value, int) and value >= 1):
            raise BadInput(f"{name} must be a whole number of at least 1, got {value!r}")


def fingerprint(runs, plan):
    """A number that differs when runs or plan differ: what `resume` is checked against.

    >>> from kdviz.train.fit import Plan, Run
    >>> bool(fingerprint([Run()], Plan()) == fingerprint([Run()], Plan(steps=2)))
    False
    """
    content = repr((tuple(runs), plan)).encode()
    return torch.frombuffer(bytearray(hashlib.sha256(content).digest()[:8]), dtype=torch.int64).clone()


def state(runs, plan, step, students, stepper, diverged):
    """Everything that decides how training goes on, as a flat dict of tensors."""
    held = {f"parameters/{name}": value.detach().clone() for name, value in students.parameters.items()}
    held |= {f"optimiser/{name}": value for name, value in stepper.state().items()}
    return held | {"step": torch.tensor(step), "diverged": diverged.clone(), "fingerprint": fingerprint(runs, plan)}


def restore(held, runs, plan, students, stepper, diverged):
    """Put a state back into fresh students and optimiser; returns its step. BadInput for the state of another run."""
    if "fingerprint" not in held or not torch.equal(held["fingerprint"].cpu(), fingerprint(runs, plan)):
        raise BadInput("resume must be a state of the same runs and plan, got another; start anew without resume")
    with torch.no_grad():
        for name, value in students.parameters.items():
            value.copy_(held[f"parameters/{name}"])
        diverged.copy_(held["diverged"])
    stepper.restore({k.removeprefix("optimiser/"): v for k, v in held.items() if k.startswith("optimiser/")})
    return int(held["step"])
