r"""Optimisers as frozen specs for torch's own, fused ones; these act elementwise, so a stack of runs is stepped as one.

Symbols: g gradient, w parameter, v momentum, lr learning rate (of each run, in `Run`), wd weight decay. What a spec
remembers between steps is a dict of lists, one tensor for each parameter, under the names that torch has for them.
The functions are taken out of their decorator, which would load torch's compiler: more than a second at the first step.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from inspect import unwrap
from itertools import pairwise
from typing import Any

import torch
from torch.optim.adam import adam
from torch.optim.adamw import adamw
from torch.optim.sgd import sgd

from kdviz.core.arguments import number
from kdviz.core.check import BadInput
from kdviz.core.entry import Entry

Tensors = list[torch.Tensor]
Memory = dict[str, Tensors]


@dataclass(frozen=True)
class SGD:
    r"""Gradient descent: v ← momentum · v + g + wd · w, then w ← w − lr · v (Nesterov: − lr (g + wd w + momentum · v)).

    >>> SGD(momentum=0.9).momentum, SGD().momentum
    (0.9, 0.0)
    """

    momentum: float = 0.0
    nesterov: bool = False
    weight_decay: float = 0.0
    rule = staticmethod(unwrap(sgd))

    def __post_init__(self) -> None:
        object.__setattr__(self, "momentum", fraction(self.momentum, "momentum"))
        object.__setattr__(self, "weight_decay", not_negative(self.weight_decay, "weight_decay"))
        if self.nesterov and not self.momentum:
            raise BadInput("nesterov needs momentum, got 0; pass for example momentum=0.9")

    def memory(self, parameters: Tensors) -> Memory:
        """What is remembered before the first step."""
        return {"momentum_buffer": [torch.zeros_like(w) for w in parameters]} if self.momentum else {}

    def step(self, parameters: Tensors, gradients: Tensors, memory: Memory, lr: float, fused: bool) -> None:
        """Change parameters and memory by one step."""
        held = memory.get("momentum_buffer", [None] * len(parameters))
        chosen = {"weight_decay": self.weight_decay, "momentum": self.momentum, "nesterov": self.nesterov}
        self.rule(parameters, gradients, held, fused=fused, lr=lr, dampening=0, maximize=False, **chosen)

    def decay(self, lrs: Iterable[float]) -> list[float]:
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
    rule = staticmethod(unwrap(adam))

    def __post_init__(self) -> None:
        pair = self.betas if isinstance(self.betas, (tuple, list)) and len(self.betas) == 2 else ()
        if not pair:
            raise BadInput(f"betas must be two numbers, got {self.betas!r}; (0.9, 0.999) is usual")
        object.__setattr__(self, "betas", tuple(fraction(beta, "betas") for beta in pair))
        object.__setattr__(self, "eps", not_negative(self.eps, "eps"))
        object.__setattr__(self, "weight_decay", not_negative(self.weight_decay, "weight_decay"))

    def memory(self, parameters: Tensors) -> Memory:
        """What is remembered before the first step."""
        zeros = {name: [torch.zeros_like(w) for w in parameters] for name in ("exp_avg", "exp_avg_sq")}
        where = [w.device if w.is_cuda else "cpu" for w in parameters]  # read at every step, elsewhere by Python
        return {**zeros, "step": [torch.zeros((), dtype=torch.float32, device=device) for device in where]}

    def step(self, parameters: Tensors, gradients: Tensors, memory: Memory, lr: float, fused: bool) -> None:
        """Change parameters and memory by one step."""
        held: tuple = memory["exp_avg"], memory["exp_avg_sq"], [], memory["step"]
        chosen = {"beta1": self.betas[0], "beta2": self.betas[1], "eps": self.eps, "weight_decay": self.weight_decay}
        self.rule(parameters, gradients, *held, fused=fused, lr=lr, amsgrad=False, maximize=False, **chosen)


@dataclass(frozen=True)
class AdamW(Adam):
    """Adam whose weight decay shrinks the weights directly: Loshchilov, Hutter 2019, https://arxiv.org/abs/1711.05101.

    >>> AdamW().weight_decay
    0.01
    """

    weight_decay: float = 0.01
    rule = staticmethod(adamw)


OPTIMISERS: dict[str, Entry] = {
    "sgd": Entry("SGD", "Gradient descent, with momentum where asked for.", SGD),
    "adam": Entry("Adam", "Steps scaled by running moments of the gradient.", Adam),
    "adamw": Entry("AdamW", "Adam whose weight decay shrinks the weights directly.", AdamW),
}

SCHEDULES = {
    "constant": lambda step, steps: 1.0,
    "cosine": lambda step, steps: 0.5 * (1 + math.cos(math.pi * step / steps)),
}


def stretches(values: Sequence[float]) -> list[tuple[float, slice]]:
    """Maximal stretches of equal neighbours as (value, slice).

    >>> stretches([0.1, 0.1, 0.2])
    [(0.1, slice(0, 2, None)), (0.2, slice(2, 3, None))]
    """
    edges = [0, *(i for i in range(1, len(values)) if values[i] != values[i - 1]), len(values)]
    return [(values[a], slice(a, b)) for a, b in pairwise(edges)]


class Stepper:
    """An optimiser over a stack of runs, one group for each stretch of runs with one learning rate."""

    def __init__(self, spec: Any, parameters: dict[str, torch.Tensor], lrs: Sequence[float]) -> None:
        self.spec, self.leaves = spec, list(parameters.values())
        self.fused = self.leaves[0].device.type in ("cpu", "cuda")
        self.base = stretches(lrs)
        self.views = [[leaf.detach()[where] for leaf in self.leaves] for _, where in self.base]
        self.held = [spec.memory(views) for views in self.views]

    def step(self, factor: float) -> None:
        """One step with the gradients of the leaves, which are then forgotten; `factor` scales the learning rates."""
        whole = len(self.base) == 1
        for (lr, where), views, held in zip(self.base, self.views, self.held, strict=True):
            gradients = [leaf.grad if whole else leaf.grad[where] for leaf in self.leaves]
            self.spec.step(views, gradients, held, lr * factor, self.fused)
        for leaf in self.leaves:
            leaf.grad = None

    def state(self) -> dict[str, torch.Tensor]:
        """{"group.name.parameter": tensor}, copies."""
        return {
            f"{i}.{name}.{j}": value.clone()
            for i, held in enumerate(self.held)
            for name, values in held.items()
            for j, value in enumerate(values)
        }

    def restore(self, state: dict[str, torch.Tensor]) -> None:
        """Take over what `state` gave."""
        for place, value in state.items():
            i, name, j = place.split(".")
            self.held[int(i)][name][int(j)].copy_(value)


def fraction(value: float, name: str) -> float:
    """A number in [0, 1); BadInput for others."""
    return number(value, name, "lie in [0, 1)", lambda found: 0 <= found < 1, "0.9 is usual")


def not_negative(value: float, name: str) -> float:
    """A number in [0, infinity); BadInput for others."""
    return number(value, name, "be finite and not negative", lambda found: 0 <= found < math.inf, "0 is none")
