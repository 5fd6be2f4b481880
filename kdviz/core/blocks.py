r"""The kernel's sums for large arrays: block after block in cache, in float64, each row with a bound on its error.

Symbols as in `kernel`; mu = sum p_t (s - t), d = s - t - mu, x = d/T, of one row. Since sum p_t x = 0,

    T^2 KL        = T^2 log(1 + sum p_t f(x)),   f(x) = e^x - 1 - x >= 0,   where no x is long,
    T^2 KL        = T^2 (log sum e^(s/T) - log sum e^(t/T) - mu/T)          elsewhere;
    T (p_s - p_t) = p_t (e - m)/(1 + m/T),   e = T expm1(x),   m = sum p_t e,   or as it is written.

In the forms with f and expm1 nothing cancels that matters, at any T, but for what rounding takes from s - t. What it
can have taken is compared with the tolerance of the result's type, row by row; a row that fails is computed by `exact`.
"""

import math

import numpy as np

from kdviz.core import exact
from kdviz.core.arrays import namespace, narrow, plain

SMALL = 2**15  # float64 arrays with fewer numbers are as fast in the exact form
BLOCK = 2**17  # numbers in a block, per thread: 1 MiB
LONG = 20.0  # exponents up to here neither overflow nor drown what is added to them
SHORT = 0.25  # up to here f is a series,
TINY = 0.01  # and up to here expm1
ROUNDING = 8 * float(np.finfo(float).eps)  # what a few operations in float64 take, relatively
DEEPEST = 100.0  # the longest exponent whose rounding a float64 result bears


def value(zs, zt, T, dtype):
    """T² KL(p_t‖p_s): (..., K), (..., K), T (...) a NumPy array -> (...) of `dtype`.

    >>> value(np.float32([2.0, 0.0, -1.0, 3.0]), np.float32([3.0, 1.0, -2.0, 6.0]), np.array([4.0, np.inf]), np.float32)
    array([0.8359939, 1.       ], dtype=float32)
    """
    return _each(_values, exact.value, (), zs, zt, T, dtype)


def gradient(zs, zt, T, dtype):
    """T (p_s − p_t): (..., K), (..., K), T (...) a NumPy array -> (..., K) of `dtype`.

    >>> gradient(np.float32([2.0, 0.0, -1.0, 3.0]), np.float32([3.0, 1.0, -2.0, 6.0]), np.array(np.inf), np.float32)
    array([ 0. ,  0. ,  0.5, -0.5], dtype=float32)
    """
    return _each(_gradients, exact.gradient, zs.shape[-1:], zs, zt, T, dtype)


def _each(form, precise, tail, zs, zt, T, dtype):
    """All rows of a call: in blocks, and those that fail there, or small arrays of float64, by `precise`."""
    xp = namespace(zs)
    shape = np.broadcast_shapes(zs.shape[:-1], zt.shape[:-1], T.shape)
    small = dtype == xp.float64 and math.prod(shape) * zs.shape[-1] < SMALL
    if small or not (plain(zs) and plain(zt)):
        return narrow(precise(narrow(zs, xp.float64), narrow(zt, xp.float64), T), dtype)
    with np.errstate(all="ignore"):
        rows = Rows(zs, zt, T, shape, dtype)
        out = xp.empty((rows.n, *tail), dtype=dtype, **rows.on)
        for where, found, fine in form(rows):
            out[where] = found
            if not bool(fine.all()):
                failed = where.start + (np.flatnonzero(~fine) if xp is np else (~fine).nonzero()[:, 0])
                out[failed] = narrow(precise(*rows.wide(failed)), dtype)
    return out.reshape((*shape, *tail))


class Rows:
    """Rows of one call: logits (n, K), or (1, K) for all; temperatures (n, 1) or (1, 1); and buffers for a block."""

    def __init__(self, zs, zt, T, shape, dtype):
        self.xp, self.K, self.n = namespace(zs), zs.shape[-1], math.prod(shape)
        self.zs, self.zt = (_rows(z if self.xp is np else z.detach(), shape) for z in (zs, zt))
        self.T = _rows(np.minimum(T, exact.LARGEST)[..., None], shape)
        self.on = {} if self.xp is np else {"device": zs.device}
        processor = self.xp is np or zs.device.type == "cpu"
        threads = 1 if self.xp is np else self.xp.get_num_threads()
        self.size = min(self.n, max(1, BLOCK * threads // self.K) if processor else self.n)
        self.tolerance = max(float(self.xp.finfo(dtype).eps) / 2, 3e-14)  # relative, of a row
        self.deepest = DEEPEST if self.tolerance < 1e-12 else math.inf
        self.buffers = [self.xp.empty((self.size, self.K), dtype=self.xp.float64, **self.on) for _ in range(4)]

    def __iter__(self):
        """(where, s, t, T, buffers) of each block."""
        for start in range(0, self.n, self.size):
            where = slice(start, min(start + self.size, self.n))
            yield where, *self.part(where), [buffer[: where.stop - start] for buffer in self.buffers]

    def part(self, where):
        """s, t and T of some rows."""
        s, t, T = (z if len(z) == 1 else z[where] for z in (self.zs, self.zt, self.T))
        return s, t, T if self.xp is np else self.xp.as_tensor(T, **self.on)

    def wide(self, which):
        """s and t of some rows as float64 (n, K), T (n,) as a NumPy array: what `exact` takes."""
        s, t = (z if len(z) == 1 else z[which] for z in (self.zs, self.zt))
        s, t = (narrow(self.xp.broadcast_to(z, (len(which), self.K)), self.xp.float64) for z in (s, t))
        at = slice(None) if len(self.T) == 1 else which if self.xp is np else which.cpu().numpy()
        return s, t, self.T[at, 0]


def _values(rows):
    """(where, T² KL (n,), which of them are as good as exact (n,)) of each block, in float64."""
    for where, s, t, T, buffers in rows:
        found, fine = _value(rows, s, t, T, *buffers)
        yield where, found[..., 0], fine[..., 0]


def _gradients(rows):
    """(where, T (p_s − p_t) (n, K), which rows are as good as exact (n,)) of each block, in float64."""
    forms = [_near, _plain]
    if rows.deepest == math.inf and bool(_plain(rows, *rows.part(slice(1)), *(b[:1] for b in rows.buffers))[1].all()):
        forms.reverse()  # cheaper, where it will do: the first row tells
    for where, s, t, T, buffers in rows:
        for form in forms:
            found, fine = form(rows, s, t, T, *buffers)
            if bool(fine.all()):
                break
        yield where, found, fine[..., 0]


def _value(rows, s, t, T, a, b, c, q):
    xp, inverse = rows.xp, 1 / T
    U, mu, reach, top, fine = _start(rows, s, t, inverse, a, b)
    longest = float((reach * inverse).max())
    if longest > (LONG if rows.deepest < math.inf else SHORT):
        c[...] = s
        high = xp.amax(c, axis=-1, keepdims=True)
        c -= high
        c *= inverse
        V = xp.exp(c, out=c).sum(-1, keepdims=True)
        found = xp.log(V) - xp.log(U) + (high - top - mu) * inverse
        lost = math.log(rows.K) + (abs(high - top) + abs(mu) + reach) * inverse
        sure = fine & (found * rows.tolerance >= ROUNDING * lost)
        if longest > LONG or bool(sure.all()):
            return T * T * found, sure
    xp.multiply(b, inverse, out=c)
    if longest > SHORT:
        xp.expm1(c, out=b)
        b -= c
        found = _dot(xp, a, b) / U
        size = xp.sqrt(xp.clip(2 * found, 0.0, 1.0))
        return T * T * xp.log1p(found), fine & (size * rows.tolerance >= ROUNDING * (1 + abs(mu) * inverse))
    _series(c, 2, longest, rows.tolerance, q)
    q *= b
    q *= b
    found = _dot(xp, a, q) / U  # T^2 sum p_t f(x)
    y = found * inverse * inverse
    fine &= xp.sqrt(2 * found) * rows.tolerance >= ROUNDING * abs(mu)
    return xp.where(y < 1e-8, found * (1 - y / 2), T * T * xp.log1p(y)), fine


def _near(rows, s, t, T, a, b, c, q):
    xp, inverse = rows.xp, 1 / T
    U, mu, reach, _, fine = _start(rows, s, t, inverse, a, b)
    longest = float((reach * inverse).max())
    if longest > LONG:
        return c, xp.zeros_like(fine)
    xp.multiply(b, inverse, out=c)
    if longest > TINY:
        e, size = xp.expm1(c, out=c), T
    else:
        e, size = _series(c, 1, longest, rows.tolerance, q), 1.0
        e *= b
    m = _dot(xp, a, e) / U
    e -= m
    e *= a
    stretch = 1 + m * size * inverse
    e *= size / (U * stretch)
    return e, fine & (_height(xp, e) * stretch * U * rows.tolerance >= ROUNDING * abs(mu))


def _plain(rows, s, t, T, a, b, *_):
    xp, inverse = rows.xp, 1 / T
    a[...], b[...] = t, s
    top, high = (xp.amax(z, axis=-1, keepdims=True) for z in (a, b))
    fine = (xp.amin(a, axis=-1, keepdims=True) - top) * inverse >= -rows.deepest
    for z in (a, b):
        z *= inverse
        _softmax(xp, z)
    share = xp.amax(a, axis=-1, keepdims=True)
    b -= a
    b *= T
    lost = T * share + abs(top) + abs(high)
    return b, fine & (_height(xp, b) * rows.tolerance >= ROUNDING * lost)


def _start(rows, s, t, inverse, a, b):
    """u over a and s - t - mu over b; U, mu, the largest |s - t - mu|, the top of t, and whether u is good enough."""
    xp = rows.xp
    a[...], b[...] = t, s
    b -= a
    top = xp.amax(a, axis=-1, keepdims=True)
    a -= top
    fine = xp.ones_like(top, dtype=bool)
    a *= inverse
    if rows.deepest < math.inf:
        fine = xp.amin(a, axis=-1, keepdims=True) >= -rows.deepest
    xp.exp(a, out=a)
    U = a.sum(-1, keepdims=True)
    mu = _dot(xp, a, b) / U
    b -= mu
    return U, mu, _height(xp, b), top, fine


def _series(x, first, longest, tolerance, out):
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


def _height(xp, x):
    """Largest magnitude of each row."""
    return xp.maximum(xp.amax(x, axis=-1, keepdims=True), -xp.amin(x, axis=-1, keepdims=True))


def _softmax(xp, x):
    """Softmax over the last axis, in place."""
    if xp is not np:
        xp.softmax(x, -1, out=x)
        return
    x -= x.max(-1, keepdims=True)
    np.exp(x, out=x)
    x /= x.sum(-1, keepdims=True)


def _dot(xp, a, b):
    """Sum over classes of a b, the axis kept."""
    return np.vecdot(a, b)[..., None] if xp is np else xp.linalg.vecdot(a, b).unsqueeze(-1)


def _rows(z, shape):
    """z (..., K) as (n, K), or as (1, K) where one row serves for all."""
    if math.prod(z.shape[:-1]) == 1:
        return z.reshape(1, z.shape[-1])
    return namespace(z).broadcast_to(z, (*shape, z.shape[-1])).reshape(-1, z.shape[-1])
