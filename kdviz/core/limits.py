r"""How far knowledge distillation is from logits matching at a given temperature, exactly and by formula.

Symbols: z logits (..., K); s student, t teacher; c mean over classes; x = z - c; T temperature; m2, m3 = mean of x^2
and x^3; R = max - min; K classes.

    T (p_s - p_t) = (x^s - x^t)/K + e1/T + e2/T^2 + ...,   e1 = [(x^s)^2 - m2^s - (x^t)^2 + m2^t] / (2K),
    e2 = [phi(x^s) - phi(x^t)] / K,   phi(x) = x^3/6 - x m2/2 - m3/6.

For K = 2, and where x^s = -x^t, e1 vanishes and e2 decides. NumPy, float64.
"""

from dataclasses import dataclass

import numpy as np

from kdviz.core import check, kernel
from kdviz.core.arrays import Array, namespace

BLOCK = 2**14  # numbers handled at once: 128 kB per array
CLOSE = 1e-5  # below this R/T the difference of two nearly equal gradients is worse than the series


@dataclass(frozen=True)
class Gap:
    """Gradients of KD, of logits matching and of their limit, and how far apart they are."""

    temperature: np.ndarray  # (...)
    kd: np.ndarray  # (..., K)  T (p_s - p_t)
    lm: np.ndarray  # (..., K)  (z_s - z_t)/K
    limit: np.ndarray  # (..., K)  (x_s - x_t)/K
    printed: np.ndarray  # (..., K)  [(z_s - z_t) + (c_s - c_t)]/K, Eq. (7) as printed
    size: np.ndarray  # (...)  norm of limit
    size_lm: np.ndarray  # (...)  norm of lm
    to_limit: np.ndarray  # (...)  norm of kd - limit
    to_lm: np.ndarray  # (...)  norm of kd - lm
    relative: np.ndarray  # (...)  to_limit / size, nan where size is 0
    relative_lm: np.ndarray  # (...)  to_lm / size_lm, nan where size_lm is 0
    cosine: np.ndarray  # (...)  of kd and lm, nan where one of them is 0
    cosine_limit: np.ndarray  # (...)  of kd and limit
    mean_share: np.ndarray  # (...)  part of to_lm squared that the mean direction holds, nan where to_lm is 0
    e1: np.ndarray  # (..., K)  first order, times T
    e2: np.ndarray  # (..., K)  second order, times T^2
    first_order: np.ndarray  # (...)  relative gap by the leading order alone
    order: np.ndarray  # (...)  1, or 2 where e1 vanishes
    bound_inf: np.ndarray  # (...)  no entry of kd - limit is larger
    bound_l1: np.ndarray  # (...)  the sum of its absolute entries is not larger
    sum_kd: np.ndarray  # (...)  sums over classes
    sum_lm: np.ndarray
    sum_printed: np.ndarray


@dataclass(frozen=True)
class Sweep:
    """The gap over many temperatures, numbers only: each (...)."""

    temperature: np.ndarray
    relative: np.ndarray  # norm of kd - limit over norm of limit
    relative_lm: np.ndarray  # norm of kd - lm over norm of lm
    first_order: np.ndarray  # relative gap by the leading order alone
    bound: np.ndarray  # the relative gap is never larger (the bound on the sum of absolute entries over size)


def gap(student_logits: Array, teacher_logits: Array, temperature: Array, *, axis: int = -1) -> Gap:
    """The exact gap between KD's gradient, its limit and logits matching; a whole sweep over T is one call.

    (..., K), (..., K), T that broadcasts against the leading axes -> `Gap`, classes on the last axis. T = inf is legal.
    ValueError for bad input. Orders and bounds: docs/derivations.md; printed form: Chen, Wang, Chen 2021, Eq. (7).

    >>> g = gap([2.0, 0.0, -1.0, 3.0], [3.0, 1.0, -2.0, 6.0], [100.0, float("inf")])
    >>> g.relative.round(4), g.sum_printed, g.order
    (array([0.0212, 0.    ]), array([-2., -2.]), array([1, 1]))
    """
    p = _prepare(student_logits, teacher_logits, temperature, axis)
    kd = _gradients(p)
    to_limit, to_lm = p.distances(kd, p.T)
    mean_part = p.c[..., None] / p.K
    limit, lm, printed, e1, e2 = (
        np.broadcast_to(x, kd.shape) for x in (p.limit, p.limit + mean_part, p.limit + 2 * mean_part, p.e1, p.e2)
    )
    size, size_lm, length = p.size, p.size_lm, _norm(kd)
    fields = dict(
        temperature=p.T,
        size=size,
        size_lm=size_lm,
        to_limit=to_limit,
        to_lm=to_lm,
        relative=_over(to_limit, size),
        relative_lm=_over(to_lm, size_lm),
        cosine=_over((kd * lm).sum(-1), length * size_lm).clip(-1, 1),
        cosine_limit=_over((kd * limit).sum(-1), length * size).clip(-1, 1),
        mean_share=_over(p.c**2 / p.K, to_lm**2),
        first_order=p.first_order(),
        order=p.order,
        bound_inf=p.bound_inf(),
        bound_l1=p.bound_l1(),
        sum_kd=kd.sum(-1),
        sum_lm=lm.sum(-1),
        sum_printed=printed.sum(-1),
    )
    fields = {name: np.broadcast_to(x, kd.shape[:-1]) for name, x in fields.items()}
    return Gap(kd=kd, lm=lm, limit=limit, printed=printed, e1=e1, e2=e2, **fields)


def sweep(student_logits: Array, teacher_logits: Array, temperature: Array, *, axis: int = -1) -> Sweep:
    """The gap over many temperatures without keeping gradients: what a curve over T needs, cheaply.

    (..., K), (..., K), T (n,) -> `Sweep` of (n,). ValueError for bad input.

    >>> sweep([2.0, 0.0, -1.0, 3.0], [3.0, 1.0, -2.0, 6.0], [100.0, 1e4]).relative.round(6)
    array([0.021208, 0.000212])
    """
    p = _prepare(student_logits, teacher_logits, temperature, axis)
    to_limit, to_lm = p.distances(_gradients(p), p.T)
    relative, relative_lm = _over(to_limit, p.size), _over(to_lm, p.size_lm)
    return Sweep(p.T, relative, relative_lm, p.first_order(), _over(p.bound_l1(), p.size))


def temperature_for(student_logits: Array, teacher_logits: Array, tolerance: float, *, axis: int = -1) -> Array:
    """The temperature from which KD's gradient stays within `tolerance` (relative) of its limit.

    (..., K), (..., K) -> (...). The last crossing of the exact relative gap with `tolerance`: searched downwards from a
    temperature that the bound on the gap certifies, then narrowed to the last digits. 0 where every temperature will do
    (both models agree up to a shift, or a tolerance above every gap); inf where only T = inf will do (tolerance 0, or
    a temperature above 1e100).
    ValueError for bad input or a negative tolerance.

    >>> float(temperature_for([2.0, 0.0, -1.0, 3.0], [3.0, 1.0, -2.0, 6.0], 0.01).round(2))
    212.12
    """
    tolerance = check.tolerance(tolerance)
    p = _prepare(student_logits, teacher_logits, 1.0, axis)
    found = np.empty(p.size.shape)
    zs, zt = np.broadcast_arrays(p.zs, p.zt)
    for row in np.ndindex(found.shape):
        found[row] = _last_crossing(_Pair(zs[row], zt[row], p.T), tolerance)
    return found[()]


def _last_crossing(p: "_Pair", tolerance: float) -> float:
    """Of one pair: bracketed from above, then false position on log-log axes, where the gap is nearly a line."""
    if p.size == 0:
        return 0.0
    with np.errstate(all="ignore"):
        top = float((p.range_s**2 + p.range_t**2) / (4 * tolerance * p.size))  # the bound certifies it
    if not top < 1e100:
        return np.inf
    low = max(p.reach / 1e3, check.SMALLEST_TEMPERATURE * 1e3)  # below it the gradient is that of hard labels, times T

    def excess(T: Array) -> Array:
        relative = p.distances(kernel.kd_grad(p.zs, p.zt, T), T)[0] / p.size
        return np.log(np.maximum(relative, 1e-300) / tolerance)

    while True:
        grid = np.geomspace(top, max(top / 30, low / 2), 24)
        found = excess(grid)
        if (found > 0).any():
            break
        top = grid[-1]
        if top < low:
            return 0.0
    i = int(np.argmax(found > 0))
    if i == 0:
        return float(grid[0])
    (right, left), (over, under) = np.log(grid[i - 1 : i + 1]), found[i - 1 : i + 1]  # over <= 0 < under
    for _ in range(100):
        middle = right - over * (right - left) / (over - under)
        here = float(excess(np.exp(middle)))
        if abs(here) < 1e-11 or right - left < 1e-14:
            return float(np.exp(middle))
        if here > 0:
            left, under, over = middle, here, over / 2  # halving the stale end (Illinois) keeps both ends moving
        else:
            right, over, under = middle, here, under / 2
    return float(np.exp(right))


def _prepare(student_logits: Array, teacher_logits: Array, temperature: Array, axis: int) -> "_Pair":
    zs, zt, *_ = check.pair(student_logits, teacher_logits, axis)
    zs, zt = (z.astype(np.float64) if namespace(z) is np else z.detach().double().cpu().numpy() for z in (zs, zt))
    return _Pair(zs, zt, check.temperature(temperature))


def _gradients(p: "_Pair") -> np.ndarray:
    """KD's gradient; a long sweep in pieces that stay in the processor's cache and share a range of T."""
    rows = max(1, BLOCK // p.K)
    if p.zs.ndim > 1 or p.zt.ndim > 1 or p.T.ndim != 1 or len(p.T) <= rows:
        return kernel.kd_grad(p.zs, p.zt, p.T)
    return np.concatenate([kernel.kd_grad(p.zs, p.zt, p.T[i : i + rows]) for i in range(0, len(p.T), rows)])


class _Pair:
    """What does not depend on T: orders, sizes, ranges."""

    def __init__(self, zs: np.ndarray, zt: np.ndarray, T: np.ndarray) -> None:
        self.zs, self.zt, self.T, self.K = zs, zt, T, zs.shape[-1]
        xs, xt = (z - z.mean(-1, keepdims=True) for z in (zs, zt))
        xs, xt = (x - x.mean(-1, keepdims=True) for x in (xs, xt))
        self.c = (zs - zt).mean(-1)  # (...) c_s - c_t
        self.limit = kernel.kd_grad(zs, zt, np.inf)
        self.size = _norm(self.limit)
        self.size_lm = np.hypot(self.size, abs(self.c) / np.sqrt(self.K))
        self.range_s, self.range_t = np.ptp(xs, -1), np.ptp(xt, -1)
        self.reach = np.maximum(self.range_s, self.range_t)
        self.e1 = (_bend(xs) - _bend(xt)) / (2 * self.K)
        self.e2 = (_twist(xs) - _twist(xt)) / self.K
        noise = 64 * np.finfo(float).eps * _norm(xs * xs + xt * xt) / (2 * self.K)
        self.order = np.where((_norm(self.e1) <= noise) | (self.K == 2), 2, 1)
        self.lead = np.where(self.order == 1, _norm(self.e1), _norm(self.e2))

    def distances(self, kd: np.ndarray, T: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Norms (...) of kd - limit and of kd - lm, of kd (..., K) at T (...)."""
        away = kd - self.limit
        beta = 1.0 / T
        close = np.broadcast_to(self.reach * beta < CLOSE, away.shape[:-1])
        if close.any():
            series = beta[..., None] * (self.e1 + beta[..., None] * self.e2)
            away = np.where(close[..., None], series, away)
        to_limit = _norm(away)
        return to_limit, np.hypot(to_limit, abs(self.c) / np.sqrt(self.K))

    def first_order(self) -> np.ndarray:
        return _over(self.lead * (1.0 / self.T) ** self.order, self.size)

    def bound_l1(self) -> np.ndarray:
        return (self.range_s**2 + self.range_t**2) / (4 * self.T)

    def bound_inf(self) -> np.ndarray:
        with np.errstate(over="ignore"):
            grown = [R**2 * np.exp(R / self.T) for R in (self.range_s, self.range_t)]
        return (grown[0] + grown[1]) / (2 * self.K * self.T)


def _bend(x: np.ndarray) -> np.ndarray:
    return x * x - (x * x).mean(-1, keepdims=True)


def _twist(x: np.ndarray) -> np.ndarray:
    square = x * x
    return x * square / 6 - x * square.mean(-1, keepdims=True) / 2 - (x * square).mean(-1, keepdims=True) / 6


def _norm(x: np.ndarray) -> np.ndarray:
    return np.sqrt(np.einsum("...k,...k->...", x, x))


def _over(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """a / b, nan where b is 0."""
    a, b = np.broadcast_arrays(a, b)
    return np.divide(a, b, out=np.full(a.shape, np.nan), where=b != 0)
