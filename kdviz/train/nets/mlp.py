"""Fully connected students."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import torch
from torch import nn

from kdviz.core.arguments import known, sizes
from kdviz.train.layers import ACTIVATIONS, CENTRED, KEEPING, Parameters, affine, centred, linear


@dataclass(frozen=True)
class MLP:
    """Fully connected ReLU layers; `MLP(())` is the linear student.

    `center_head` takes the mean over classes out of the last layer: "init" once at the start, "forward" at every step.
    Weights and biases start as in `torch.nn.Linear`, uniform in ±1/√fan-in. ValueError for what is none of this.

    >>> MLP((32,)).module(64, 10)
    Sequential(
      (0): Linear(in_features=64, out_features=32, bias=True)
      (1): ReLU()
      (2): Linear(in_features=32, out_features=10, bias=True)
    )
    """

    hidden: tuple = (32,)
    center_head: str = "no"
    activation: str = "relu"

    def __post_init__(self) -> None:
        object.__setattr__(self, "hidden", sizes(self.hidden, "hidden", "() is a linear student"))
        known(self.center_head, "center_head", CENTRED)
        known(self.activation, "activation", tuple(ACTIVATIONS))

    @property
    def units(self) -> int:
        """Hidden units of one student, for the choice of threads."""
        return sum(self.hidden)

    def module(self, inputs: int, classes: int) -> nn.Module:
        """The same student as `torch.nn.Sequential`, rows are samples; its keys are the names of the parameters."""
        sizes, layers = (inputs, *self.hidden, classes), []
        for i, o in pairwise(sizes):
            layers += [nn.Linear(i, o), nn.ReLU() if self.activation == "relu" else nn.Tanh()]
        return nn.Sequential(*layers[:-1])

    def draw(self, seed: int, inputs: int, classes: int, samples: int) -> Parameters:
        """Parameters of one student, float32: {"0.weight": (H, D), "0.bias": (H,), …}."""
        sizes, generator = (inputs, *self.hidden, classes), torch.Generator("cpu").manual_seed(seed)
        drawn: Parameters = {}
        for layer, (i, o) in enumerate(pairwise(sizes)):
            drawn |= linear(f"{2 * layer}", o, i, generator)
        return drawn

    def head(self) -> tuple[str, str]:
        """Names of the last layer's weight and bias."""
        return f"{2 * len(self.hidden)}.weight", f"{2 * len(self.hidden)}.bias"

    def forward(self, parameters: Parameters, x: torch.Tensor, index: Any = None, *, keep: bool = False) -> Any:
        """Logits (E, K, n) from x, (D, n) for all runs or (S, D, n) where E/S neighbours share one.

        With `keep` also a dict of all activations, (E, H, n), before and after each ReLU or tanh.
        """
        last, activation = 2 * len(self.hidden), ACTIVATIONS[self.activation]
        kept: Parameters = {}
        for layer in range(0, last, 2):
            weight, bias = parameters[f"{layer}.weight"], parameters[f"{layer}.bias"]
            if keep:
                before = kept[f"{layer}"] = affine(weight, bias, x)
                x = kept[f"{layer + 1}"] = KEEPING[activation](before)
            else:
                x = affine(weight, bias, x, activation)
        weight, bias = centred(self, parameters[f"{last}.weight"], parameters[f"{last}.bias"])
        z = affine(weight, bias, x)
        return (z, kept) if keep else z
