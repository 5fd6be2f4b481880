"""Transfer sets: what a student learns from, drawn from a data set, class-balanced and one per seed."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import torch

from kdviz.core.arguments import number, seed, whole
from kdviz.core.check import BadInput
from kdviz.problems.data import Data


def transfer_sets(
    data: Data, n: int, seeds: Iterable[int], noise: float = 0.0, missing: Any = None
) -> tuple[torch.Tensor, torch.Tensor]:
    """One set of n training samples per seed, class-balanced, drawn without replacement -> index (S, n), labels (S, n).

    The n of one seed contain the n' < n of the same seed, and no method has a say: comparisons are paired. `noise` is
    the share of labels replaced by another class; `missing` is a class, or several, that the sets do not contain.
    BadInput when there are not n samples, when a class is empty, or for a share outside [0, 1].

    >>> from kdviz.problems.digits import digits
    >>> index, labels = transfer_sets(digits(), 100, seeds=range(20))
    >>> index.shape, labels[0].bincount().tolist()
    (torch.Size([20, 100]), [10, 10, 10, 10, 10, 10, 10, 10, 10, 10])
    """
    if not isinstance(data, Data):
        raise BadInput(
            f"data must be a data set such as digits(), got {type(data).__name__}; see kdviz.problems.data.Data"
        )
    if not isinstance(seeds, Iterable):
        raise BadInput(f"seeds must be several seeds, got {seeds!r}; write range(20) or [{seeds!r}]")
    y, gone, seeds = (
        data.y.cpu().numpy(),
        [] if missing is None else np.atleast_1d(missing).tolist(),
        [*map(seed, seeds)],
    )
    noise = share(noise)
    if not seeds:
        raise BadInput("seeds must name at least one set, got none; pass for example range(20)")
    if any(c not in range(data.classes) for c in gone) or len(gone) >= data.classes:
        raise BadInput(f"missing must name classes in 0 .. {data.classes - 1} and leave one, got {missing!r}")
    present = np.setdiff1d(np.arange(data.classes), gone)
    empty = present[np.bincount(y, minlength=data.classes)[present] == 0]
    if len(empty):
        raise BadInput(f"data must have samples of every class, got none of class {empty[0]}; name it in missing")
    there = int(np.isin(y, present).sum())
    n = whole(n, "n", 1, there, "that many samples are there to choose from")
    index = np.stack([_balanced(y, present, n, np.random.default_rng([one, 1])) for one in seeds])
    labels = np.stack([noisy(y[i], data.classes, noise, one) for i, one in zip(index, seeds, strict=True)])
    return torch.as_tensor(index, device=data.y.device), torch.as_tensor(labels, device=data.y.device)


def share(noise: Any) -> float:
    """The share of wrong labels, in [0, 1]."""
    return number(noise, "noise", "lie in [0, 1]", lambda found: 0 <= found <= 1, "0.2 replaces every fifth label")


def _balanced(y: np.ndarray, present: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """n sample numbers, the classes dealt out in turn."""
    shuffled = rng.permutation(len(y))
    rank, classes = np.full(len(y), len(y)), rng.permutation(present)
    for c in classes:
        own = shuffled[y[shuffled] == c]
        rank[own] = np.arange(len(own))
    place = np.zeros(y.max() + 1, int)
    place[classes] = np.arange(len(classes))
    return np.lexsort((place[y], rank))[:n]


def noisy(labels: np.ndarray, classes: int, noise: float, seed: int = 0) -> np.ndarray:
    """Labels (NumPy) of which the share `noise`, rounded to whole samples, is replaced by another class at random.

    >>> int((noisy(np.zeros(100, int), 10, 0.2) != 0).sum())
    20
    """
    rng, labels = np.random.default_rng([whole(seed, "seed"), 2]), labels.copy()
    hit = rng.permutation(len(labels))[: round(noise * len(labels))]
    labels[hit] = (labels[hit] + rng.integers(1, classes, len(hit))) % classes
    return labels
