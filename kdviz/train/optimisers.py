r"""Optimisers as frozen specs for torch's own, fused ones; these act elementwise, so a stack of runs is stepped as one.

Symbols: g gradient, w parameter, v momentum, lr learning rate (of each run, in `Run`), wd weight decay.
"""

import math
from dataclasses import dataclass, fields
from itertools import pairwise

import torch

from kdviz.core.check import BadInput


@dataclass(frozen=True)
class SGD:
    r"""Gradient descent: v ← momentum · v + g + wd · w, then w ← w − lr · v (Nesterov: − lr (g + wd w + momentum · v)).

    >>> SGD(momentum=0.9).torch_name, SGD().momentum
    ('SGD', 0.0)
    """

    momentum: float = 0.0
    nesterov: bool = False
    weight_decay: float = 0.0
    torch_name = "SGD"

    def __post_init__(self):
        fraction(self.momentum, "momentum")
        not_negative(self.weight_decay, "weight_decay")
        if self.nesterov and not self.momentum:
            raise BadInput("nesterov needs momentum, got 0; pass for example momentum=0.9")

    def decay(self, lrs):
        r"""Factor by which w̄ and b̄ have shrunk after each step, whatever data and loss, if gradients sum to zero.

        The scalar recursion v ← momentum · v + wd · w, w ← w − lr · v from w = 1, over the learning rates of all steps.

        >>> [round(f, 4) for f in SGD(weight_decay=0.1).decay([1.0, 1.0])]
        [0.9, 0.81]
        """
        w, v, found = 1.0, 0.0, []
        for lr in lrs:
            g = self.weight_decay * w
            v = self.momentum * v + g
            w -= lr * (g + self.momentum * v if self.nesterov else v)
            found.append(w)
        return found


@dataclass(frozen=True)
class Adam:
    """Kingma, Ba 2015, https://arxiv.org/abs/1412.6980; its weight decay is added to the gradient.

    >>> Adam().betas
    (0.9, 0.999)
    """

    betas: tuple = (0.9, 0.999)
    eps: float = 1e-8
    weight_decay: float = 0.0
    torch_name = "Adam"

    def __post_init__(self):
        object.__setattr__(self, "betas", tuple(self.betas))
        for beta in self.betas:
            fraction(beta, "betas")
        not_negative(self.weight_decay, "weight_decay")


@dataclass(frozen=True)
class AdamW(Adam):
    """Adam whose weight decay shrinks the weights directly: Loshchilov, Hutter 2019, https://arxiv.org/abs/1711.05101.

    >>> AdamW().weight_decay
    0.01
    """

    weight_decay: float = 0.01
    torch_name = "AdamW"


SCHEDULES = {
    "constant": lambda step, steps: 1.0,
    "cosine": lambda step, steps: 0.5 * (1 + math.cos(math.pi * step / steps)),
}


def stretches(values):
    """Maximal stretches of equal neighbours as (value, slice).

    >>> stretches([0.1, 0.1, 0.2])
    [(0.1, slice(0, 2, None)), (0.2, slice(2, 3, None))]
    """
    edges = [0, *(i for i in range(1, len(values)) if values[i] != values[i - 1]), len(values)]
    return [(values[a], slice(a, b)) for a, b in pairwise(edges)]


class Stepper:
    """torch's optimiser over a stack of runs, one parameter group for each stretch of runs with one learning rate."""

    def __init__(self, spec, parameters, lrs):
        self.leaves = list(parameters.values())
        device = self.leaves[0].device.type
        options = {field.name: getattr(spec, field.name) for field in fields(spec)}
        options |= {"fused": True} if device in ("cpu", "cuda") else {}
        self.base = stretches(lrs)
        self.views = [[leaf.detach()[where] for leaf in self.leaves] for _, where in self.base]
        groups = [{"params": views, "lr": lr} for (lr, _), views in zip(self.base, self.views, strict=True)]
        self.optimiser = getattr(torch.optim, spec.torch_name)(groups, **options)

    def step(self, factor):
        """One step with the gradients of the leaves, which are then forgotten; `factor` scales the learning rates."""
        whole = len(self.base) == 1
        for (lr, where), views, group in zip(self.base, self.views, self.optimiser.param_groups, strict=True):
            group["lr"] = lr * factor
            for leaf, view in zip(self.leaves, views, strict=True):
                view.grad = leaf.grad if whole else leaf.grad[where]
        self.optimiser.step()
        for leaf in self.leaves:
            leaf.grad = None

    def state(self):
        """{"group.parameter.name": tensor}, copies."""
        held = self.optimiser.state_dict()["state"]
        return {f"{i}.{key}": value.clone() for i, state in held.items() for key, value in state.items()}

    def restore(self, state):
        """Take over what `state` gave."""
        content: dict = {}
        for name, value in state.items():
            i, _, key = name.partition(".")
            content.setdefault(int(i), {})[key] = value.clone()
        self.optimiser.load_state_dict({**self.optimiser.state_dict(), "state": content})


def fraction(value, name):
    """Raise BadInput unless 0 <= value < 1."""
    if not 0 <= value < 1:
        raise BadInput(f"{name} must lie in [0, 1), got {value!r}; 0.9 is usual")


def not_negative(value, name):
    """Raise BadInput unless 0 <= value < infinity."""
    if not 0 <= value < math.inf:
        raise BadInput(f"{name} must be finite and not negative, got {value!r}; 0 is none")
