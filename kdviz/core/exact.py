"""Differences and quotients with their rounding errors kept: what the kernel needs at extreme temperatures.

Symbols: a, b, x, z arrays; T temperature. A pair (high, low) means high + low, with |low| at most half a
unit in the last place of high. Error-free sums and products as in Knuth 1969, §4.2.2, and Dekker 1971, https://doi.org/10.1007/BF01397083.
"""

import numpy as np

from kdviz.core.arrays import namespace, pick

SPLITTER = 2.0**27 + 1  # halves the 53 bits of a float64
LARGEST = 2.0**500  # as good as infinite for logits up to 1e100, and exact to multiply with


def difference(a, b):
    """a - b as a pair, without error.

    >>> difference(1.0, 1e-20)
    (1.0, -1e-20)
    """
    high = a - b
    back = high - a
    return high, (a - (high - back)) - (b + back)


def halves(x):
    """x as a sum of two numbers of 26 bits, so that products of such halves are exact; |x| below 1e300.

    >>> halves(1.0 + 2.0**-40)
    (1.0, 9.094947017729282e-13)
    """
    scaled = SPLITTER * x
    high = scaled - (scaled - x)
    return high, x - high


class Inverse:
    """T and 1/T, the latter also as an exact half plus the rest; all (..., 1). Infinite T becomes 2^500."""

    def __init__(self, temperature, like):
        T = np.minimum(temperature, LARGEST)[..., None]
        rounded = 1.0 / T
        (th, tl), (high, low) = halves(T), halves(rounded)
        product = T * rounded
        missing = (1.0 - product) - (((th * high - product) + th * low + tl * high) + tl * low)  # 1 - T * rounded
        parts = T, rounded, high, low + missing * rounded
        xp = namespace(like)
        if xp is not np:
            parts = (xp.as_tensor(x, dtype=xp.float64, device=like.device) for x in parts)
        self.T, self.rounded, self.high, self.low = parts


def exp_quotient(z, top, inverse):
    """exp((z - top)/T) within a few units in the last place, however large the exponent.

    (..., K), (..., 1) -> (..., K).

    >>> float(exp_quotient(np.array([-35.0]), np.array([0.0]), Inverse(np.array(0.05), np.array(0.0)))[0])
    9.859676543760153e-305
    """
    whole, rest = difference(z, top)
    high, low = halves(whole)
    low = low + rest
    main, minor = high * inverse.high, high * inverse.low + low * inverse.rounded  # main is exact
    exponent = main + minor
    return namespace(z).exp(exponent) * (1.0 + (minor - (exponent - main)))


def difference_from_top(student, teacher):
    """(s_i - t_i) - (s_a - t_a) for the teacher's top class a, rounded once per entry; and both logits of that class.

    Two arrays of the same shape (..., K) -> (..., K), (..., 1), (..., 1). Exactly 0 at a.

    >>> d, s_a, t_a = difference_from_top(np.array([100.0, 101.0 + 2**-40]), np.array([0.0, 1.0]))
    >>> d.tolist(), float(s_a[0]), float(t_a[0])
    ([-9.094947017729282e-13, 0.0], 101.00000000000091, 1.0)
    """
    top = teacher.argmax(-1)
    s_a, t_a = pick(student, top), pick(teacher, top)
    high, low = difference(student, teacher)
    high_a, low_a = difference(s_a, t_a)
    d, rest = difference(high, high_a)
    return d + (rest + (low - low_a)), s_a, t_a
