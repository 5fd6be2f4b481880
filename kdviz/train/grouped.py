"""Many freshly initialised ResNets as one network with grouped convolutions: a block of seeds in one forward pass.

Group s of every convolution belongs to seed s alone, and batch norm works channel by channel, so no network sees
another. Each seed has generators of its own: what it gives does not depend on the block it is computed in.

Half of the time goes into random numbers. Networks of different depth therefore take the draws of one seed's
convolutions from one sequence, and a `pool` of them may be drawn once for all; last layers and images have sequences
that no two networks share.
"""

from collections.abc import Iterable, Sequence
from math import prod
from typing import Any

import torch
import torch.nn.functional as F

from kdviz.core.arguments import whole
from kdviz.core.check import BadInput
from kdviz.train.layers import plain
from kdviz.train.resnet import EPSILON, ResNet, Spec, pad_shortcut, spec

LINEAGE = 10**10  # seed s of depth D draws convolutions from generator s, all else from D * LINEAGE + s
APART = 2**24  # seeds below share no generator between depths up to 146, whose starts differ by more modulo 2³²
FASTEST = torch.channels_last  # memory order that grouped convolutions like best on a CPU


def pool(networks: Iterable[str | Spec], seeds: Sequence[int]) -> torch.Tensor:
    """Standard normal numbers (S, P) for the convolutions of `seeds`, enough for the largest of `networks`.

    >>> pool(["ResNet-8"], [0, 1]).shape
    torch.Size([2, 76720])
    """
    most = max(sum(map(prod, named(network).convolutions())) for network in networks)
    drawn = plain(len(seeds), most)
    for row, seed in zip(drawn, map(seeded, seeds), strict=True):
        row.normal_(generator=torch.Generator("cpu").manual_seed(seed))
    return drawn


def seeded(seed: Any) -> int:
    """A seed in 0 .. APART − 1."""
    return whole(seed, "seed", 0, APART - 1, "larger ones would share random numbers with another network")


def named(network: str | Spec) -> Spec:
    """The `Spec` itself, or the one of that name."""
    return spec(network) if isinstance(network, str) else network


class Grouped:
    """The networks `seeds` of one `Spec` (or a name of one), at initialisation.

    `weights` holds one tensor (S·out, in, k, k) per convolution, S seeds side by side; `generators`, one per seed, are
    for whoever draws heads or images. `normals` is a `pool` (S, P) of these seeds, drawn here if None. BadInput without
    seeds.

    >>> Grouped("ResNet-8", [0, 1]).features(torch.zeros(2, 1, 3, 32, 32)).shape
    torch.Size([2, 1, 64])
    """

    def __init__(self, network: str | Spec, seeds: Iterable[int], normals: torch.Tensor | None = None) -> None:
        self.spec = named(network)
        self.seeds = [seeded(seed) for seed in seeds]
        if not self.seeds:
            raise BadInput("seeds must be at least one integer, got none; try range(8)")
        start = self.spec.depth * LINEAGE
        self.generators = [torch.Generator("cpu").manual_seed(start + seed) for seed in self.seeds]
        normals, at, self.weights = pool([self.spec], self.seeds) if normals is None else normals, 0, []
        for o, i, k, _ in self.spec.convolutions():
            size = o * i * k * k
            scaled = normals[:, at : at + size] * (2 / (o * k * k)) ** 0.5  # He, fan_out
            # the numbers are all alike, so they may lie in the memory order in which they are used
            self.weights.append(scaled.view(-1, k, k, i).permute(0, 3, 1, 2))
            at += size

    def features(self, images: torch.Tensor, *, train: bool = True) -> torch.Tensor:
        """Pooled features h (S, B, d) of images (S, B, 3, H, W), B for each seed.

        Batch norm normalises by each seed's own batch (`train`), or by its running statistics, which are still 0 and 1.
        """
        count, batch = images.shape[:2]
        if count != len(self.seeds):
            raise BadInput(f"images must have shape (S, B, 3, H, W) with S = {len(self.seeds)}, got {images.shape}")
        x = images.transpose(0, 1).flatten(1, 2).contiguous(memory_format=FASTEST)  # (B, S·3, H, W)
        weights = iter(self.weights)

        def convolve(x: torch.Tensor, stride: int = 1) -> torch.Tensor:
            w = next(weights)
            x = F.conv2d(x, w, None, stride, w.shape[-1] // 2, 1, count)
            return F.batch_norm(x, None, None, training=True, eps=EPSILON) if train else x.mul_((1 + EPSILON) ** -0.5)

        h = convolve(x).relu_()
        for shape in self.spec.blocks():
            channels, width, stride = shape
            out = convolve(convolve(h, stride).relu_())
            if self.spec.projects(*shape):
                h = convolve(h, stride)
            elif (stride, channels) != (1, width):
                sides = [pad_shortcut(part, width, stride) for part in h.chunk(count, 1)]
                h = torch.cat(sides, 1)
            h = out.add_(h).relu_()
        return h.mean((2, 3)).view(batch, count, -1).transpose(0, 1)

    def module(self, place: int) -> ResNet:
        """The ordinary `ResNet` with the convolutions of `seeds[place]`; its last layer is as PyTorch starts it."""
        made = ResNet(self.spec, torch.Generator("cpu").manual_seed(0))
        with torch.no_grad():
            for conv, weights in zip(made.convolutions(), self.weights, strict=True):
                conv.weight.copy_(weights.unflatten(0, (len(self.seeds), -1))[place])
        return made
