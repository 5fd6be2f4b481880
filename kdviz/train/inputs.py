"""The data that `fit` accepts: inputs, labels, teacher logits that fit each other and the runs."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import torch

from kdviz.core import check
from kdviz.core.arguments import whole
from kdviz.core.check import BadInput
from kdviz.train.arguments import precision, tensor
from kdviz.train.plans import Plan, Run


class Checked(NamedTuple):
    """What `fit` was given, rows are samples: tensors on one device, and the number of classes."""

    x: torch.Tensor
    labels: torch.Tensor | None
    teacher_logits: torch.Tensor | None
    classes: int
    extras: dict[str, torch.Tensor]


def checked(
    runs: Sequence[Run],
    plan: Plan,
    x: Any,
    labels: Any,
    teacher_logits: Any,
    classes: int | None,
    dtype: Any,
    extras: Any = None,
) -> Checked:
    """x, labels, teacher logits, extras as tensors on one device, and the number of classes; BadInput with the cure."""
    dtype = precision(dtype)
    x = inputs(x, len(runs), dtype)
    samples = x.shape[-2]
    if plan.batch is not None and plan.batch > samples:
        raise BadInput(f"batch must lie in 1 .. {samples}, got {plan.batch!r}; None takes all samples at every step")
    if classes is not None:
        classes = whole(classes, "classes", 2, None, "leave it out to take that of teacher_logits or labels")
    if teacher_logits is None and any("teacher" in run.loss.uses for run in runs):
        raise BadInput("teacher_logits must be given for this loss, got None; a loss on labels, like CE(), needs none")
    if teacher_logits is not None:
        teacher_logits = check.logits(tensor(teacher_logits, "teacher_logits"), "teacher_logits").to(x.device, dtype)
        teacher_logits = check.logits(teacher_logits, "teacher_logits")  # again: 1e50 is infinite in float32
        cure = "rows are samples: teacher_logits.mT" if samples == teacher_logits.shape[-1] else ""
        leading(teacher_logits, "teacher_logits", 1, len(runs), samples, cure)
        if classes not in (None, teacher_logits.shape[-1]):
            raise BadInput(
                f"classes must be that of teacher_logits, {teacher_logits.shape[-1]}, got {classes!r}; leave it out"
            )
        classes = teacher_logits.shape[-1]
    if labels is None and (classes is None or any("labels" in run.loss.uses for run in runs)):
        raise BadInput("labels must be given for this loss, got None; pass one class index per sample")
    if labels is not None:
        labels, classes = indices(labels, classes, len(runs), samples)
        labels = labels.to(x.device)
    assert classes is not None
    return Checked(x, labels, teacher_logits, classes, further(extras, runs, x))


def further(extras: Any, runs: Sequence[Run], x: torch.Tensor) -> dict[str, torch.Tensor]:
    """Extras {name: (n, H) or (E, n, H)} beside x; BadInput where one that a method uses is missing."""
    if extras is not None and not isinstance(extras, Mapping):
        raise BadInput(f'extras must be a dict of arrays, got {type(extras).__name__}; for example {{"features": …}}')
    held: dict[str, torch.Tensor] = {}
    for name, value in (extras or {}).items():
        one = tensor(value, f"extras[{name!r}]").to(x.device)
        one = one.to(x.dtype) if one.is_floating_point() else one
        leading(one, f"extras[{name!r}]", 1, len(runs), x.shape[-2], "one row of numbers per sample")
        held[str(name)] = one
    for run in runs:
        lost = sorted(run.loss.uses - {"teacher", "labels", *held})
        if lost:
            raise BadInput(
                f"extras must hold {', '.join(lost)}, which {run.loss!r} uses, got {', '.join(held) or None}"
            )
    return held


def inputs(x: Any, runs: int, dtype: torch.dtype) -> torch.Tensor:
    """x (n, D) or (E, n, D) as finite numbers of `dtype`."""
    x = tensor(x, "x")
    if x.ndim not in (2, 3) or 0 in x.shape:
        cure = "x[:, None] is one number per sample" if x.ndim == 1 else "x.flatten(1) makes rows of images"
        raise BadInput(f"x must have shape (n, D) or (E, n, D), got {tuple(x.shape)}; rows are samples, {cure}")
    if x.ndim == 3 and x.shape[0] != runs:
        raise BadInput(
            f"x must have one data set per run, got shape {tuple(x.shape)} for {runs} runs; pass (n, D) to share one, "
            "x.flatten(1) if these are images"
        )
    try:
        x = x.to(dtype)
        fine = bool(torch.isfinite(x).all())
    except (RuntimeError, TypeError, NotImplementedError) as error:  # no float64 on MPS, a tensor of a transform, …
        raise BadInput(
            f"x must be a tensor that can be used as {dtype}, got {x.dtype} on {x.device}: {error}"
        ) from None
    if not fine:
        raise BadInput("x must be finite, got NaN or infinite entries; remove or repair those samples")
    return x


def indices(labels: Any, classes: int | None, runs: int, samples: int) -> tuple[torch.Tensor, int]:
    """Labels (n,) or (E, n) as int64, and the number of classes: `classes`, or one more than the largest label."""
    labels = tensor(labels, "labels")
    wide = labels.ndim == 2 and labels.shape[0] == samples
    cure = "labels.argmax(1) for rows of ones and zeros" if wide and labels.shape[1] > 1 else ""
    cure = "labels.squeeze(1)" if wide and labels.shape[1] == 1 else cure
    leading(labels, "labels", 0, runs, samples, cure)
    if labels.is_floating_point() or labels.dtype == torch.bool:
        raise BadInput(f"labels must be whole numbers, got {labels.dtype}; pass one class index per sample, as int64")
    labels = labels.long()
    low, high = int(labels.min()), int(labels.max())
    if low < 0:
        raise BadInput(
            f"labels must not be negative, got {low} .. {high}; if {low} marks samples without a label, leave them out"
        )
    classes = max(2, high + 1) if classes is None else classes
    if high >= classes:
        cure = ": labels - 1" if (low, high) == (1, classes) else f", or give logits or classes for all {high + 1}"
        raise BadInput(f"labels must lie in 0 .. {classes - 1}, got {low} .. {high}; count classes from 0{cure}")
    return labels, classes


def leading(value: torch.Tensor, name: str, more: int, runs: int, samples: int, cure: str = "") -> None:
    """Raise BadInput unless the axes before the last `more` are (samples,) or (runs, samples)."""
    axes = tuple(value.shape[: value.ndim - more])
    if axes not in ((samples,), (runs, samples)):
        raise BadInput(
            f"{name} must have one row for each of the {samples} samples ({runs} × {samples} if each run has its "
            f"own), got shape {tuple(value.shape)}" + (cure and f"; {cure}")
        )
