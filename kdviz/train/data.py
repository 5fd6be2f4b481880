"""Data sets that need no download, and transfer sets drawn from them."""

import gzip
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from kdviz.core.check import BadInput
from kdviz.train.arguments import number, seed, whole
from kdviz.train.device import pick


class Data(NamedTuple):
    """Samples in rows on one device: x (n, D) float32, y (n,) int64, and a test set that nobody learns from."""

    name: str
    x: Any
    y: Any
    x_test: Any
    y_test: Any
    classes: int


DIGITS_TRAIN = 1200  # of 1797


def digits(device: Any = "cpu", seed: int = 0) -> Data:
    """Handwritten digits, 8 × 8 pixels, K = 10: 1200 to learn from and 597 to be judged on; `seed` splits them.

    Pixels are shifted and scaled by one number each: over all that is learnt from, mean 0 and standard deviation 1.
    UCI "Optical Recognition of Handwritten Digits" (Alpaydin, Kaynak 1998), as scikit-learn ships it.

    >>> data = digits()
    >>> data.x.shape, data.y_test.shape
    (torch.Size([1200, 64]), torch.Size([597]))
    """
    table = _digits()
    order = np.random.default_rng(whole(seed, "seed")).permutation(len(table))
    x = table[order, :-1]
    x = (x - x[:DIGITS_TRAIN].mean()) / x[:DIGITS_TRAIN].std()
    return split("digits", x, table[order, -1], DIGITS_TRAIN, 10, device)


def _digits() -> np.ndarray:
    """scikit-learn's file, read without importing scikit-learn (which costs 100 MB): (1797, 65), label last."""
    found = find_spec("sklearn")
    folders = (found.submodule_search_locations or []) if found else []
    where = next((Path(folder, "datasets/data/digits.csv.gz") for folder in folders), None)
    if where is None or not where.exists():
        raise BadInput("digits come with scikit-learn, which is not there; pip install 'kdviz[train]'")
    with gzip.open(where, "rt", encoding="ascii") as lines:
        return np.loadtxt(lines, delimiter=",", dtype=np.float32)


def split(name: str, x: np.ndarray, y: np.ndarray, train: int, classes: int, device: Any) -> Data:
    """`Data` whose first `train` rows are for learning and whose others are the test set."""
    device = pick(device)
    x = torch.as_tensor(np.ascontiguousarray(x, np.float32), device=device)
    y = torch.as_tensor(np.asarray(y, np.int64), device=device)
    return Data(name, x[:train], y[:train], x[train:], y[train:], classes)


def transfer_sets(
    data: Data, n: int, seeds: Iterable[int], noise: float = 0.0, missing: Any = None
) -> tuple[torch.Tensor, torch.Tensor]:
    """One set of n training samples per seed, class-balanced, drawn without replacement -> index (S, n), labels (S, n).

    The n of one seed contain the n' < n of the same seed, and no method has a say: comparisons are paired. `noise` is
    the share of labels replaced by another class; `missing` is a class, or several, that the sets do not contain.
    BadInput when there are not n samples, when a class is empty, or for a share outside [0, 1].

    >>> index, labels = transfer_sets(digits(), 100, seeds=range(20))
    >>> index.shape, labels[0].bincount().tolist()
    (torch.Size([20, 100]), [10, 10, 10, 10, 10, 10, 10, 10, 10, 10])
    """
    if not isinstance(data, Data):
        raise BadInput(
            f"data must be a data set such as digits(), got {type(data).__name__}; see kdviz.train.data.Data"
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
