r"""Knowledge distillation on logits, to full precision at every temperature in (0, inf].

Symbols: z logits (..., K); s student, t teacher; T temperature, b = 1/T; p = softmax(z/T); K classes.

As usually written, T^2 KL(p_t||p_s) and T(p_s - p_t) subtract numbers that agree more and more as T grows. Here
everything is built from differences of logits, formed without rounding. With a the teacher's top class,

    u_i = exp((t_i - t_a) b),   v_i = exp((s_i - s_a) b),   d_i = (s_i - t_i) - (s_a - t_a),
    w_i = T (v_i - u_i) = u_i T expm1(d_i b)      (the second form where |d_i b| <= 1),
    T (p_s - p_t)_i = (w_i - u_i W/U) / V,        capital letters are sums over classes,
    T^2 KL = T^2 sum_i p_t,i f(x_i),              f(x) = e^x - 1 - x >= 0,   x_i = d_i b - log(V/U) = log p_s,i/p_t,i.

Work is float64; narrower types are widened first and the result narrowed (what float16 cannot hold becomes inf).
Small float64 arrays go through these forms (`exact`), others through faster ones that prove, row by row, to be as good
(`blocks`). Tensors in a graph get this gradient, not one through the sums (`graph`). Training loops: see `teacher`.
"""

from typing import Any

import numpy as np

from kdviz.core import blocks, check, exact, graph
from kdviz.core.arrays import Array, log_softmax, namespace, narrow, softmax
from kdviz.core.teacher import Teacher, closed_grad, prepare, stable_grad

__all__ = [
    "Teacher",
    "centred_difference",
    "centred_square",
    "closed_grad",
    "kd_grad",
    "kd_value",
    "naive_grad",
    "naive_value",
    "prepare",
    "stable_grad",
]


def kd_value(student_logits: Array, teacher_logits: Array, temperature: Array, *, axis: int = -1) -> Array:
    r"""Distillation loss, exact to rounding at every temperature and never negative.

    .. math:: T^2\,\mathrm{KL}(p_t \,\|\, p_s)

    (..., K), (..., K), T that broadcasts against the leading axes -> (...), in logit units squared. T = inf gives
    half the mean square of the centred difference. ValueError for bad input (see `check`).
    Hinton, Vinyals, Dean 2015, https://arxiv.org/abs/1503.02531.

    >>> kd_value([2.0, 0.0, -1.0, 3.0], [3.0, 1.0, -2.0, 6.0], [4.0, float("inf")]).round(10)
    array([0.8359939, 1.       ])
    """
    given, _ = _read(student_logits, teacher_logits, temperature, axis)
    return (graph if graph.follows(*given[:2]) else blocks).value(*given)


def kd_grad(student_logits: Array, teacher_logits: Array, temperature: Array, *, axis: int = -1) -> Array:
    r"""Gradient of `kd_value` with respect to the student's logits, exact to rounding at every temperature.

    .. math:: T\,(p_s - p_t)

    (..., K), (..., K), T that broadcasts against the leading axes -> (..., K), in logit units; its sum over classes
    is zero. T = inf gives the centred difference over K. ValueError for bad input (see `check`).
    Hinton, Vinyals, Dean 2015, https://arxiv.org/abs/1503.02531.

    >>> kd_grad([2.0, 0.0, -1.0, 3.0], [3.0, 1.0, -2.0, 6.0], float("inf"))
    array([ 0. ,  0. ,  0.5, -0.5])
    """
    given, axis = _read(student_logits, teacher_logits, temperature, axis)
    found = (graph if graph.follows(*given[:2]) else blocks).gradient(*given)
    return namespace(found).moveaxis(found, -1, axis)


def centred_difference(student_logits: Array, teacher_logits: Array, *, axis: int = -1) -> Array:
    r"""Difference of the centred logits, to full precision even where both models nearly agree far from zero.

    .. math:: (z^s - c^s) - (z^t - c^t)

    (..., K), (..., K) -> (..., K), logit units. ValueError for bad input (see `check`).

    >>> centred_difference([2.0, 0.0, -1.0, 3.0], [3.0, 1.0, -2.0, 6.0])
    array([ 0.,  0.,  2., -2.])
    """
    d, axis, dtype = _centred(student_logits, teacher_logits, axis)
    return namespace(d).moveaxis(narrow(d, dtype), -1, axis)


def centred_square(student_logits: Array, teacher_logits: Array, *, axis: int = -1) -> Array:
    r"""Half the mean square of `centred_difference`, squared before it is rounded to the type of the input.

    (..., K), (..., K) -> (...), logit units squared. ValueError for bad input (see `check`).

    >>> float(centred_square([2.0, 0.0, -1.0, 3.0], [3.0, 1.0, -2.0, 6.0]))
    1.0
    """
    d, _, dtype = _centred(student_logits, teacher_logits, axis)
    return narrow((d * d).mean(-1) / 2, dtype)


def naive_value(student_logits: Array, teacher_logits: Array, temperature: Array, *, axis: int = -1) -> Array:
    r"""The same loss as usually written, in the precision it is given: shown for its failure, never used for a result.

    .. math:: T^2 \sum_i p_{t,i} (\log p_{t,i} - \log p_{s,i})

    (..., K), (..., K), T (...) -> (...), as `kd_value`. Rounding swamps it at high T (in float32 from about T = 1e3);
    T = inf gives nan.

    >>> pair = np.float32([2, 0, -1, 3]), np.float32([3, 1, -2, 6])  # the exact value is 0.99997
    >>> bool(abs(naive_value(*pair, 1e4) - 1) > 0.3)
    True
    """
    xp, zs, zt, T, _ = _usual(student_logits, teacher_logits, temperature, axis)
    with np.errstate(all="ignore"):
        log_s, log_t = log_softmax(zs / T), log_softmax(zt / T)
        return (T * T)[..., 0] * (xp.exp(log_t) * (log_t - log_s)).sum(-1)


def naive_grad(student_logits: Array, teacher_logits: Array, temperature: Array, *, axis: int = -1) -> Array:
    r"""The same gradient as usually written, T (softmax - softmax), in the precision it is given.

    (..., K), (..., K), T (...) -> (..., K), as `kd_grad`. Rounding shows from about T = 1e4 in float32; T = inf gives
    nan.

    >>> pair = np.float32([2, 0, -1, 3]), np.float32([3, 1, -2, 6])  # the exact gradient is 0, 0, 0.5, -0.5
    >>> bool(abs(naive_grad(*pair, 1e7)[2] - 0.5) > 0.05)
    True
    """
    xp, zs, zt, T, axis = _usual(student_logits, teacher_logits, temperature, axis)
    with np.errstate(all="ignore"):
        return xp.moveaxis(T * (softmax(zs / T) - softmax(zt / T)), -1, axis)


def _centred(student_logits: Array, teacher_logits: Array, axis: int) -> tuple[Array, int, Any]:
    """The centred difference in float64, class axis last."""
    xp, zs, zt, axis, dtype = _last(student_logits, teacher_logits, axis)
    d = exact.difference_from_top(narrow(zs, xp.float64), narrow(zt, xp.float64))[0]
    return d - d.mean(-1, keepdims=True), axis, dtype


def _last(student_logits: Array, teacher_logits: Array, axis: int) -> tuple[Any, Array, Array, int, Any]:
    """Checked, broadcast, class axis last; the axis counted from the end, since T may add leading axes."""
    zs, zt, axis, _ = check.pair(student_logits, teacher_logits, axis)
    xp, shape = namespace(zs), np.broadcast_shapes(zs.shape, zt.shape)
    return xp, xp.broadcast_to(zs, shape), xp.broadcast_to(zt, shape), axis, xp.promote_types(zs.dtype, zt.dtype)


def _read(
    student_logits: Array, teacher_logits: Array, temperature: Array, axis: int
) -> tuple[tuple[Array, Array, np.ndarray, Any, float], int]:
    """What `blocks` and `graph` take, and the class axis."""
    zs, zt, axis, largest = check.pair(student_logits, teacher_logits, axis)
    xp, shape = namespace(zs), np.broadcast_shapes(zs.shape, zt.shape)
    zs, zt, dtype = xp.broadcast_to(zs, shape), xp.broadcast_to(zt, shape), xp.promote_types(zs.dtype, zt.dtype)
    return (zs, zt, check.temperature(temperature, shape[:-1]), dtype, largest), axis


def _usual(
    student_logits: Array, teacher_logits: Array, temperature: Array, axis: int
) -> tuple[Any, Array, Array, Array, int]:
    xp, zs, zt, axis, dtype = _last(student_logits, teacher_logits, axis)
    T = check.temperature(temperature, zs.shape[:-1])[..., None]
    with np.errstate(over="ignore"):  # a T too large for float32 is infinite there
        T = T.astype(dtype) if xp is np else xp.as_tensor(T, dtype=dtype, device=zs.device)
    return xp, narrow(zs, dtype), narrow(zt, dtype), T, axis
