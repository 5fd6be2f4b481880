r"""Logit gradients for training: what depends on teacher and labels is prepared once, nothing is checked per step.

Class-major: student logits z (E, K, n), teacher (K, n) or (E, K, n), labels (n,) or (E, n). Each loss of
`kdviz.losses` gives a pair: constant tensors whose last axis is the sample, and a function of z and these that
returns dL/dz of every sample, equal to `loss.grad(..., axis=-2)`.
"""

from collections.abc import Callable
from typing import Any

import torch

from kdviz.core.teacher import Teacher, closed_grad, prepare, stable_grad
from kdviz.losses import CE, KD, LM, CentredLM, PrintedLM, Sum

Form = tuple[tuple[torch.Tensor, ...], Callable[..., torch.Tensor]]


def gradient(loss: Any, teacher: torch.Tensor, labels: torch.Tensor | None, classes: int, like: torch.Tensor) -> Form:
    """(constants, function) of one loss: see the head of this file; `like` gives dtype and device.

    Losses without a form of their own use their `grad`, which checks its input at every step.

    >>> z, zt = torch.tensor([[[1.0], [0.0]]]), torch.tensor([[0.0], [0.0]])
    >>> constants, slope = gradient(LM(), zt, None, 2, z)
    >>> slope(z, *constants).flatten()
    tensor([0.5000, 0.0000])
    """
    return FORMS.get(type(loss), checked)(loss, teacher, labels, classes, like)


def distillation(
    loss: Any, teacher: torch.Tensor, labels: torch.Tensor | None, classes: int, like: torch.Tensor
) -> Form:
    """T (p_s − p_t): the closed form up to T = 2, the stable one above."""
    seen = prepare(teacher, loss.temperature, axis=-2)
    rule, held = closed_grad if seen.temperature <= 2 else stable_grad, seen.temperature
    constants = (seen.logits, seen.mean, seen.probabilities)
    return constants, lambda z, zt, mean, p: rule(z, Teacher(held, zt, mean, p, -2))


def raw(loss: Any, teacher: torch.Tensor, labels: torch.Tensor | None, classes: int, like: torch.Tensor) -> Form:
    """(z_s − z_t)/K."""
    return (teacher,), lambda z, zt: (z - zt).div_(classes)


def centred(loss: Any, teacher: torch.Tensor, labels: torch.Tensor | None, classes: int, like: torch.Tensor) -> Form:
    """(x_s − x_t)/K."""
    wide = teacher.double()
    teacher = (wide - wide.mean(-2, keepdim=True)).to(teacher.dtype)

    def slope(z: torch.Tensor, xt: torch.Tensor) -> torch.Tensor:
        d = z - xt
        return d.sub_(d.mean(1, keepdim=True)).div_(classes)

    return (teacher,), slope


def printed(loss: Any, teacher: torch.Tensor, labels: torch.Tensor | None, classes: int, like: torch.Tensor) -> Form:
    """[(z_s − z_t) + (c_s − c_t)]/K."""

    def slope(z: torch.Tensor, zt: torch.Tensor) -> torch.Tensor:
        d = z - zt
        return d.add_(d.mean(1, keepdim=True)).div_(classes)

    return (teacher,), slope


def cross_entropy(loss: Any, teacher: torch.Tensor, labels: torch.Tensor, classes: int, like: torch.Tensor) -> Form:
    """q − ỹ."""
    hit = torch.nn.functional.one_hot(labels, classes).mT.to(like).contiguous()
    target = (1 - loss.smoothing) * hit + loss.smoothing / classes
    return (target,), lambda z, y: torch.softmax(z, 1).sub_(y)


def total(loss: Any, teacher: torch.Tensor, labels: torch.Tensor | None, classes: int, like: torch.Tensor) -> Form:
    """Weighted sum of the terms."""
    terms = [(weight, *gradient(term, teacher, labels, classes, like)) for weight, term in loss.terms]
    ends = [0]
    for _, constants, _ in terms:
        ends.append(ends[-1] + len(constants))

    def slope(z: torch.Tensor, *parts: torch.Tensor) -> torch.Tensor:
        found = [
            weight * rule(z, *parts[a:b]) for (weight, _, rule), a, b in zip(terms, ends[:-1], ends[1:], strict=True)
        ]
        return sum(found[1:], start=found[0])

    return tuple(tensor for _, constants, _ in terms for tensor in constants), slope


def checked(loss: Any, teacher: torch.Tensor, labels: torch.Tensor | None, classes: int, like: torch.Tensor) -> Form:
    """Any other loss by its own `grad`; a run that is no longer finite gets no gradient."""
    constants = [tensor for tensor in (teacher, labels) if tensor is not None]

    def slope(z: torch.Tensor, *parts: torch.Tensor) -> torch.Tensor:
        rest = iter(parts)
        zt = None if teacher is None else next(rest)
        y = None if labels is None else next(rest)
        fine = torch.isfinite(z).flatten(1).all(1)
        zt = zt[fine] if zt is not None and zt.ndim == 3 else zt
        y = y[fine] if y is not None and y.ndim == 2 else y
        found = torch.full_like(z, torch.nan)
        if bool(fine.any()):
            found[fine] = loss.grad(z[fine], zt, y, axis=-2)
        return found

    return tuple(constants), slope


FORMS = {KD: distillation, LM: raw, CentredLM: centred, PrintedLM: printed, CE: cross_entropy, Sum: total}
