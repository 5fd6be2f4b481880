"""What all methods of a training make of one step, which samples it sees, and who is still well."""

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


class Course:
    """All groups of a training and the students they share.

    One forward pass serves all groups, unless a method runs its students itself; then each has a pass of its own.
    """

    def __init__(self, groups: Sequence[Group], students: Ensemble) -> None:
        self.groups, self.students = groups, students
        self.plain = all(group.slope is not None for group in groups)
        self.apart = any(group.apart for group in groups)
        self.keeps = any(group.method.keeps for group in groups)

    def passes(self, x: torch.Tensor, index: torch.Tensor | None) -> list[Pass]:
        """The forward passes of one step; x are the columns that it sees."""
        if self.apart:
            return [([group], group.outputs(index)) for group in self.groups]
        if self.keeps:
            return [(self.groups, Outputs(*self.students.kept(x, index)))]
        return [(self.groups, Outputs(self.students.forward(x, index), NONE))]

    def learn(self, x: torch.Tensor, index: torch.Tensor | None, step: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Put the gradients of one step into all leaves; returns logits and their gradient over B, both (E, K, B)."""
        if self.plain:
            z = self.students.forward(x, index)
            g = logit_gradient(self.groups, z.detach(), index).div_(z.shape[-1])
            z.backward(g)
            return z.detach(), g
        done = self.passes(x, index)
        found = [slopes_of(together, outputs, index, step) for together, outputs in done]
        roots, slopes = [], []
        for (_, outputs), (g, kept) in zip(done, found, strict=True):
            roots += [outputs.logits, *(outputs.kept[name] for name in kept)]
            slopes += [g, *kept.values()]
        torch.autograd.backward(roots, slopes)
        z, g = done[0][1].logits.detach(), found[0][0]
        if len(done) == 1:
            return z, g
        z, g = (z.new_empty(len(self.students), *z.shape[1:]) for _ in range(2))
        for (together, outputs), (part, _) in zip(done, found, strict=True):
            z[together[0].which], g[together[0].which] = outputs.logits.detach(), part
        return z, g

    def mean_losses(self, x: torch.Tensor) -> Callable[[], np.ndarray]:
        """A function that gives the mean loss (E,) of every run over all samples as it is now, also later."""
        parts = []
        for together, outputs in self.passes(x, None):
            for group in together:
                which = slice(None) if len(together) == 1 else group.which
                kept = {name: h[which] for name, h in outputs.kept.items()} if group.keeps else NONE
                parts.append((group, group.mean_loss(Outputs(outputs.logits[which], kept))))

        def found() -> np.ndarray:
            losses = np.full(len(self.students), np.nan)
            for group, mean_loss in parts:
                losses[group.places] = mean_loss()
            return losses

        return found


def logit_gradient(groups: Sequence[Group], z: torch.Tensor, index: torch.Tensor | None) -> torch.Tensor:
    """dL/dz of every sample for runs that learn by a loss on the logits: (E, K, B)."""
    if len(groups) == 1:
        return groups[0].slope(z, index)
    g = torch.empty_like(z)
    for group in groups:
        g[group.which] = group.slope(z[group.which], index)
    return g


def slopes_of(
    groups: Sequence[Group], outputs: Outputs, index: torch.Tensor | None, step: int
) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
    """Gradients of the mean over the batch for one forward pass: dL/dz (E, K, B) and {layer: dL/dh}.

    Those of the methods' own tensors are put into these.
    """
    z = outputs.logits.detach()
    g, samples = torch.zeros_like(z), z.shape[-1]
    inner: dict[str, torch.Tensor] = {}
    for group in groups:
        which = slice(None) if len(groups) == 1 else group.which
        seen = {name: h.detach()[which] for name, h in outputs.kept.items()} if group.keeps else NONE
        found = group.step(Outputs(z[which], seen), Batch(group.known, index, step), group.own)
        if found.logits is not None:
            g[which] = found.logits
        for name, slope in found.kept.items():
            inner.setdefault(name, torch.zeros_like(outputs.kept[name]))[which] = slope / samples
        for name, tensor in group.own.items():
            if tensor.requires_grad:
                tensor.grad = found.own[name] / samples if name in found.own else torch.zeros_like(tensor)
    return g.div_(samples), inner


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
