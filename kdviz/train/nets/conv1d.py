"""Convolutional students for signals."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import torch
from torch import nn

from kdviz.core.arguments import known, sizes, whole
from kdviz.core.check import BadInput
from kdviz.train.layers import CENTRED, Parameters, affine, centred, linear


@dataclass(frozen=True)
class Conv1d:
    """Convolutions along a signal, each with stride 2 and ReLU, then one linear layer; for inputs of one channel.

    Kernels are odd and padded by half their length. Starts as torch does. ValueError for what is none of this.

    >>> Conv1d((8, 8)).module(40, 10)
    Sequential(
      (0): Unflatten(dim=1, unflattened_size=(1, 40))
      (1): Conv1d(1, 8, kernel_size=(5,), stride=(2,), padding=(2,))
      (2): ReLU()
      (3): Conv1d(8, 8, kernel_size=(5,), stride=(2,), padding=(2,))
      (4): ReLU()
      (5): Flatten(start_dim=1, end_dim=-1)
      (6): Linear(in_features=80, out_features=10, bias=True)
    )
    """

    channels: tuple = (8, 8)
    kernel: int = 5
    center_head: str = "no"

    def __post_init__(self) -> None:
        object.__setattr__(self, "channels", sizes(self.channels, "channels", "(8, 8) is usual"))
        object.__setattr__(self, "kernel", whole(self.kernel, "kernel", 1, None, "odd; 5 is usual"))
        if not self.channels or not self.kernel % 2:
            raise BadInput(
                f"channels must not be empty and kernel odd, got {self.channels} and {self.kernel}; 5 is usual"
            )
        known(self.center_head, "center_head", CENTRED)

    @property
    def units(self) -> int:
        """Channels of one student times ten, about what they cost, for the choice of threads."""
        return 10 * sum(self.channels)

    def module(self, inputs: int, classes: int) -> nn.Module:
        """The same student as `torch.nn.Sequential`, rows are samples; its keys are the names of the parameters."""
        layers: list = [nn.Unflatten(1, (1, inputs))]
        for i, o in pairwise((1, *self.channels)):
            layers += [nn.Conv1d(i, o, self.kernel, stride=2, padding=self.kernel // 2), nn.ReLU()]
        return nn.Sequential(*layers, nn.Flatten(), nn.Linear(self._features(inputs), classes))

    def draw(self, seed: int, inputs: int, classes: int, samples: int) -> Parameters:
        """Parameters of one student, float32: {"1.weight": (C, channels × kernel), "1.bias": (C,), …}."""
        generator = torch.Generator("cpu").manual_seed(seed)
        drawn: Parameters = {}
        for layer, (i, o) in enumerate(pairwise((1, *self.channels))):
            drawn |= linear(f"{2 * layer + 1}", o, i * self.kernel, generator)
        return drawn | linear(self.head()[0].removesuffix(".weight"), classes, self._features(inputs), generator)

    def head(self) -> tuple[str, str]:
        """Names of the last layer's weight and bias."""
        last = 2 * len(self.channels) + 2
        return f"{last}.weight", f"{last}.bias"

    def forward(self, parameters: Parameters, x: torch.Tensor, index: Any = None, *, keep: bool = False) -> Any:
        """Logits (E, K, n) from x, (D, n) for all runs or (S, D, n): windows side by side, then products.

        With `keep` also a dict of all activations, (E, C, L, n), before and after each ReLU.
        """
        x = x.unsqueeze(-3)  # (..., 1, D, n)
        kept: Parameters = {}
        for layer in range(1, 2 * len(self.channels), 2):
            weight, bias = parameters[f"{layer}.weight"], parameters[f"{layer}.bias"]
            padded = nn.functional.pad(x, (0, 0, self.kernel // 2, self.kernel // 2))
            windows = padded.unfold(-2, self.kernel, 2).movedim(-1, -3)  # (..., C, kernel, L, n)
            flat = windows.reshape(*windows.shape[:-4], weight.shape[2], -1)
            if keep:
                before = kept[f"{layer}"] = affine(weight, bias, flat).unflatten(2, windows.shape[-2:])
                x = kept[f"{layer + 1}"] = torch.relu(before)
            else:
                x = affine(weight, bias, flat, torch.relu_).unflatten(2, windows.shape[-2:])  # (E, C, L, n)
        weight, bias = centred(self, *(parameters[name] for name in self.head()))
        z = affine(weight, bias, x.flatten(1, 2))
        return (z, kept) if keep else z

    def _features(self, inputs: int) -> int:
        for _ in self.channels:
            inputs = (inputs + 1) // 2
        return inputs * self.channels[-1]
