r"""Students as frozen specs; samples are columns, so that z = W h + b reads as in the paper for all runs at once.

A spec makes the parameters of one student from a seed (`draw`), runs all of E students at once (`forward`), names its
last layer (`head`) and gives the same student as an ordinary torch module (`module`).
Shapes: E runs, D inputs, H hidden units, K classes, n samples.
"""

import math
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import nn

from kdviz.core.arguments import known, number, sizes, whole
from kdviz.core.check import BadInput
from kdviz.train.layers import ACTIVATIONS, CENTRED, affine, centred, linear, plain

Parameters = dict[str, torch.Tensor]


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

    def forward(self, parameters: Parameters, x: torch.Tensor, index: torch.Tensor | None = None) -> torch.Tensor:
        """Logits (E, K, n) from x, (D, n) for all runs or (S, D, n) where E/S neighbours share one."""
        last = 2 * len(self.hidden)
        for layer in range(0, last, 2):
            x = affine(parameters[f"{layer}.weight"], parameters[f"{layer}.bias"], x, ACTIVATIONS[self.activation])
        weight, bias = centred(self, parameters[f"{last}.weight"], parameters[f"{last}.bias"])
        return affine(weight, bias, x)


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

    def forward(self, parameters: Parameters, x: torch.Tensor, index: torch.Tensor | None = None) -> torch.Tensor:
        """Logits (E, K, n) from x, (D, n) for all runs or (S, D, n): windows side by side, then products."""
        x = x.unsqueeze(-3)  # (..., 1, D, n)
        for layer in range(1, 2 * len(self.channels), 2):
            weight, bias = parameters[f"{layer}.weight"], parameters[f"{layer}.bias"]
            padded = nn.functional.pad(x, (0, 0, self.kernel // 2, self.kernel // 2))
            windows = padded.unfold(-2, self.kernel, 2).movedim(-1, -3)  # (..., C, kernel, L, n)
            flat = windows.reshape(*windows.shape[:-4], weight.shape[2], -1)
            x = affine(weight, bias, flat, torch.relu_).unflatten(2, windows.shape[-2:])  # (E, C, L, n)
        weight, bias = centred(self, *(parameters[name] for name in self.head()))
        return affine(weight, bias, x.flatten(1, 2))

    def _features(self, inputs: int) -> int:
        for _ in self.channels:
            inputs = (inputs + 1) // 2
        return inputs * self.channels[-1]


@dataclass(frozen=True)
class Free:
    """No network: every training sample has logits of its own, which move as the gradient says.

    As a head: W (E, K, n) holds the logits, h is the unit vector of the sample, b = 0; so the class mean of W is c(x).
    The logits start as N(0, scale²). There is no test set: logits exist for the training samples only.

    >>> Free().draw(0, inputs=2, classes=3, samples=5)["logits"].shape
    torch.Size([3, 5])
    """

    scale: float = 1.0
    center_head: str = "no"

    def __post_init__(self) -> None:
        known(self.center_head, "center_head", CENTRED)
        scale = number(self.scale, "scale", "be finite and not negative", lambda s: 0 <= s < math.inf, "1 is usual")
        object.__setattr__(self, "scale", scale)

    @property
    def units(self) -> int:
        """No hidden units."""
        return 0

    def draw(self, seed: int, inputs: int, classes: int, samples: int) -> Parameters:
        """Logits of one student, float32: {"logits": (K, n)}."""
        generator = torch.Generator("cpu").manual_seed(seed)
        return {"logits": self.scale * plain(classes, samples).normal_(generator=generator)}

    def head(self) -> tuple[str, None]:
        """The logits themselves; there is no bias."""
        return "logits", None

    def forward(self, parameters: Parameters, x: torch.Tensor, index: torch.Tensor | None = None) -> torch.Tensor:
        """Logits (E, K, n) of the training samples, or of those that `index` names."""
        z, samples = parameters["logits"], x.shape[-1] if index is None else None
        if samples not in (None, z.shape[-1]):
            raise BadInput(f"x must be the training samples, got {samples} others; free logits have no test set")
        z = centred(self, z)[0]
        return z * 1 if index is None else z[..., index]
