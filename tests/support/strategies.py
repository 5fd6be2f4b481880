"""What the tests draw from: logits, temperatures, and an oracle with 60 digits."""

import math

import mpmath as mp
import numpy as np
from hypothesis import strategies as st

TEMPERATURES = (0.05, 0.5, 1.0, 2.0, 4.0, 64.0, 1e3, 1e4, 1e6, 1e8, 1e12, math.inf)
TOY = np.array([2.0, 0.0, -1.0, 3.0]), np.array([3.0, 1.0, -2.0, 6.0])  # student, teacher


def temperatures(low=0.05, high=1e6):
    """Spread evenly over the decades."""
    return st.floats(math.log(low), math.log(high)).map(math.exp)


@st.composite
def pairs(draw, classes=2, most=12, reach=20.0, rows=0):
    """Student and teacher logits in float64, (K,) or (rows, K)."""
    shape = (*((rows,) if rows else ()), draw(st.integers(classes, most)))
    numbers = st.floats(-reach, reach, allow_subnormal=False)
    flat = st.lists(numbers, min_size=math.prod(shape), max_size=math.prod(shape))
    return tuple(np.array(draw(flat)).reshape(shape) for _ in range(2))


def random_pair(classes, spread, shift=0.0, close=0.0, seed=0, dtype=np.float64):
    """Gaussian logits; `shift` moves the student's mean, `close` > 0 makes it the teacher plus that much noise."""
    rng = np.random.default_rng([seed, classes])
    teacher = rng.normal(0, spread, classes)
    student = teacher + close * rng.normal(0, 1, classes) if close else rng.normal(0, spread, classes)
    return (student + shift).astype(dtype), teacher.astype(dtype)


def oracle(student, teacher, T, counts=None):
    """T^2 KL(p_t||p_s) and T(p_s - p_t) of one pair, by the textbook formula with at least 60 digits.

    `counts` says how often each class occurs, which makes many classes cheap.
    """
    s, t = [mp.mpf(float(x)) for x in student], [mp.mpf(float(x)) for x in teacher]
    n = [1] * len(s) if counts is None else [int(c) for c in counts]
    reach = max(float(np.ptp(np.float64(student))), float(np.ptp(np.float64(teacher))))
    with mp.workdps(120):
        d = [a - b for a, b in zip(s, t, strict=True)]
        close = min((abs(x - y) for x, y in zip(d, d[1:] + d[:1], strict=True) if x != y), default=1)
        digits = 60 + 2 * max(0, -int(mp.log10(close)))  # the square of the smallest difference must not drown,
    digits += 0 if math.isinf(T) else min(750, int(reach / T))  # nor tails of e^(-reach/T)
    with mp.workdps(digits):
        if math.isinf(T):
            d = [a - b for a, b in zip(s, t, strict=True)]
            mean = mp.fsum(c * x for c, x in zip(n, d, strict=True)) / sum(n)
            square = mp.fsum(c * (x - mean) ** 2 for c, x in zip(n, d, strict=True))
            return square / (2 * sum(n)), [(x - mean) / sum(n) for x in d]
        T, top_s, top_t = mp.mpf(float(T)), max(s), max(t)
        v, u = [mp.exp((x - top_s) / T) for x in s], [mp.exp((x - top_t) / T) for x in t]
        V, U = (mp.fsum(c * x for c, x in zip(n, w, strict=True)) for w in (v, u))
        level = mp.log(V) - mp.log(U) + (top_s - top_t) / T
        log_ratio = [(b - a) / T + level for a, b in zip(s, t, strict=True)]
        value = T * T * mp.fsum(c * a / U * x for c, a, x in zip(n, u, log_ratio, strict=True))
        return value, [T * (b / V - a / U) for a, b in zip(u, v, strict=True)]


def error(got, exact, dtype):
    """Norm-wise relative error: largest error over largest exact entry; absolute below the smallest normal."""
    exact, got = np.atleast_1d(np.array(exact, object)), np.atleast_1d(got)
    size = max(max(abs(x) for x in exact), mp.mpf(float(np.finfo(dtype).tiny)))
    return float(max(abs(mp.mpf(float(a)) - b) for a, b in zip(got, exact, strict=True)) / size)
