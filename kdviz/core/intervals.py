"""What a handful of seeds can say: mean, 95 % interval and paired difference, by Student's t.

One unit of observation is one seed (its own initial values, its own transfer set); methods are compared seed by seed.
"""

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from kdviz.core.check import BadInput

LEVEL = 0.95  # of every interval on every page


class Paired(NamedTuple):
    """A paired difference: its `mean`, the `half` width of its 95 % interval, the two-sided `p` of no difference."""

    mean: float
    half: float
    p: float

    @property
    def decided(self) -> bool:
        """Whether the interval leaves 0 out, so that one may speak of more or less."""
        return bool(abs(self.mean) > self.half)


def inside(t: float, degrees: int) -> float:
    r"""Probability that |Student's t| with `degrees` of freedom stays below `t`: a finite sum in the angle atan(t/√ν).

    Abramowitz, Stegun 1964, 26.7.3 and 26.7.4. BadInput unless `degrees` is a whole number of at least 1.

    >>> round(inside(1.0, 1), 12), round(inside(2.093024, 19), 6)
    (0.5, 0.95)
    """
    if degrees != int(degrees) or degrees < 1:
        raise BadInput(f"degrees must be a whole number of at least 1, got {degrees!r}; take two seeds or more")
    angle = math.atan2(abs(t), math.sqrt(degrees))
    cosine, sine = math.cos(angle), math.sin(angle)
    odd = int(degrees) % 2
    term, total = (cosine, cosine) if odd else (1.0, 1.0)
    for k in range(2 + odd, int(degrees) - 1, 2):
        term *= cosine * cosine * (k - 1) / k
        total += term
    if odd:
        return 2 / math.pi * (angle + (sine * total if degrees > 1 else 0.0))
    return sine * total


@lru_cache(maxsize=256)
def quantile(degrees: int, level: float = LEVEL) -> float:
    """The t within which `level` of Student's distribution with `degrees` of freedom lies, to twelve digits.

    >>> round(quantile(19), 4), round(quantile(1), 3)
    (2.093, 12.706)
    """
    low, high = 0.0, 2.0
    while inside(high, degrees) < level:
        high *= 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if inside(middle, degrees) < level else (low, middle)
    return (low + high) / 2


def mean_interval(values: ArrayLike, axis: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Mean and half width of its 95 % t-interval over the seeds along `axis`: (..., S, ...) -> two arrays (...).

    BadInput for fewer than two seeds.

    >>> [float(x.round(3)) for x in mean_interval(np.array([1.0, 2.0, 3.0]))]
    [2.0, 2.484]
    """
    values = np.asarray(values, dtype=float)
    count = values.shape[axis]
    if count < 2:
        raise BadInput(f"values must hold at least 2 seeds along axis {axis}, got {count}; one run has no interval")
    spread = values.std(axis, ddof=1) / math.sqrt(count)
    return values.mean(axis), quantile(count - 1) * spread


def paired(one: ArrayLike, other: ArrayLike) -> Paired:
    """`Paired` of `one` minus `other`, (S,) and (S,), seed by seed.

    A difference that is the same in every seed has an interval of width 0.

    >>> tuple(round(x, 3) for x in paired([3.0, 5.0, 7.0], [1.0, 2.0, 3.0]))
    (3.0, 2.484, 0.035)
    """
    difference = np.asarray(one, dtype=float) - np.asarray(other, dtype=float)
    mean, half = (float(x) for x in mean_interval(difference))
    degrees = len(difference) - 1
    spread = half / quantile(degrees)
    if spread == 0:
        return Paired(mean, 0.0, 1.0 if mean == 0 else 0.0)
    return Paired(mean, half, max(0.0, 1.0 - inside(mean / spread, degrees)))
