r"""Knowledge distillation on logits, to full precision at every temperature in (0, inf].

Symbols: z logits (..., K); s student, t teacher; T temperature, b = 1/T; p = softmax(z/T); K classes.

As usually written, T^2 KL(p_t||p_s) and T(p_s - p_t) subtract numbers that agree more and more as T grows. Here
everything is built from differences of logits, formed without rounding. With a the teacher's top class,

    u_i = exp((t_i - t_a) b),   v_i = exp((s_i - s_a) b),   d_i = (s_i - t_i) - (s_a - t_a),
    w_i = T (v_i - u_i) = u_i T expm1(d_i b)      (the second form where |d_i b| <= 1),
    T (p_s - p_t)_i = (w_i - u_i W/U) / V,        capital letters are sums over classes,
    T^2 KL = T^2 sum_i p_t,i f(x_i),              f(x) = e^x - 1 - x >= 0,   x_i = d_i b - log(V/U) = log p_s,i/p_t,i.

Work is float64; float32 is widened first and the result narrowed. Training loops: see `teacher`.
"""

from types import SimpleNamespace

import numpy as np

from kdviz.core import check
from kdviz.core.arrays import log_softmax, namespace, softmax
from kdviz.core.exact import Inverse, difference_from_top, exp_quotient
from kdviz.core.teacher import Teacher, closed_grad, prepare, stable_grad

__all__ = [
    "Teacher",
    "centred_difference",
    "closed_grad",
    "kd_grad",
    "kd_value",
    "naive_grad",
    "naive_value",
    "prepare",
    "stable_grad",
]

HEADROOM = 40.0  # exponents above this are scaled away: what e^40 dwarfs is below the last digit


def kd_value(student_logits, teacher_logits, temperature, *, axis=-1):
    r"""Distillation loss, exact to rounding at every temperature and never negative.

    .. math:: T^2\,\mathrm{KL}(p_t \,\|\, p_s)

    (..., K), (..., K), T that broadcasts against the leading axes -> (...), in logit units squared. T = inf gives
    half the mean square of the centred difference. ValueError for bad input (see `check`).
    Hinton, Vinyals, Dean 2015, https://arxiv.org/abs/1503.02531.

    >>> kd_value([2.0, 0.0, -1.0, 3.0], [3.0, 1.0, -2.0, 6.0], [4.0, float("inf")]).round(10)
    array([0.8359939, 1.       ])
    """
    xp, q, _, dtype = _shared(student_logits, teacher_logits, temperature, axis)
    growth = q.W / q.U * q.b  # V/U - 1
    near = q.T * xp.log1p(xp.clip(growth, -0.5, 0.5))
    far = q.T * (xp.log(q.V) - xp.log(q.U) + q.lift)
    y = q.d - xp.where(abs(growth) <= 0.5, near, far)  # T x
    x = y * q.b
    pt = q.u / q.U
    terms = pt * y * y * _series(xp, xp.clip(x, -1.0, 1.0))
    if not q.gentle:
        terms = xp.where(abs(x) <= 1, terms, q.T * (q.T * (q.v / q.V - pt) - pt * y))
    return _narrow(terms.sum(-1), dtype)


def _series(xp, x):
    """(e^x - 1 - x)/x^2 = 1/2! + x/3! + x^2/4! + ... for |x| <= 1, as many terms as its largest x asks for."""
    largest, last, n = float(xp.amax(abs(x if xp is np else x.detach()))), 1.0, 2
    while last > 1e-18:
        n += 1
        last *= largest / n
    total = 1.0
    for k in range(n, 2, -1):
        total = 1.0 + x * (1.0 / k) * total
    return total / 2


def kd_grad(student_logits, teacher_logits, temperature, *, axis=-1):
    r"""Gradient of `kd_value` with respect to the student's logits, exact to rounding at every temperature.

    .. math:: T\,(p_s - p_t)

    (..., K), (..., K), T that broadcasts against the leading axes -> (..., K), in logit units; its sum over classes
    is zero. T = inf gives the centred difference over K. ValueError for bad input (see `check`).
    Hinton, Vinyals, Dean 2015, https://arxiv.org/abs/1503.02531.

    >>> kd_grad([2.0, 0.0, -1.0, 3.0], [3.0, 1.0, -2.0, 6.0], float("inf"))
    array([ 0. ,  0. ,  0.5, -0.5])
    """
    xp, q, axis, dtype = _shared(student_logits, teacher_logits, temperature, axis)
    return xp.moveaxis(_narrow((q.w - q.u * (q.W / q.U)) / q.V, dtype), -1, axis)


def _shared(student_logits, teacher_logits, temperature, axis):
    """What value and gradient share, under the names of the head of this file; class axis last."""
    xp, zs, zt, axis, dtype = _last(student_logits, teacher_logits, axis)
    zs, zt = _narrow(zs, xp.float64), _narrow(zt, xp.float64)
    inverse = Inverse(check.temperature(temperature, zs.shape[:-1]), zs)
    T, b = inverse.T, inverse.rounded
    d, s_a, t_a = difference_from_top(zs, zt)
    u = exp_quotient(zt, t_a, inverse)
    U = u.sum(-1, keepdims=True)
    gentle = bool((xp.amax(abs(d), axis=-1, keepdims=True) * b <= 0.5).all())  # both close at this T: abs(x) <= 1
    if gentle:
        w = u * (T * xp.expm1(d * b))
        W = w.sum(-1, keepdims=True)
        v, V, lift = None, U + W * b, 0.0
    else:
        s_b = xp.amax(zs, axis=-1, keepdims=True)
        climb = (s_b - s_a) * b
        lift = xp.clip(climb - HEADROOM, 0.0, None)  # u and v are both divided by exp(lift) where they meet
        v = exp_quotient(zs, s_b, inverse) * xp.exp(climb - lift)
        lowered = u * xp.exp(-lift)
        r = d * b
        w = xp.where(abs(r) <= 1, lowered * (T * xp.expm1(xp.clip(r, -1.0, 1.0))), T * (v - lowered))
        W, V = w.sum(-1, keepdims=True), v.sum(-1, keepdims=True)
    return xp, SimpleNamespace(T=T, b=b, d=d, u=u, U=U, v=v, V=V, w=w, W=W, lift=lift, gentle=gentle), axis, dtype


def centred_difference(student_logits, teacher_logits, *, axis=-1):
    r"""Difference of the centred logits, to full precision even where both models nearly agree far from zero.

    .. math:: (z^s - c^s) - (z^t - c^t)

    (..., K), (..., K) -> (..., K), logit units. ValueError for bad input (see `check`).

    >>> centred_difference([2.0, 0.0, -1.0, 3.0], [3.0, 1.0, -2.0, 6.0])
    array([ 0.,  0.,  2., -2.])
    """
    xp, zs, zt, axis, dtype = _last(student_logits, teacher_logits, axis)
    d = difference_from_top(_narrow(zs, xp.float64), _narrow(zt, xp.float64))[0]
    return xp.moveaxis(_narrow(d - d.mean(-1, keepdims=True), dtype), -1, axis)


def naive_value(student_logits, teacher_logits, temperature, *, axis=-1):
    r"""The same loss as usually written, in the precision it is given: shown for its failure, never used for a result.

    .. math:: T^2 \sum_i p_{t,i} (\log p_{t,i} - \log p_{s,i})

    Shapes as `kd_value`. Rounding swamps it at high T (in float32 from about T = 1e3); T = inf gives nan.

    >>> pair = np.float32([2, 0, -1, 3]), np.float32([3, 1, -2, 6])  # the exact value is 0.99997
    >>> bool(abs(naive_value(*pair, 1e4) - 1) > 0.3)
    True
    """
    xp, zs, zt, T, _ = _usual(student_logits, teacher_logits, temperature, axis)
    with np.errstate(all="ignore"):
        log_s, log_t = log_softmax(zs / T), log_softmax(zt / T)
        return (T * T)[..., 0] * (xp.exp(log_t) * (log_t - log_s)).sum(-1)


def naive_grad(student_logits, teacher_logits, temperature, *, axis=-1):
    r"""The same gradient as usually written, T (softmax - softmax), in the precision it is given.

    Shapes as `kd_grad`. Rounding shows from about T = 1e4 in float32; T = inf gives nan.

    >>> pair = np.float32([2, 0, -1, 3]), np.float32([3, 1, -2, 6])  # the exact gradient is 0, 0, 0.5, -0.5
    >>> bool(abs(naive_grad(*pair, 1e7)[2] - 0.5) > 0.05)
    True
    """
    xp, zs, zt, T, axis = _usual(student_logits, teacher_logits, temperature, axis)
    with np.errstate(all="ignore"):
        return xp.moveaxis(T * (softmax(zs / T) - softmax(zt / T)), -1, axis)


def _last(student_logits, teacher_logits, axis):
    """Checked, broadcast, class axis last; the axis counted from the end, since T may add leading axes."""
    zs, zt = check.pair(student_logits, teacher_logits, axis)
    xp, axis = namespace(zs), axis % zs.ndim - zs.ndim
    zs, zt = xp.moveaxis(zs, axis, -1), xp.moveaxis(zt, axis, -1)
    shape = np.broadcast_shapes(zs.shape, zt.shape)
    return xp, xp.broadcast_to(zs, shape), xp.broadcast_to(zt, shape), axis, xp.promote_types(zs.dtype, zt.dtype)


def _usual(student_logits, teacher_logits, temperature, axis):
    xp, zs, zt, axis, dtype = _last(student_logits, teacher_logits, axis)
    T = check.temperature(temperature, zs.shape[:-1])[..., None]
    with np.errstate(over="ignore"):  # a T too large for float32 is infinite there
        T = T.astype(dtype) if xp is np else xp.as_tensor(T, dtype=dtype, device=zs.device)
    return xp, _narrow(zs, dtype), _narrow(zt, dtype), T, axis


def _narrow(x, dtype):
    return x.to(dtype) if hasattr(x, "to") else x.astype(dtype)
