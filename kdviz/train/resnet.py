"""The residual networks of the CIFAR papers, as ordinary modules and as one grouped network for many seeds at once.

After K. He, X. Zhang, S. Ren, J. Sun, "Deep residual learning for image recognition" (CVPR 2016), section 4.2; the wide
forms as the distillation benchmarks build them. Convolutions start as N(0, 2/fan_out), batch norm as 1 and 0, the last
layer as PyTorch starts any linear layer.
"""

from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

from kdviz.core.check import BadInput

EPSILON = 1e-5  # of batch norm
PLAIN: dict[str, Any] = {"device": "cpu", "dtype": torch.float32}  # whatever torch's defaults are


@dataclass(frozen=True)
class Spec:
    """A network of `depth` 6n + 2: a stem of `widths[0]` channels, three stages of n blocks with the other widths.

    `option` is what a shortcut does where the shape changes: "A" subsamples and pads with zeros, "B" is a 1×1
    convolution with batch norm. `classes` outputs. BadInput for a depth or an option that does not exist.
    """

    depth: int
    widths: tuple[int, int, int, int] = (16, 16, 32, 64)
    option: str = "B"
    classes: int = 100

    def __post_init__(self) -> None:
        if self.depth < 8 or (self.depth - 2) % 6:
            raise BadInput(f"depth must be 6n + 2, got {self.depth}; take 8, 20, 32, 44, 56 or 110")
        if self.option not in ("A", "B"):
            raise BadInput(f"option must be 'A' or 'B', got {self.option!r}; 'B' is the usual one")

    @property
    def features(self) -> int:
        """Width of the pooled features h that the last layer reads."""
        return self.widths[3]

    def blocks(self) -> list[tuple[int, int, int]]:
        """(channels in, channels out, stride) of every block, in order."""
        found, channels = [], self.widths[0]
        for stage, width in enumerate(self.widths[1:]):
            for block in range((self.depth - 2) // 6):
                found.append((channels, width, 2 if stage and not block else 1))
                channels = width
        return found

    def projects(self, channels: int, width: int, stride: int) -> bool:
        """Whether the shortcut of such a block is a convolution."""
        return self.option == "B" and (stride, channels) != (1, width)

    def convolutions(self) -> list[tuple[int, int, int, int]]:
        """Shapes (out, in, k, k) of all convolutions: the stem, then two per block and its projection if it has one."""
        found = [(self.widths[0], 3, 3, 3)]
        for channels, width, stride in self.blocks():
            found += [(width, channels, 3, 3), (width, width, 3, 3)]
            found += [(width, channels, 1, 1)] if self.projects(channels, width, stride) else []
        return found


WIDE = (32, 64, 128, 256)
SPECS = {f"ResNet-{depth}": Spec(depth) for depth in (8, 20, 32, 44, 56, 110)}
SPECS |= {f"resnet{depth}x4": Spec(depth, WIDE) for depth in (8, 32)}


def spec(name: str) -> Spec:
    """The `Spec` of a name from `SPECS`; BadInput for any other.

    >>> spec("ResNet-44").depth
    44
    """
    if name not in SPECS:
        raise BadInput(f"name must be one of {', '.join(SPECS)}, got {name!r}; or make a Spec of your own")
    return SPECS[name]


def pad_shortcut(x: torch.Tensor, width: int, stride: int) -> torch.Tensor:
    """Option A: every `stride`-th pixel of x (B, C, H, W), and zeros for the new channels, half on either side."""
    extra = width - x.shape[1]
    return F.pad(x[:, :, ::stride, ::stride], (0, 0, 0, 0, extra // 2, extra - extra // 2))


class Block(nn.Module):
    """Two 3×3 convolutions with batch norm, and a shortcut: (B, C, H, W) -> (B, width, H/stride, W/stride)."""

    def __init__(self, spec: Spec, channels: int, width: int, stride: int) -> None:
        super().__init__()
        self.width, self.stride = width, stride
        self.conv1 = nn.Conv2d(channels, width, 3, stride, 1, bias=False, **PLAIN)
        self.bn1 = nn.BatchNorm2d(width, **PLAIN)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False, **PLAIN)
        self.bn2 = nn.BatchNorm2d(width, **PLAIN)
        self.plain = (stride, channels) == (1, width)
        if spec.projects(channels, width, stride):
            conv = nn.Conv2d(channels, width, 1, stride, bias=False, **PLAIN)
            self.shortcut = nn.Sequential(conv, nn.BatchNorm2d(width, **PLAIN))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The block's output for x."""
        out = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        if self.plain:
            return F.relu(out + x)
        side = self.shortcut(x) if hasattr(self, "shortcut") else pad_shortcut(x, self.width, self.stride)
        return F.relu(out + side)


class ResNet(nn.Module):
    """A residual network for small images: (B, 3, H, W) -> logits (B, classes).

    `network` is a `Spec` or one of its names; `generator` draws float32 weights on the CPU (the global one if None).

    >>> import torch
    >>> ResNet("ResNet-8")(torch.zeros(2, 3, 32, 32)).shape
    torch.Size([2, 100])
    """

    def __init__(self, network: str | Spec, generator: torch.Generator | None = None) -> None:
        super().__init__()
        self.spec = spec(network) if isinstance(network, str) else network
        self.stem = nn.Conv2d(3, self.spec.widths[0], 3, 1, 1, bias=False, **PLAIN)
        self.bn = nn.BatchNorm2d(self.spec.widths[0], **PLAIN)
        self.blocks = nn.Sequential(*(Block(self.spec, *shape) for shape in self.spec.blocks()))
        self.head = nn.Linear(self.spec.features, self.spec.classes, **PLAIN)
        for conv in self.convolutions():
            nn.init.kaiming_normal_(conv.weight, mode="fan_out", nonlinearity="relu", generator=generator)
        for part in (self.head.weight, self.head.bias):
            nn.init.uniform_(part, -(self.spec.features**-0.5), self.spec.features**-0.5, generator=generator)

    def convolutions(self) -> list[nn.Conv2d]:
        """All convolutions in the order of `Spec.convolutions`."""
        return [module for module in self.modules() if isinstance(module, nn.Conv2d)]

    def features(self, x: torch.Tensor) -> torch.Tensor:
        """The pooled features h (B, features) of images x (B, 3, H, W)."""
        return self.blocks(F.relu(self.bn(self.stem(x)))).mean((2, 3))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The logits of x."""
        return self.head(self.features(x))
