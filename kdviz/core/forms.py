r"""A block of rows in float64, and of each row whether it is as good as exact.

Symbols as in `kernel`; mu = sum p_t (s - t), d = s - t - mu, x = d/T, of one row. Since sum p_t x = 0,

    T^2 KL        = T^2 log(1 + sum p_t f(x)),   f(x) = e^x - 1 - x >= 0,   where no x is long (near),
    T^2 KL        = T^2 (log sum e^(s/T) - log sum e^(t/T) - mu/T)          elsewhere (plain);
    T (p_s - p_t) = p_t (e - m)/(1 + m/T),   e = T expm1(x),   m = sum p_t e  (near), or as it is written (plain).

Where every z/T drowns, p_t = 1/K (hot). In the near forms nothing cancels that matters, at any T, but for what rounding
takes from s - t. What it can have taken is compared with the tolerance of the result's type.
A form gives numbers and what they are still to be multiplied by, since that costs nothing where they are narrowed.
"""

import math
from typing import Any, TypeAlias

import numpy as np

from kdviz.core.arrays import Array, dot

Found: TypeAlias = tuple[Array, Array, Array]  # of every row: numbers, their factor, whether they are as good as exact
WILD = 300.0  # exponents up to here need no shift,
LONG = 20.0  # and up to here expm1 does not drown what is added to it
SHORT = 0.25  # up to here f is a series,
TINY = 0.01  # and up to here expm1
ROUNDING = 8 * float(np.finfo(float).eps)  # what a few operations in float64 take, relatively
DEEPEST = 100.0  # the longest exponent whose rounding a result in float64 bears


def hot_value(rows: Any, s: Array, t: Array, T: Array, a: Array, b: Array, *_: Array) -> Found:
    """½ mean d².

    >>> hot_value(*_example(math.inf))[0].round(4)
    array([[1.]])
    """
    mu = _centred(s, t, b)
    found = _dot(rows.xp, b, b, a) / (2 * rows.K)
    return found, 1.0, _sure(rows, rows.xp.sqrt(2 * found), abs(mu))


def hot_gradient(rows: Any, s: Array, t: Array, T: Array, a: Array, b: Array, *_: Array) -> Found:
    """d/K.

    >>> hot_gradient(*_example(math.inf))[0].round(4)
    array([[ 0.,  0.,  2., -2.]])
    """
    mu = _centred(s, t, b)
    return b, 1 / rows.K, _sure(rows, _height(rows.xp, b), abs(mu))


def _centred(s: Array, t: Array, b: Array) -> Array:
    """s − t less its mean over b; the mean."""
    b[...] = s
    b -= t
    mu = b.mean(-1, keepdims=True)
    b -= mu
    return mu


def plain_value(rows: Any, s: Array, t: Array, T: Array, a: Array, b: Array, c: Array, _: Array) -> Found:
    """T² (log Σ e^(s/T) − log Σ e^(t/T) − mu/T).

    >>> plain_value(*_example(4.0))[:2]
    (array([[0.05224962]]), array([[16.]]))
    """
    xp, inverse = rows.xp, 1 / T
    xp.multiply(t, inverse, out=a)
    xp.multiply(s, inverse, out=c)
    xp.subtract(c, a, out=b)
    U, low, top = _log_sum(rows, a)
    _, high, peak = _log_sum(rows, c)
    found = high - low - _dot(xp, a, b, b) / U
    lost = math.log(rows.K) + abs(found) + 6 * min(rows.longest, WILD) + 2 * (abs(top) + abs(peak))
    return found, T * T, _sure(rows, found, lost)


def near_value(rows: Any, s: Array, t: Array, T: Array, a: Array, b: Array, c: Array, q: Array) -> Found:
    """T² log(1 + Σ p_t f(x)).

    >>> near_value(*_example(4.0))[:2]
    (array([[0.05224962]]), array([[16.]]))
    """
    xp, inverse = rows.xp, 1 / T
    U, mu, longest = _apart(rows, s, t, inverse, a, b, c)
    xp.multiply(b, inverse, out=c)
    if longest > LONG:
        return mu, 1.0, mu != mu
    if longest > SHORT:
        xp.expm1(c, out=b)
        b -= c
        found = _dot(xp, a, b, b) / U
        return xp.log1p(found), T * T, _sure(rows, xp.sqrt(xp.clip(2 * found, 0.0, 1.0)), 1 + abs(mu) * inverse)
    _series(c, 2, longest, rows.tolerance, q)
    q *= b
    q *= b
    found = _dot(xp, a, q, q) / U  # T^2 sum p_t f(x)
    y = found * inverse * inverse
    found, height = xp.where(y < 1e-8, found * (1 - y / 2), T * T * xp.log1p(y)), xp.sqrt(2 * found)
    return found, 1.0, _sure(rows, height, abs(mu))


def plain_gradient(rows: Any, s: Array, t: Array, T: Array, a: Array, b: Array, *_: Array) -> Found:
    """T (p_s − p_t) as it is written.

    >>> found, by, _ = plain_gradient(*_example(4.0))
    >>> (found * by).round(4)
    array([[ 0.1919,  0.1164,  0.2761, -0.5844]])
    """
    xp, inverse = rows.xp, 1 / T
    xp.multiply(t, inverse, out=a)
    xp.multiply(s, inverse, out=b)
    lost = 2 * rows.longest
    if rows.longest > WILD:  # masked classes, which have no weight, may be far below the others
        lost = sum(abs(xp.amax(z, axis=-1, keepdims=True)) for z in (a, b))
    _softmax(xp, a)
    _softmax(xp, b)
    b -= a
    size, lost = xp.amax(b, axis=-1, keepdims=True), 1 + lost
    fine = _sure(rows, size, lost)  # mostly seen without the two passes of the exact bound
    if not bool(fine.all()):
        fine = _sure(rows, _height(xp, b), lost * xp.amax(a, axis=-1, keepdims=True))
    return b, T, fine


def near_gradient(rows: Any, s: Array, t: Array, T: Array, a: Array, b: Array, c: Array, q: Array) -> Found:
    """p_t (e − m)/(1 + m/T).

    >>> found, by, _ = near_gradient(*_example(4.0))
    >>> (found * by).round(4)
    array([[ 0.1919,  0.1164,  0.2761, -0.5844]])
    """
    xp, inverse = rows.xp, 1 / T
    U, mu, longest = _apart(rows, s, t, inverse, a, b, c)
    xp.multiply(b, inverse, out=c)
    if longest > LONG:
        return c, 1.0, mu != mu
    if longest > TINY:
        e, size = xp.expm1(c, out=c), T
    else:
        e, size = _series(c, 1, longest, rows.tolerance, q), 1.0
        e *= b
    m = _dot(xp, a, e, b) / U
    share = 1 / (U * (1 + m * size * inverse))
    e -= m
    e *= a
    by = size * share
    return e, by, _sure(rows, _height(xp, e) * by, share * xp.amax(a, axis=-1, keepdims=True) * abs(mu))


def _example(T: float) -> tuple[Any, ...]:
    """A block of one row, for the examples."""
    from kdviz.core.blocks import Rows

    zs, zt = np.array([[[2.0, 0.0, -1.0, 3.0]], [[3.0, 1.0, -2.0, 6.0]]], np.float32)
    ((_, s, t, T, buffers),) = (rows := Rows(zs, zt, np.array(T), (1,), np.float32, 6.0))
    return rows, s, t, T, *buffers


def _sure(rows: Any, size: Array, lost: Array) -> Array:
    """Whether `lost` roundings are small against `size`; in float64 an exponent must not be long either."""
    return (size * rows.tolerance >= ROUNDING * lost) & (rows.coarse or rows.longest <= DEEPEST)


def _exponential(rows: Any, z: Array) -> Array:
    """exp(z − shift) over z; the shift, per row, or the largest that none would have had."""
    if rows.longest <= WILD:
        rows.xp.exp(z, out=z)
        return 0.0
    top = rows.xp.amax(z, axis=-1, keepdims=True)
    z -= top
    rows.xp.exp(z, out=z)
    return top


def _log_sum(rows: Any, z: Array) -> tuple[Array, Array, Array]:
    """e^z, or a multiple of it per row, over z; its sum, the log of the sum of e^z, and what z was shifted by."""
    if rows.xp is np or rows.longest > WILD:
        shift = _exponential(rows, z)
        total = z.sum(-1, keepdims=True)
        return total, rows.xp.log(total) + shift, shift
    first = z[:, :1].clone()
    rows.xp.softmax(z, -1, out=z)  # one pass for what are three otherwise
    return 1.0, first - rows.xp.log(z[:, :1]), 0.0


def _dot(xp: Any, a: Array, b: Array, spare: Array) -> Array:
    """Sum over classes of a b, (n, 1); `spare` may be written over, since PyTorch takes fresh memory otherwise."""
    return dot(a, b) if xp is np else xp.multiply(a, b, out=spare).sum(-1, keepdim=True)


def _apart(
    rows: Any, s: Array, t: Array, inverse: Array, a: Array, b: Array, spare: Array
) -> tuple[Array, Array, float]:
    """u over a and s − t − mu over b; U, mu, and the longest |s − t − mu|/T."""
    rows.xp.multiply(t, inverse, out=a)
    b[...] = s
    b -= t
    _exponential(rows, a)
    U = a.sum(-1, keepdims=True)
    mu = _dot(rows.xp, a, b, spare) / U
    b -= mu
    return U, mu, float((_height(rows.xp, b) * inverse).max())


def _series(x: Array, first: int, longest: float, tolerance: float, out: Array) -> Array:
    """1/first! + x/(first + 1)! + ... over `out`, as many terms as the longest x asks for."""
    n, last = first, 1.0
    while last > tolerance / 8:
        n += 1
        last *= longest / n
    out[...] = 1 / math.factorial(n)
    for k in range(n - 1, first - 1, -1):
        out *= x
        out += 1 / math.factorial(k)
    return out


def _softmax(xp: Any, z: Array) -> None:
    """Softmax over the last axis, in place."""
    if xp is np:
        z -= z.max(-1, keepdims=True)
        np.exp(z, out=z)
        z /= z.sum(-1, keepdims=True)
    else:
        xp.softmax(z, -1, out=z)


def _height(xp: Any, x: Array) -> Array:
    """Largest magnitude of each row."""
    return xp.maximum(xp.amax(x, axis=-1, keepdims=True), -xp.amin(x, axis=-1, keepdims=True))
