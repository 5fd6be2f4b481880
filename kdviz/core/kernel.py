r"""Knowledge distillation on logits, to full precision at every temperature in (0, inf].

Symbols: z logits (..., K); s student, t teacher; T temperature, b = 1/T; p = softmax(z/T); K classes.

As usually written, T^2 KL(p_t||p_s) and T(p_s - p_t) subtract numbers that agree more and more as T grows. Here everything is
built from differences of logits, which are formed without rounding. With a the teacher's top class,

    u_i = exp((t_i - t_a) b),   v_i = exp((s_i - s_a) b),   d_i = (s_i - t_i) - (s_a - t_a),
    w_i = T (v_i - u_i) = u_i T expm1(d_i b)      (the second form where |d_i b| <= 1),
    T (p_s - p_t)_i = (w_i - u_i W/U) / V,        capital letters are sums over classes,
    T^2 KL = T^2 sum_i p_t,i f(x_i),              f(x) = e^x - 1 - x >= 0,  x_i = log(p_s,i / p_t,i) = d_i b - log(V/U).

Exponents reach hundreds at low T, so their rounding errors are carried along (error-free sums and products: Dekker 1971,
Knuth 1969). Work is float64; float32 input is widened first and the result narrowed. Derivation: docs/derivations.md.
"""

from dataclasses import dataclass

import numpy as np

from kdviz.core import check
from kdviz.core.arrays import namespace, pick, softmax

HEADROOM = 40.0  # exponents above this are scaled away; e^40 dwarfs what float64 can add to it
SERIES = 18  # terms of f(x)/x^2 for |x| <= 1: the next one is below 1e-17


def kd_value(student_logits, teacher_logits, temperature, *, axis=-1):
    r"""Distillation loss, exact to rounding at every temperature and never negative.

    .. math:: T^2\,\mathrm{KL}(p_t \,\|\, p_s)

    (..., K), (..., K), T that broadcasts against the leading axes -> (...), in logit units squared. T = inf gives
    half the mean square of the centred difference. ValueError for bad input (see `check`).
    Hinton, Vinyals, Dean 2015, https://arxiv.org/abs/1503.02531.

    >>> kd_value([2.0, 0.0, -1.0, 3.0], [3.0, 1.0, -2.0, 6.0], [4.0, float("inf")]).round(10)
    array([0.8359939, 1.       ])
    """
    xp, q, axis, dtype = _parts(student_logits, teacher_logits, temperature, axis)
    shift = q.total / q.pt_sum  # T (V/U - 1), where nothing was scaled away
    growth = shift * q.beta
    near = xp.log1p(xp.clip(growth, -0.5, 0.5)) * q.T
    near = xp.where(abs(growth) < 1e-20, shift, near)
    far = (xp.log(q.ps_sum) - xp.log(q.pt_sum) + q.lift) * q.T
    y = q.d - xp.where(abs(growth) <= 0.5, near, far)  # T x
    x = y * q.beta
    inner = xp.clip(x, -1.0, 1.0)
    series = xp.ones_like(inner)
    for n in range(SERIES + 2, 2, -1):
        series = 1.0 + inner / n * series
    terms = xp.where(abs(x) <= 1, q.pt * y * y * series / 2, q.T * (q.T * (q.ps - q.pt) - q.pt * y))
    return _narrow(terms.sum(-1), dtype)


def kd_grad(student_logits, teacher_logits, temperature, *, axis=-1):
    r"""Gradient of `kd_value` with respect to the student's logits, exact to rounding at every temperature.

    .. math:: T\,(p_s - p_t)

    (..., K), (..., K), T that broadcasts against the leading axes -> (..., K), in logit units; sums to zero over classes.
    T = inf gives the centred difference over K. ValueError for bad input (see `check`).
    Hinton, Vinyals, Dean 2015, https://arxiv.org/abs/1503.02531.

    >>> kd_grad([2.0, 0.0, -1.0, 3.0], [3.0, 1.0, -2.0, 6.0], float("inf"))
    array([ 0. ,  0. ,  0.5, -0.5])
    """
    xp, q, axis, dtype = _parts(student_logits, teacher_logits, temperature, axis)
    return xp.moveaxis(_narrow((q.w - q.pt * q.total) / q.ps_sum, dtype), -1, axis)


def centred_difference(student_logits, teacher_logits, *, axis=-1):
    r"""Difference of the centred logits, to full precision even where both models nearly agree far from zero.

    .. math:: (z^s - c^s) - (z^t - c^t)

    (..., K), (..., K) -> (..., K), logit units, and the class axis counted from the end. ValueError for bad input.

    >>> centred_difference([2.0, 0.0, -1.0, 3.0], [3.0, 1.0, -2.0, 6.0])[0]
    array([ 0.,  0.,  2., -2.])
    """
    zs, zt = check.pair(student_logits, teacher_logits, axis)
    axis, xp, dtype = axis % zs.ndim - zs.ndim, namespace(zs), namespace(zs).promote_types(zs.dtype, zt.dtype)
    d = _relative(xp, *(_narrow(xp.moveaxis(z, axis, -1), xp.float64) for z in (zs, zt)))[0]
    return xp.moveaxis(_narrow(d - d.mean(-1, keepdims=True), dtype), -1, axis), axis


def naive_value(student_logits, teacher_logits, temperature, *, axis=-1):
    r"""The same loss as usually written, in the precision it is given: shown for its failure, never used for a result.

    .. math:: T^2 \sum_i p_{t,i} (\log p_{t,i} - \log p_{s,i})

    Shapes as `kd_value`. Rounding swamps it at high T (in float32 from about T = 1e3); T = inf gives nan.

    >>> pair = np.float32([2, 0, -1, 3]), np.float32([3, 1, -2, 6])  # the exact value is 0.99997
    >>> bool(abs(naive_value(*pair, 1e4) - 1) > 0.3)
    True
    """
    xp, zs, zt, T, axis = _usual(student_logits, teacher_logits, temperature, axis)
    log_s, log_t = _log_softmax(xp, zs / T), _log_softmax(xp, zt / T)
    with np.errstate(all="ignore"):
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


@dataclass(frozen=True)
class _Quantities:
    """What value and gradient share; class axis last, T with a trailing axis of length 1."""

    T: object
    beta: object
    d: object
    w: object
    total: object  # W
    pt: object
    ps: object
    pt_sum: object  # U
    ps_sum: object  # V, scaled by exp(-lift)
    lift: object


def _parts(student_logits, teacher_logits, temperature, axis):
    zs, zt = check.pair(student_logits, teacher_logits, axis)
    axis = axis % zs.ndim - zs.ndim  # from the end: T may add leading axes
    xp = namespace(zs)
    dtype = xp.promote_types(zs.dtype, zt.dtype)
    T, inverse = _inverse(check.temperature(temperature), xp, zs)
    zs, zt = (xp.moveaxis(z, axis, -1) for z in (zs, zt))
    zs, zt = (z.astype(np.float64) if xp is np else z.to(xp.float64) for z in (zs, zt))
    beta = inverse[0]

    d, t_a, s_a = _relative(xp, zs, zt)
    s_b = xp.amax(zs, axis=-1, keepdims=True)
    climb = (s_b - s_a) * beta
    lift = xp.where(climb > HEADROOM, climb - HEADROOM, 0 * climb)
    u = _exp(xp, zt, t_a, inverse)
    v = _exp(xp, zs, s_b, inverse) * xp.exp(climb - lift)
    scaled = u * xp.exp(-lift)
    r = d * beta
    near = T * xp.expm1(xp.clip(r, -1.0, 1.0))
    near = scaled * xp.where(abs(r) < 1e-20, d, near)
    w = xp.where(abs(r) <= 1, near, T * (v - scaled))
    pt_sum, ps_sum = u.sum(-1, keepdims=True), v.sum(-1, keepdims=True)
    shared = _Quantities(T, beta, d, w, w.sum(-1, keepdims=True), u / pt_sum, v / ps_sum, pt_sum, ps_sum, lift)
    return xp, shared, axis, dtype


def _relative(xp, zs, zt):
    """d of the head of this file with one rounding per entry, and both logits of the teacher's top class."""
    zs, zt = (
        xp.broadcast_to(zs, np.broadcast_shapes(zs.shape, zt.shape)),
        xp.broadcast_to(zt, np.broadcast_shapes(zs.shape, zt.shape)),
    )
    top = zt.argmax(-1)
    t_a, s_a = pick(zt, top), pick(zs, top)
    high, low = _difference(zs, zt)
    high_a, low_a = _difference(s_a, t_a)
    d, rest = _difference(high, high_a)
    return d + (rest + (low - low_a)), t_a, s_a


def _difference(a, b):
    """a - b without error: the rounded difference and what rounding took away (Knuth 1969)."""
    high = a - b
    back = high - a
    return high, (a - (high - back)) - (b + back)


def _split(x):
    """x as a sum of two halves of 26 bits (Dekker 1971)."""
    high = 134217729.0 * x  # 2^27 + 1
    high = high - (high - x)
    return high, x - high


def _inverse(T, xp, like):
    """T (1 where infinite) and 1/T as (rounded, high half, low half, remainder), each (..., 1)."""
    infinite = np.isinf(T)
    T = np.where(infinite, 1.0, T)[..., None]
    beta = 1.0 / T
    (th, tl), (bh, bl) = _split(T), _split(beta)
    product = T * beta
    error = ((th * bh - product) + th * bl + tl * bh) + tl * bl
    rest = ((1.0 - product) - error) * beta
    parts = [np.where(infinite[..., None], 0.0, part) for part in (beta, bh, bl, rest)]
    if xp is not np:
        T, *parts = (xp.as_tensor(part, dtype=xp.float64, device=like.device) for part in (T, *parts))
    return T, parts


def _exp(xp, z, top, inverse):
    """exp((z - top)/T) with the rounding of the exponent made good: relative error of a few units in the last place."""
    beta, bh, bl, rest = inverse
    high, low = _difference(z, top)
    zh, zl = _split(high)
    product = high * beta
    error = ((zh * bh - product) + zh * bl + zl * bh) + zl * bl + (low * beta + high * rest)
    return xp.exp(product) * (1.0 + error)


def _narrow(x, dtype):
    return x.to(dtype) if hasattr(x, "to") else x.astype(dtype)


def _usual(student_logits, teacher_logits, temperature, axis):
    zs, zt = check.pair(student_logits, teacher_logits, axis)
    xp, axis = namespace(zs), axis % zs.ndim - zs.ndim
    dtype = xp.promote_types(zs.dtype, zt.dtype)
    T = check.temperature(temperature)[..., None]
    with np.errstate(over="ignore"):  # a T too large for float32 is infinite there
        T = T.astype(dtype) if xp is np else xp.as_tensor(T, dtype=dtype, device=zs.device)
    return xp, *(_narrow(xp.moveaxis(z, axis, -1), dtype) for z in (zs, zt)), T, axis


def _log_softmax(xp, z):
    z = z - xp.amax(z, axis=-1, keepdims=True)
    return z - xp.log(xp.exp(z).sum(-1, keepdims=True))
