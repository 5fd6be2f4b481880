"""Handwritten digits that come with scikit-learn: the data set that the pages train on by default."""

import gzip
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from kdviz.core.arguments import whole
from kdviz.core.check import BadInput
from kdviz.problems.data import Data, split

DIGITS_TRAIN = 1200  # of 1797


def digits(device: Any = "cpu", seed: int = 0) -> Data:
    """Handwritten digits, 8 × 8 pixels, K = 10: 1200 to learn from and 597 to be tested on; `seed` splits them.

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
