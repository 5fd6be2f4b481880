"""No network at all: logits that move by themselves."""

import math
from dataclasses import dataclass
from typing import Any

import torch

from kdviz.core.arguments import known, number
from kdviz.core.check import BadInput
from kdviz.train.layers import CENTRED, Parameters, centred, plain


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

    def forward(self, parameters: Parameters, x: torch.Tensor, index: Any = None, *, keep: bool = False) -> Any:
        """Logits (E, K, n) of the training samples, or of those that `index` names; it has no activations to `keep`."""
        z, samples = parameters["logits"], x.shape[-1] if index is None else None
        if samples not in (None, z.shape[-1]):
            raise BadInput(f"x must be the training samples, got {samples} others; free logits have no test set")
        z = centred(self, z)[0]
        z = z * 1 if index is None else z[..., index]
        return (z, {}) if keep else z
