"""Parts of a step: which samples it sees, what all methods make of the students' outputs, who is still well."""

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import torch

from kdviz.train.ensemble import Ensemble
from kdviz.train.groups import Group
from kdviz.train.methods.base import Batch, Outputs

NONE: dict[str, torch.Tensor] = {}
Pass = tuple[Sequence[Group], Outputs]  # groups that share a forward pass, and what it gave


def passes(groups: Sequence[Group], students: Ensemble, x: torch.Tensor, index: torch.Tensor | None) -> list[Pass]:
    """One forward pass for all groups; one for each where a method runs its students itself. x are the columns seen."""
    if any(group.apart for group in groups):
        return [([group], group.outputs(index)) for group in groups]
    if any(group.method.keeps for group in groups):
        return [(groups, Outputs(*students.kept(x, index)))]
    return [(groups, Outputs(students.forward(x, index)))]


def learn(
    groups: Sequence[Group], students: Ensemble, x: torch.Tensor, index: torch.Tensor | None, step: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Put the gradients of one step into all leaves; returns logits and their gradient over B, both (E, K, B)."""
    done = passes(groups, students, x, index)
    found = [slopes_of(together, outputs, index, step) for together, outputs in done]
    roots, slopes = [], []
    for (_, outputs), (g, kept) in zip(done, found, strict=True):
        roots += [outputs.logits, *(outputs.kept[name] for name in kept)]
        slopes += [g, *kept.values()]
    torch.autograd.backward(roots, slopes)
    z, g = done[0][1].logits.detach(), found[0][0]
    if len(done) == 1:
        return z, g
    z, g = (z.new_empty(len(students), *z.shape[1:]) for _ in range(2))
    for (together, outputs), (part, _) in zip(done, found, strict=True):
        z[together[0].which], g[together[0].which] = outputs.logits.detach(), part
    return z, g


def mean_losses(groups: Sequence[Group], students: Ensemble, x: torch.Tensor) -> Callable[[], np.ndarray]:
    """A function that gives the mean loss (E,) of every run over all samples as it is now, also later."""
    parts = []
    for together, outputs in passes(groups, students, x, None):
        for group in together:
            alike = slice(None) if len(together) == 1 else group.which
            kept = {name: h[alike] for name, h in outputs.kept.items()} if group.method.keeps or group.apart else {}
            parts.append((group, group.mean_loss(Outputs(outputs.logits[alike], kept))))

    def found() -> np.ndarray:
        losses = np.full(len(students), np.nan)
        for group, mean_loss in parts:
            losses[group.places] = mean_loss()
        return losses

    return found


def slopes_of(
    groups: Sequence[Group], outputs: Outputs, index: torch.Tensor | None, step: int
) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
    """Gradients of the mean over the batch for one forward pass: dL/dz (E, K, B) and {layer: dL/dh}.

    Those of the methods' own tensors are put into these.
    """
    z, one = outputs.logits.detach(), len(groups) == 1
    g = z if one else torch.empty_like(z)
    samples, inner = z.shape[-1], {}
    for group in groups:
        which = group.which
        kept = outputs.kept if group.method.keeps or group.apart else NONE
        seen = {name: h.detach() if one else h.detach()[which] for name, h in kept.items()} if kept else NONE
        found = group.step(Outputs(z if one else z[which], seen), Batch(group.known, index, step), group.own)
        if one:
            g = torch.zeros_like(z) if found.logits is None else found.logits
            g = g.div_(samples) if group.method.fresh else g / samples
        else:
            g[which] = 0.0 if found.logits is None else found.logits
        for name, slope in found.kept.items():
            if one:
                inner[name] = slope / samples
            else:
                inner.setdefault(name, torch.zeros_like(outputs.kept[name]))[which] = slope / samples
        for name, tensor in group.own.items():
            if tensor.requires_grad:
                tensor.grad = found.own[name] / samples if name in found.own else torch.zeros_like(tensor)
    return g if one else g.div_(samples), inner


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
