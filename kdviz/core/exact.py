"""The kernel's forms with every rounding error that matters kept: float64 in, right to the last digits at every T.

Symbols as in `kernel`; a, b, x, z arrays. A pair (high, low) means high + low, with |low| at most half a
unit in the last place of high. Error-free sums and products as in Knuth 1969, §4.2.2, and Dekker 1971, https://doi.org/10.1007/BF01397083.
"""

from types import SimpleNamespace
from typing import Any

import numpy as np

from kdviz.core.arrays import Array, namespace, pick

SPLITTER = 2.0**27 + 1  # halves the 53 bits of a float64
LARGEST = 2.0**500  # as good as infinite for logits up to 1e100, and exact to multiply with
HEADROOM = 40.0  # exponents above this are scaled away: what e^40 dwarfs is below the last digit


def value(zs: Array, zt: Array, T: np.ndarray) -> Array:
    """T² KL(p_t‖p_s) of float64 rows: (..., K), (..., K), T (...) a NumPy array -> (...).

    >>> float(value(np.array([2.0, 0.0, -1.0, 3.0]), np.array([3.0, 1.0, -2.0, 6.0]), np.array(4.0)).round(7))
    0.8359939
    """
    xp, q = namespace(zs), _shared(zs, zt, T)
    growth = q.W / q.U * q.b  # V/U - 1
    near = q.T * xp.log1p(xp.clip(growth, -0.5, 0.5))
    far = q.T * (xp.log(q.V) - xp.log(q.U) + q.lift)
    y = q.d - xp.where(abs(growth) <= 0.5, near, far)  # T x
    x = y * q.b
    pt = q.u / q.U
    terms = pt * y * y * _series(xp, xp.clip(x, -1.0, 1.0))
    if not q.gentle:
        terms = xp.where(abs(x) <= 1, terms, q.T * (q.T * (q.v / q.V - pt) - pt * y))
    return terms.sum(-1)


def gradient(zs: Array, zt: Array, T: np.ndarray) -> Array:
    """T (p_s − p_t) of float64 rows: (..., K), (..., K), T (...) a NumPy array -> (..., K).

    >>> gradient(np.array([2.0, 0.0, -1.0, 3.0]), np.array([3.0, 1.0, -2.0, 6.0]), np.array(np.inf)).tolist()
    [0.0, 0.0, 0.5, -0.5]
    """
    q = _shared(zs, zt, T)
    return (q.w - q.u * (q.W / q.U)) / q.V


def _shared(zs: Array, zt: Array, temperature: np.ndarray) -> SimpleNamespace:
    """What value and gradient share, under the names of the head of `kernel`."""
    xp, inverse = namespace(zs), Inverse(temperature, zs)
    T, b = inverse.T, inverse.rounded
    d, s_a, t_a = difference_from_top(zs, zt)
    u = exp_quotient(zt, t_a, inverse)
    U = u.sum(-1, keepdims=True)
    gentle = bool((xp.amax(abs(d), axis=-1, keepdims=True) * b <= 0.5).all())  # both close at this T: abs(x) <= 1
    if gentle:
        w = u * _stretched(xp, d, d * b, T)
        W = w.sum(-1, keepdims=True)
        v, V, lift = None, U + W * b, 0.0
    else:
        s_b = xp.amax(zs, axis=-1, keepdims=True)
        climb = (s_b - s_a) * b
        lift = xp.clip(climb - HEADROOM, 0.0, None)  # u and v are both divided by exp(lift) where they meet
        v = exp_quotient(zs, s_b, inverse) * xp.exp(climb - lift)
        lowered = u * xp.exp(-lift)
        r = d * b
        w = xp.where(abs(r) <= 1, lowered * _stretched(xp, d, xp.clip(r, -1.0, 1.0), T), T * (v - lowered))
        W, V = w.sum(-1, keepdims=True), v.sum(-1, keepdims=True)
    return SimpleNamespace(T=T, b=b, d=d, u=u, U=U, v=v, V=V, w=w, W=W, lift=lift, gentle=gentle)


def _stretched(xp: Any, d: Array, r: Array, T: Array) -> Array:
    """T expm1(r) with r = d/T, where r may be too small for a float."""
    return xp.where(abs(r) < 1e-20, d, T * xp.expm1(r))


def _series(xp: Any, x: Array) -> Array:
    """(e^x - 1 - x)/x^2 = 1/2! + x/3! + x^2/4! + ... for |x| <= 1, as many terms as its largest x asks for."""
    largest, last, n = float(xp.amax(abs(x if xp is np else x.detach()))), 1.0, 2
    while last > 1e-18:
        n += 1
        last *= largest / n
    total = 1.0
    for k in range(n, 2, -1):
        total = 1.0 + x * (1.0 / k) * total
    return total / 2


def difference(a: Array, b: Array) -> tuple[Array, Array]:
    """a - b as a pair, without error: (...), (...) -> two of (...).

    >>> difference(1.0, 1e-20)
    (1.0, -1e-20)
    """
    high = a - b
    back = high - a
    return high, (a - (high - back)) - (b + back)


def halves(x: Array) -> tuple[Array, Array]:
    """x (...) as a sum of two numbers of 26 bits, so that products of such halves are exact; |x| below 1e300.

    >>> halves(1.0 + 2.0**-40)
    (1.0, 9.094947017729282e-13)
    """
    scaled = SPLITTER * x
    high = scaled - (scaled - x)
    return high, x - high


class Inverse:
    """T and 1/T, the latter also as an exact half plus the rest; all (..., 1). Infinite T becomes 2^500."""

    def __init__(self, temperature: np.ndarray, like: Array) -> None:
        T = np.minimum(temperature, LARGEST)[..., None]
        rounded = 1.0 / T
        (th, tl), (high, low) = halves(T), halves(rounded)
        product = T * rounded
        missing = (1.0 - product) - (((th * high - product) + th * low + tl * high) + tl * low)  # 1 - T * rounded
        parts: Any = T, rounded, high, low + missing * rounded
        xp = namespace(like)
        if xp is not np:
            parts = (xp.as_tensor(x, dtype=xp.float64, device=like.device) for x in parts)
        self.T, self.rounded, self.high, self.low = parts


def exp_quotient(z: Array, top: Array, inverse: Inverse) -> Array:
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


def difference_from_top(student: Array, teacher: Array) -> tuple[Array, Array, Array]:
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
