r"""Gradients for training loops: one teacher, one temperature, many students or steps.

Symbols: z logits (..., K); s student, t teacher; T temperature; p = softmax(z/T); d = z_s - z_t up to a shift.

    closed   T (p_s - p_t), as usually written;
    stable   p_t (e - m) / (1 + m/T)   with   e = T expm1(d/T),  m = sum p_t e,   d shifted so that sum p_t d = 0.

In the precision of the logits, NumPy or torch, unchecked, outside autograd, one new array of the student's shape.
"""

import math
from dataclasses import dataclass

import numpy as np

from kdviz.core import check
from kdviz.core.arrays import namespace, softmax

PLAIN = 2.0  # up to this temperature the closed form loses no digits worth keeping


@dataclass(frozen=True, eq=False)
class Teacher:
    """A teacher seen at one temperature; made by `prepare`."""

    temperature: float  # finite: infinity becomes the value from which on nothing changes in this precision
    logits: object  # (..., K)
    mean: object  # (..., 1 along the class axis), of the logits
    probabilities: object  # (..., K), softmax of logits over temperature
    axis: int  # counted from the end


def prepare(teacher_logits, temperature, axis=-1):
    """Cache what `closed_grad` and `stable_grad` need of a teacher.

    (..., K), one T in (0, inf] -> `Teacher`. ValueError for bad input (see `check`).

    >>> prepare([0.0, 0.0], 4.0).probabilities
    array([0.5, 0.5])
    """
    z = check.logits(teacher_logits, "teacher_logits", axis)
    xp, T = namespace(z), check.temperature(temperature)
    if T.ndim:
        raise ValueError(
            f"temperature must be one number here, got shape {T.shape}; prepare one teacher per temperature"
        )
    T = min(float(T), float(64 / xp.finfo(z.dtype).eps))
    z, axis = z if xp is np else z.detach(), axis % z.ndim - z.ndim
    wide = (lambda x: x.astype(np.float64)) if xp is np else (lambda x: x.to(xp.float64))
    p = softmax(wide(z) / T, axis)  # once per teacher, so in full precision
    return Teacher(T, z, z.mean(axis, keepdims=True), p.astype(z.dtype) if xp is np else p.to(z.dtype), axis)


def closed_grad(student_logits, teacher):
    r"""Gradient of the distillation loss as usually written, the teacher cached: the fastest form.

    .. math:: T\,(p_s - p_t)

    (..., K) -> (..., K), logit units. Right for T up to about 2; digits are lost as T grows (see `stable_grad`).
    Hinton, Vinyals, Dean 2015, https://arxiv.org/abs/1503.02531.

    >>> closed_grad(np.array([0.0, 0.0]), prepare([0.0, 0.0], 1.0))
    array([0., 0.])
    """
    T, axis = teacher.temperature, teacher.axis
    if isinstance(student_logits, np.ndarray):
        g = student_logits - student_logits.max(axis, keepdims=True)
        g *= 1 / T
        np.exp(g, out=g)
        g /= g.sum(axis, keepdims=True)
    else:
        z = student_logits.detach() if student_logits.requires_grad else student_logits
        g = z * (1 / T)
        namespace(z).softmax(g, axis, out=g)
    g -= teacher.probabilities
    g *= T
    return g


def stable_grad(student_logits, teacher):
    r"""Gradient of the distillation loss without cancellation, the teacher cached: for every T, infinity included.

    .. math:: T\,(p_s - p_t)

    (..., K) -> (..., K), logit units. For T <= 2, and where student and teacher differ by more than the exponential
    holds (about 85 T in float32), `closed_grad` takes over.

    >>> stable_grad(np.array([1.0, 0.0]), prepare([0.0, 0.0], float("inf")))
    array([ 0.25, -0.25])
    """
    T, p, axis = teacher.temperature, teacher.probabilities, teacher.axis
    if T <= PLAIN:
        return closed_grad(student_logits, teacher)
    if isinstance(student_logits, np.ndarray):
        with np.errstate(over="ignore", invalid="ignore"):
            g = _stable(np, student_logits, teacher, lambda e: np.expand_dims(np.vecdot(p, e, axis=axis), axis))
    else:
        z = student_logits.detach() if student_logits.requires_grad else student_logits
        xp = namespace(z)
        g = _stable(xp, z, teacher, lambda e: xp.linalg.vecdot(p, e, dim=axis).unsqueeze(axis))
    return closed_grad(student_logits, teacher) if g is None else g


def _stable(xp, z, teacher, dot):
    T = teacher.temperature
    offset = z.mean(teacher.axis, keepdims=True)
    offset -= teacher.mean
    e = z - xp.round(offset)  # whole numbers: nearly equal models then subtract without rounding
    e -= teacher.logits
    e -= dot(e)
    e *= 1 / T
    xp.expm1(e, out=e)
    m = dot(e)
    if not math.isfinite(float(m.sum())):
        return None
    e -= m
    e *= teacher.probabilities
    e *= T / (1 + m)
    return e
