r"""Data made by recipe: a Gaussian hierarchy with any number of classes, and MNIST-1D.

hierarchy   x = 2 u_{g(k)} + v_k + 2.6 e,   u, v, e standard normal in 32 dimensions; class k belongs to group g(k)
mnist1d     Greydanus, Kobak 2020, https://arxiv.org/abs/2011.14439: ten strokes, padded, scaled, shifted, sheared
"""

import math
from typing import Any

import numpy as np

from kdviz.core.arguments import whole
from kdviz.problems.data import Data, split

DIMENSIONS, APART, WITHIN, NOISE = 32, 2.0, 1.0, 2.6  # inputs; standard deviations of groups, classes, samples
STROKES = """
5 6 6.5 6.75 7 7 7 7 6.75 6.5 6 5;  5 3 3 3.4 3.8 4.2 4.6 5 5.4 5.8 5 5;  5 6 6.5 6.5 6 5.25 4.75 4 3.5 3.5 4 5;
5 6 6.5 6.5 6 5 5 6 6.5 6.5 6 5;  5 4.4 3.8 3.2 2.6 2.6 5 5 5 5 5 5;  5 3 3 3 3 5 6 6.5 6.5 6 4.5 5;
5 4 3.5 3.25 3 3 3 3 3.25 3.5 4 5;  5 7 7 6.6 6.2 5.8 5.4 5 4.6 4.2 5 5;  5 4 3.5 3.5 4 5 5 4 3.5 3.5 4 5;
5 4 3.5 3.5 4 5 5 5 5 4.7 4.3 5"""  # one digit each, twelve heights
PADDING, SCALE, SHIFT, SHEAR, SMOOTH_NOISE, WHITE_NOISE, LENGTH = (36, 60), 0.4, 48, 0.75, 0.25, 0.02, 40


def hierarchy(classes: int = 10, n: int = 2000, seed: int = 0, device: Any = "cpu") -> Data:
    """Classes in groups of about √K that resemble each other, so that a teacher has more to say than the label.

    n samples to learn from and as many to be tested on, every class equally often (to within one). BadInput unless
    2 <= classes <= n.

    >>> data = hierarchy(classes=10, n=200)
    >>> data.x.shape, data.y.bincount().tolist()
    (torch.Size([200, 32]), [20, 20, 20, 20, 20, 20, 20, 20, 20, 20])
    """
    n = whole(n, "n", 2)
    classes = whole(classes, "classes", 2, n, f"at most n = {n}, since every class needs a sample")
    rng = np.random.default_rng([whole(seed, "seed"), classes])
    groups = math.isqrt(classes - 1) + 1
    centre = APART * rng.standard_normal((groups, DIMENSIONS))[np.arange(classes) % groups]
    centre += WITHIN * rng.standard_normal((classes, DIMENSIONS))
    y = np.concatenate([rng.permutation(np.arange(n) % classes) for _ in range(2)])
    x = centre[y] + NOISE * rng.standard_normal((2 * n, DIMENSIONS))
    return split("hierarchy", x / x.std(), y, n, classes, device)


def mnist1d(n: int = 4000, seed: int = 42, device: Any = "cpu", test: int = 1000) -> Data:
    """MNIST-1D: noisy strokes of 40 points, K = 10, n to learn from and `test` to be tested on; nothing is downloaded.

    The recipe of the data set with its default constants, its own random numbers: the same law, other samples.

    >>> data = mnist1d(n=100, test=50)
    >>> data.x.shape, data.x_test.shape
    (torch.Size([100, 40]), torch.Size([50, 40]))
    """
    n, test = whole(n, "n", 10, None, "4000 is usual"), whole(test, "test", 1, None, "1000 is usual")
    rng, total = np.random.default_rng(whole(seed, "seed")), n + test
    y = np.concatenate([rng.permutation(np.arange(size) % 10) for size in (n, test)])
    stroke = np.array([row.split() for row in STROKES.split(";")], float)
    stroke -= stroke.mean(1, keepdims=True)
    stroke /= stroke.std(1, keepdims=True)
    stroke = (stroke - stroke[:, :1]) / 6 + 1e-8  # starts and ends at 0, but is never exactly 0: see `there`
    padding = rng.integers(PADDING[0], PADDING[1] + 1, total)
    points, width = stroke.shape[1], stroke.shape[1] + PADDING[1]
    padded = np.zeros((total, width))
    padded[:, :points] = stroke[y]
    x = _at(padded, np.linspace(0, 1, width) * (points + padding - 1)[:, None])  # stretched to one length
    x *= 1 + SCALE * (rng.random((total, 1)) - 0.5)
    x = np.take_along_axis(x, (np.arange(width) - rng.integers(0, SHIFT, (total, 1))) % width, 1)
    there = x != 0
    x = np.where(there, x, _smooth(SMOOTH_NOISE * rng.standard_normal(x.shape)))
    x += WHITE_NOISE * rng.standard_normal(x.shape)
    x -= SHEAR * (rng.random((total, 1)) - 0.5) * np.linspace(-0.5, 0.5, width)
    x = _at(x, np.broadcast_to(np.linspace(0, width - 1, LENGTH), (total, LENGTH)))
    return split("mnist1d", (x - x.mean()) / x.std(), y, n, 10, device)


def _at(x: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Rows of x read at fractional places, linear in between: (n, L), (n, M) -> (n, M)."""
    left = np.minimum(place.astype(int), x.shape[1] - 2)
    share = place - left
    return (1 - share) * np.take_along_axis(x, left, 1) + share * np.take_along_axis(x, left + 1, 1)


def _smooth(x: np.ndarray, sigma: float = 2, reach: int = 8) -> np.ndarray:
    """Gaussian smoothing of every row, mirrored at its ends."""
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    padded = np.pad(x, ((0, 0), (reach, reach)), mode="symmetric")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1, 1)
    return windows @ (weights / weights.sum())
