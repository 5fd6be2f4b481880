"""Parts of a step for runs with different losses: who learns what, from which samples, and who is still well."""

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import torch

from kdviz.train.ensemble import columns
from kdviz.train.gradients import gradient
from kdviz.train.identity import Identity
from kdviz.train.plans import Run

Kinds = list[tuple[Any, list[int]]]  # each loss with the places of its runs
Slope = tuple[Any, tuple[torch.Tensor, ...], Callable[..., torch.Tensor]]  # which runs, constants, function


def by_loss(runs: Sequence[Run]) -> Kinds:
    """The different losses of the runs, in order, each with the places of its runs.

    >>> from kdviz.losses import CE, KD
    >>> by_loss([Run(KD(4)), Run(CE()), Run(KD(4.0))])
    [(KD(temperature=4.0), [0, 2]), (CE(smoothing=0.0), [1])]
    """
    identity = Identity()
    found: dict[tuple, tuple[Any, list[int]]] = {}
    for i, run in enumerate(runs):
        found.setdefault(identity.of(run.loss), (run.loss, []))[1].append(i)
    return list(found.values())


def groups(
    kinds: Kinds, teacher_logits: torch.Tensor | None, labels: torch.Tensor | None, classes: int, like: torch.Tensor
) -> list[Slope]:
    """The runs of each loss, from `by_loss`, as (which, constants, function); `which` is a slice where evenly spaced.

    Constants are computed on the CPU, where float64 is to be had, and then moved.
    """
    found, here = [], torch.empty(0, dtype=like.dtype, device="cpu")
    teacher_logits, labels = (None if tensor is None else tensor.cpu() for tensor in (teacher_logits, labels))
    for loss, at in kinds:
        even = range(at[0], at[-1] + 1, at[1] - at[0] if len(at) > 1 else 1)
        which = slice(even.start, even.stop, even.step) if at == list(even) else torch.tensor(at, device="cpu")
        zt = teacher_logits if teacher_logits is None or teacher_logits.ndim == 2 else teacher_logits[which]
        zt = None if zt is None else columns(zt)
        y = labels if labels is None or labels.ndim == 1 else labels[which]
        constants, slope = gradient(loss, zt, y, classes, here)
        which = which if isinstance(which, slice) else which.to(like.device)
        found.append((which, tuple(tensor.to(like.device) for tensor in constants), slope))
    return found


def logit_gradient(slopes: list[Slope], z: torch.Tensor, index: torch.Tensor | None) -> torch.Tensor:
    """dL/dz of every sample for all runs: (E, K, B)."""
    found = None
    for which, constants, slope in slopes:
        parts = constants if index is None else [tensor[..., index] for tensor in constants]
        if len(slopes) == 1:
            return slope(z, *parts)
        found = torch.empty_like(z) if found is None else found
        found[which] = slope(z[which], *parts)
    return found


def noticed(diverged: torch.Tensor, z: torch.Tensor, step: int) -> torch.Tensor:
    """`diverged` with `step` for runs whose logits are no longer finite; on the CPU one sum settles the usual case."""
    if z.device.type == "cpu" and math.isfinite(z.sum()):
        return diverged
    return torch.where((diverged < 0) & ~torch.isfinite(z.sum((1, 2))), step, diverged)


def chosen(step: int, samples: int, batch: int, order: int, device: Any) -> torch.Tensor:
    """Which samples step number `step` sees: each epoch is a new permutation, its incomplete last batch left out."""
    epoch, place = divmod(step, samples // batch)
    return torch.from_numpy(shuffled(samples, order, epoch)[place * batch : (place + 1) * batch]).to(device)


@lru_cache(maxsize=4)
def shuffled(samples: int, order: int, epoch: int) -> np.ndarray:
    """The permutation of one epoch; drawn once, not at every step of it."""
    return np.random.default_rng([order, epoch]).permutation(samples)


def losses(
    kinds: Kinds, z: torch.Tensor, teacher_logits: torch.Tensor | None, labels: torch.Tensor | None
) -> np.ndarray:
    """Mean loss of every run over all samples, to full precision; NaN where the logits are not finite."""
    found = np.full(len(z), np.nan)
    fine = torch.isfinite(z).flatten(1).all(1).cpu().numpy()
    for loss, places in kinds:
        at = [i for i in places if fine[i]]
        if at:
            zt = teacher_logits if teacher_logits is None or teacher_logits.ndim == 2 else teacher_logits[at]
            y = labels if labels is None or labels.ndim == 1 else labels[at]
            value = loss.value(z[at].mT.cpu(), None if zt is None else zt.cpu(), None if y is None else y.cpu())
            found[at] = value.double().mean(-1).numpy()
    return found
