"""The kernel's sums for large arrays: block after block in cache, and what is not as good as exact there exactly.

Symbols as in `kernel`. `forms` computes a block in float64 and says of each row whether rounding can have taken more
than the result's type would show; `exact` computes the rows of which it can.
"""

import math
import threading
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import numpy as np

from kdviz.core import exact, forms
from kdviz.core.arrays import Array, namespace, narrow, plain

Form: TypeAlias = Callable[..., forms.Found]

SMALL = 2**15  # float64 arrays with fewer numbers are as fast in the exact form
BLOCK = 2**17  # numbers in a block, per thread: 1 MiB


def value(zs: Array, zt: Array, T: np.ndarray, dtype: Any, largest: float) -> Array:
    """T² KL(p_t‖p_s): (..., K), (..., K), T (...) a NumPy array -> (...) of `dtype`; no |logit| above `largest`.

    >>> pair = np.float32([2.0, 0.0, -1.0, 3.0]), np.float32([3.0, 1.0, -2.0, 6.0])
    >>> value(*pair, np.array([4.0, np.inf]), np.float32, largest=6.0)
    array([0.8359939, 1.       ], dtype=float32)
    """
    return _each(VALUES, exact.value, (), zs, zt, T, dtype, largest)


def gradient(zs: Array, zt: Array, T: np.ndarray, dtype: Any, largest: float) -> Array:
    """T (p_s − p_t): (..., K), (..., K), T (...) a NumPy array -> (..., K) of `dtype`.

    >>> pair = np.float32([2.0, 0.0, -1.0, 3.0]), np.float32([3.0, 1.0, -2.0, 6.0])
    >>> gradient(*pair, np.array(np.inf), np.float32, largest=6.0)
    array([ 0. ,  0. ,  0.5, -0.5], dtype=float32)
    """
    return _each(GRADIENTS, exact.gradient, zs.shape[-1:], zs, zt, T, dtype, largest)


def _each(
    three: tuple[Form, Form, Form],
    precise: Callable[..., Array],
    tail: tuple[int, ...],
    zs: Array,
    zt: Array,
    T: np.ndarray,
    dtype: Any,
    largest: float,
) -> Array:
    """All rows of a call: in blocks, and those that fail there, or small arrays of float64, by `precise`."""
    xp = namespace(zs)
    shape = np.broadcast_shapes(zs.shape[:-1], zt.shape[:-1], T.shape)
    small = dtype == xp.float64 and math.prod(shape) * zs.shape[-1] < SMALL
    if small or not (plain(zs) and plain(zt)):
        return narrow(precise(narrow(zs, xp.float64), narrow(zt, xp.float64), T), dtype)
    with np.errstate(all="ignore"):
        rows = Rows(zs, zt, T, shape, dtype, largest)
        out = xp.empty((rows.n, *tail), dtype=dtype, **rows.on)
        target = out if tail else out[:, None]
        for where, found, by, fine in _tried(rows, *three):
            if dtype == np.float16:
                target[where] = (found * by).astype(np.float32)
            else:
                xp.multiply(found, by, out=target[where])
            if not bool(fine.all()):
                failed = where.start + (np.flatnonzero(~fine) if xp is np else (~fine).nonzero()[:, 0])
                out[failed] = narrow(precise(*rows.wide(failed)), dtype)
    return out.reshape((*shape, *tail))


class Rows:
    """Rows of one call: logits (n, K), or (1, K) for all; temperatures (n, 1) or (1, 1); and buffers for a block."""

    def __init__(self, zs: Array, zt: Array, T: np.ndarray, shape: tuple[int, ...], dtype: Any, largest: float) -> None:
        self.xp, self.K, self.n, self.dtype = namespace(zs), zs.shape[-1], math.prod(shape), dtype
        self.zs, self.zt = (_rows(z if self.xp is np else z.detach(), shape) for z in (zs, zt))
        self.T = _rows(np.minimum(T, exact.LARGEST)[..., None], shape)
        self.on = {} if self.xp is np else {"device": zs.device}
        processor = self.xp is np or zs.device.type == "cpu"
        threads = 1 if self.xp is np else self.xp.get_num_threads()
        self.size = min(self.n, max(1, BLOCK * threads // self.K) if processor else self.n)
        self.tolerance = max(float(self.xp.finfo(dtype).eps) / 2, 3e-14)  # relative, of a row
        self.coarse = self.tolerance > 1e-12
        self.longest = largest / float(self.T.min())  # exponent z/T
        self.buffers = _buffers(self.xp, self.size * self.K, self.on).reshape(4, self.size, self.K)

    def __iter__(self) -> Iterator[tuple[slice, Array, Array, Array, Array]]:
        """(where, s, t, T, buffers) of each block."""
        for start in range(0, self.n, self.size):
            where = slice(start, min(start + self.size, self.n))
            yield where, *self.part(where), self.buffers[:, : where.stop - start]

    def part(self, where: slice) -> tuple[Array, Array, Array]:
        """s and t (n, K) or (1, K), T (n, 1) or (1, 1), of some rows."""
        s, t, T = (z if len(z) == 1 else z[where] for z in (self.zs, self.zt, self.T))
        if self.dtype == np.float16:  # NumPy is slow from there to float64 and back in one step
            s, t = s.astype(np.float32), t.astype(np.float32)
        return s, t, T if self.xp is np else self.xp.as_tensor(T, **self.on)

    def wide(self, which: Array) -> tuple[Array, Array, np.ndarray]:
        """s and t of some rows as float64 (n, K), T (n,) as a NumPy array: what `exact` takes."""
        s, t = (z if len(z) == 1 else z[which] for z in (self.zs, self.zt))
        s, t = (narrow(self.xp.broadcast_to(z, (len(which), self.K)), self.xp.float64) for z in (s, t))
        at = slice(None) if len(self.T) == 1 else which if self.xp is np else which.cpu().numpy()
        return s, t, self.T[at, 0]


def _tried(rows: Rows, hot: Form, plain: Form, near: Form) -> Iterator[tuple[slice, Array, Array, Array]]:
    """(where, result, its factor, which rows are as good as exact (n,)) of each block, by the cheapest form."""
    order = [near, plain]
    if rows.longest <= rows.tolerance / 8:
        order = [hot]
    elif rows.coarse and 2 * rows.longest**2 * rows.tolerance >= forms.ROUNDING:  # else two softmaxes are too alike
        order.reverse()
    for where, s, t, T, buffers in rows:
        for form in order:
            found, by, fine = form(rows, s, t, T, *buffers)
            if bool(fine.all()):
                break
        if form is not order[0]:
            order.reverse()  # a block tells of the next
        yield where, found, by, fine[..., 0]


VALUES = forms.hot_value, forms.plain_value, forms.near_value
GRADIENTS = forms.hot_gradient, forms.plain_gradient, forms.near_gradient
KEPT = threading.local()  # one set of buffers per thread and library: fresh memory costs as much as the sums


def _buffers(xp: Any, size: int, on: dict[str, Any]) -> Array:
    """Four buffers of `size` numbers in one array (4 size,), kept for the next call unless they are large."""
    if on.get("device") is not None and on["device"].type != "cpu":
        return xp.empty(4 * size, dtype=xp.float64, **on)
    held = getattr(KEPT, xp.__name__, None)
    if held is None or len(held) < 4 * size:
        held = xp.empty(4 * size, dtype=xp.float64, **on)
        if size <= 4 * BLOCK:
            setattr(KEPT, xp.__name__, held)
    return held[: 4 * size]


def _rows(z: Array, shape: tuple[int, ...]) -> Array:
    """z (..., K) as (n, K), or as (1, K) where one row serves for all."""
    if math.prod(z.shape[:-1]) == 1:
        return z.reshape(1, z.shape[-1])
    return namespace(z).broadcast_to(z, (*shape, z.shape[-1])).reshape(-1, z.shape[-1])
