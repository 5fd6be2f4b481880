r"""What the initialisation of a last layer does to the mean logit, exactly.

With z = W h + b the mean over the K classes is

.. math:: c = \bar w \cdot h + \bar b,\qquad \bar w = \tfrac1K \sum_k W_k,\quad \bar b = \tfrac1K \sum_k b_k .

W and b are drawn independently of h, from uniform laws of half-widths a_w and a_b around 0 and a level: given h, c has
mean `level` and variance (a_w²|h|² + a_b²)/(3K). Symbols: h features (d,), K classes.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from kdviz.core.check import BadInput

# Table 1 of the paper (arXiv 2109.06458v2) as printed: mean logit averaged over RUNS seeds, CIFAR-100
PRINTED = {"ResNet-8": 1.04e-5, "ResNet-20": -1.67e-4, "ResNet-32": 1.72e-4, "ResNet-44": 2.50e-2}
RUNS = 6000
NETWORKS = tuple(PRINTED)


class Head(NamedTuple):
    """Half-widths of the uniform laws of the weights and of the bias, and the constant `level` added to every bias."""

    weight: float
    bias: float
    level: float


def heads(features: int = 64, classes: int = 100) -> dict[str, Head]:
    """The usual initialisations of a last layer, by name.

    PyTorch: U(±1/√d) for weights and bias. Glorot: U(±√(6/(d + K))), He: U(±√(6/d)), both without bias. prior:
    PyTorch's weights, every bias at log(1/K), the prior probability of balanced classes. BadInput for less than one
    feature or two classes.

    X. Glorot, Y. Bengio (AISTATS 2010); K. He et al. (ICCV 2015); prior: T.-Y. Lin et al. (ICCV 2017), section 3.3.

    >>> heads()["PyTorch"]
    Head(weight=0.125, bias=0.125, level=0.0)
    """
    if not (features >= 1 and classes >= 2):
        raise BadInput(
            f"features, classes must be at least 1 and 2, got {features!r}, {classes!r}; 64 and 100 are usual"
        )
    usual = features**-0.5
    return {
        "PyTorch": Head(usual, usual, 0.0),
        "Glorot": Head((6 / (features + classes)) ** 0.5, 0.0, 0.0),
        "He": Head((6 / features) ** 0.5, 0.0, 0.0),
        "prior": Head(usual, 0.0, -float(np.log(classes))),
    }


def mean_logit(head: Head, weights: ArrayLike, bias: ArrayLike) -> np.ndarray:
    """The mean logit (...) of a `Head` from the draws of U(−1, 1): `weights` Ū·h (...) and `bias` V̄ (...).

    >>> float(mean_logit(heads()["PyTorch"], 0.25, 0.0))
    0.03125
    """
    return head.level + head.weight * np.asarray(weights, float) + head.bias * np.asarray(bias, float)


def deviation(head: Head, squares: ArrayLike, classes: int = 100) -> np.ndarray:
    """Standard deviation (...) of the mean logit where `squares` (...) is |h|², or its average over runs.

    >>> round(float(deviation(heads()["PyTorch"], 191.0)), 6)
    0.1
    """
    return np.sqrt((head.weight**2 * np.asarray(squares, float) + head.bias**2) / (3 * classes))


def standard_error(head: Head, squares: ArrayLike, runs: ArrayLike, classes: int = 100) -> np.ndarray:
    """Standard error (...) of the average of the mean logit over `runs` (...) independent initialisations.

    >>> round(float(standard_error(heads()["PyTorch"], 191.0, 6000)), 6)
    0.001291
    """
    return deviation(head, squares, classes) / np.sqrt(runs)


def density(head: Head, squares: ArrayLike, places: ArrayLike, classes: int = 100) -> np.ndarray:
    """Density (n,) of the mean logit at `places` (n,): the average over `squares` (m,) of normal laws.

    Given h, c is an average of K·d independent uniform draws: a normal law to better than 10⁻³ for the usual sizes.

    >>> round(float(density(heads()["PyTorch"], [191.0], [0.0])[0]), 4)
    3.9894
    """
    sd = deviation(head, squares, classes)[:, None]
    gap = (np.asarray(places, float) - head.level) / sd
    return (np.exp(-(gap**2) / 2) / (sd * np.sqrt(2 * np.pi))).mean(0)


def too_close(scores: ArrayLike) -> float:
    """Chance that independent standard normal numbers (an even count) lie as close to 0, in Σ z², as `scores` (n,).

    For n = 2k it is the chi-square law e^{−s/2} Σ_{j≥k} (s/2)^j / j! with s = Σ z², or 1 less the terms with j < k.
    BadInput for an odd count.

    >>> round(float(too_close([0.0, 0.0])), 3), round(float(too_close([1.0, 1.0, 1.0, 1.0])), 4)
    (0.0, 0.594)
    """
    scores = np.asarray(scores, float)
    if scores.ndim != 1 or scores.size % 2 or not scores.size:
        raise BadInput(f"scores must be an even number of z-scores, got shape {scores.shape}; pass 2 or 4 of them")
    half, order = (scores**2).sum() / 2, scores.size // 2
    if half > order:
        terms = np.cumprod(np.concatenate([[1.0], half / np.arange(1, order)]))
        return 1 - np.exp(-half) * terms.sum()
    first = np.prod(half / np.arange(1, order + 1))
    ratios = half / np.arange(order + 1, 2 * order + 40)  # of one term to the one before; nothing cancels
    return np.exp(-half) * first * np.cumprod(np.concatenate([[1.0], ratios])).sum()
