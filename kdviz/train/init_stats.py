"""The mean logit of freshly initialised ResNets, run by run: what Table 1 of the paper averages over 6000 seeds.

One run: convolutions by He's rule, a last layer, one image of standard normal pixels (the paper does not say which
images it took), c = w̄·h + b̄ with the pooled features h. Only Ū·h and V̄, the draws of U(−1, 1) behind w̄ and b̄, are kept:
`kdviz.core.heads` makes c of every initialisation from them.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch

from kdviz.core import heads
from kdviz.core.arguments import whole
from kdviz.core.check import BadInput
from kdviz.train.device import pinned
from kdviz.train.grouped import Grouped, pool
from kdviz.train.layers import plain

BLOCK = 8  # seeds in one forward pass: beyond, the weights leave the cache


class Block(NamedTuple):
    """Runs of one `network`: `seeds` (S,), Ū·h `weights` (S,), V̄ `bias` (S,), |h|² `squares` (S,)."""

    network: str
    seeds: np.ndarray
    weights: np.ndarray
    bias: np.ndarray
    squares: np.ndarray


class Record(NamedTuple):
    """The newest `block`; average of c over `runs` runs of its network so far, their sd, the exact standard error.

    `done` of `total` runs of all networks.
    """

    block: Block
    runs: int
    mean: float
    sd: float
    standard_error: float
    done: int
    total: int


@torch.inference_mode()
@pinned(0)  # one thread: on a busy machine the barriers of two cost more than the second core gives
def block(
    network: str, seeds: Sequence[int], modes: Sequence[bool] = (True,), normals: torch.Tensor | None = None
) -> list[Block]:
    """One `Block` per mode of batch norm (True: train mode, False: eval mode) for the same networks and images.

    `normals` is a `kdviz.train.grouped.pool` of these seeds, drawn here if None.

    >>> block("ResNet-8", range(3))[0].squares.shape
    (3,)
    """
    nets = Grouped(network, seeds, normals)
    size = (nets.spec.classes, nets.spec.features)
    images = plain(len(nets.seeds), 1, 3, 32, 32)
    rows, bias = plain(len(nets.seeds), *size), plain(len(nets.seeds), size[0])
    for s, generator in enumerate(nets.generators):
        images[s].normal_(generator=generator)
        rows[s].uniform_(-1, 1, generator=generator)
        bias[s].uniform_(-1, 1, generator=generator)
    mean, level = rows.double().mean(1), bias.double().mean(1)  # (S, d), (S,)
    found = []
    for train in modes:
        h = nets.features(images, train=train)[:, 0].double()
        drawn = ((mean * h).sum(1), level, h.square().sum(1))
        found.append(Block(network, np.array(nets.seeds), *(part.numpy() for part in drawn)))
    return found


def stream(
    networks: Sequence[str] = heads.NETWORKS,
    runs: int = heads.RUNS,
    head: str = "PyTorch",
    *,
    train: bool = True,
    first: int = 0,
    size: int = BLOCK,
) -> Iterator[Record]:
    """Run `runs` seeds from `first` on of every network, in turns, `size` at a time; stop it whenever you like.

    `head` names an initialisation of the last layer from `kdviz.core.heads`. BadInput for a head or a network that does
    not exist, and for less than one run.

    >>> [(r.block.network, r.runs, r.done, r.total) for r in stream(("ResNet-8",), 12)]
    [('ResNet-8', 8, 8, 12), ('ResNet-8', 12, 12, 12)]
    """
    if head not in (known := heads.heads()):
        raise BadInput(
            f"head must be one of {', '.join(known)}, got {head!r}; “PyTorch” is what Table 1 most likely used"
        )
    runs, first = whole(runs, "runs", 1, None, "the paper took 6000"), whole(first, "first")
    kept = {name: np.empty((0, 2)) for name in networks}  # mean logit, |h|²
    for start in range(0, runs, size):
        seeds = range(first + start, first + min(start + size, runs))
        normals = pool(networks, seeds)
        for name in networks:
            (found,) = block(name, seeds, (train,), normals)
            made = heads.mean_logit(known[head], found.weights, found.bias)
            kept[name] = np.concatenate([kept[name], np.stack([made, found.squares], 1)])
            c, squares = kept[name].T
            error = float(heads.standard_error(known[head], squares.mean(), len(c)))
            done = sum(map(len, kept.values()))
            sd = float(c.std(ddof=1)) if len(c) > 1 else float("nan")
            yield Record(found, len(c), float(c.mean()), sd, error, done, runs * len(kept))


def preview(
    networks: Sequence[str] = heads.NETWORKS,
    head: str = "PyTorch",
    *,
    train: bool = True,
    trunks: int = 48,
    runs: int = heads.RUNS,
) -> dict[str, tuple[float, float]]:
    """Standard deviation and standard error over `runs` of every network's mean logit, from `trunks` of them only.

    |h|² varies so little from seed to seed in train mode that a few dozen networks give both to 1 %. A dict
    name -> (sd, standard error). BadInput as in `stream`.

    >>> sd, error = preview(("ResNet-8",), trunks=8)["ResNet-8"]
    >>> round(sd / error)  # √6000
    77
    """
    squares: dict[str, list] = {name: [] for name in networks}
    for record in stream(networks, trunks, head, train=train):
        squares[record.block.network].append(record.block.squares)
    made = heads.heads()[head]
    average = {name: np.concatenate(parts).mean() for name, parts in squares.items()}
    return {
        name: (float(heads.deviation(made, value)), float(heads.standard_error(made, value, runs)))
        for name, value in average.items()
    }
