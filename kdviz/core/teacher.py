r"""Gradients for training loops: one teacher, one temperature, many students or steps.

Symbols: z logits (..., K); s student, t teacher; T temperature; p = softmax(z/T); d = z_s - z_t up to a shift.

    closed   T (p_s - p_t), as usually written;
    stable   p_t (e - m) / (1 + m/T)   with   e = T expm1(d/T),  m = sum p_t e,   d shifted so that sum p_t d = 0.

In the precision of the logits (float32 for narrower ones, which get it back), NumPy or torch, unchecked, outside
autograd, one new array of the student's shape.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from kdviz.core import check
from kdviz.core.arrays import Array, dot, namespace, narrow, softmax, widened

PLAIN = 2.0  # up to this temperature the closed form loses no digits worth keeping
FAR = 8.0  # from this m on student and teacher differ so much that nothing cancels, and long exponents cost digits


@dataclass(frozen=True, eq=False)
class Teacher:
    """A teacher seen at one temperature; made by `prepare`."""

    temperature: float  # finite: infinity becomes the value from which on nothing changes in this precision
    logits: object  # (..., K)
    mean: object  # (..., 1 along the class axis), of the logits
    probabilities: object  # (..., K), softmax of logits over temperature
    axis: int  # counted from the end


def prepare(teacher_logits: Array, temperature: float, axis: int = -1) -> Teacher:
    """Cache what `closed_grad` and `stable_grad` need of a teacher.

    (..., K), one T in (0, inf] -> `Teacher`. ValueError for bad input (see `check`).

    >>> prepare([0.0, 0.0], 4.0).probabilities
    array([0.5, 0.5])
    """
    z = check.logits(teacher_logits, "teacher_logits", axis)
    xp, given = namespace(z), check.temperature(temperature)
    if given.ndim:
        raise check.BadInput(
            f"temperature must be one number here, got shape {given.shape}; prepare one teacher per temperature"
        )
    z, axis = widened(z if xp is np else z.detach()), axis % z.ndim - z.ndim
    T = min(float(given), float(64 / xp.finfo(z.dtype).eps))
    p = softmax(narrow(z, xp.float64) / T, axis)  # once per teacher, so in full precision
    return Teacher(T, z, z.mean(axis, keepdims=True), narrow(p, z.dtype), axis)


def closed_grad(student_logits: Array, teacher: Teacher) -> Array:
    r"""Gradient of the distillation loss as usually written, the teacher cached: the fastest form.

    .. math:: T\,(p_s - p_t)

    (..., K) -> (..., K), logit units. Right for T up to about 2; digits are lost as T grows (see `stable_grad`).
    Hinton, Vinyals, Dean 2015, https://arxiv.org/abs/1503.02531.

    >>> closed_grad(np.array([0.0, 0.0]), prepare([0.0, 0.0], 1.0))
    array([0., 0.])
    """
    if student_logits.dtype.itemsize < 4:
        return narrow(closed_grad(widened(student_logits), teacher), student_logits.dtype)
    if isinstance(student_logits, np.ndarray):
        return _closed(np, student_logits * (1 / teacher.temperature), teacher)
    z = student_logits.detach() if student_logits.requires_grad else student_logits
    return _closed(namespace(z), z * (1 / teacher.temperature), teacher)


def stable_grad(student_logits: Array, teacher: Teacher) -> Array:
    r"""Gradient of the distillation loss without cancellation, the teacher cached: for every T, infinity included.

    .. math:: T\,(p_s - p_t)

    (..., K) -> (..., K), logit units. For T <= 2, and where student and teacher are far apart at this temperature,
    `closed_grad` loses no digits and takes over.

    >>> stable_grad(np.array([1.0, 0.0]), prepare([0.0, 0.0], float("inf")))
    array([ 0.25, -0.25])
    """
    T, p, axis = teacher.temperature, teacher.probabilities, teacher.axis
    if T <= PLAIN:
        return closed_grad(student_logits, teacher)
    if student_logits.dtype.itemsize < 4:
        return narrow(stable_grad(widened(student_logits), teacher), student_logits.dtype)
    if isinstance(student_logits, np.ndarray):
        xp, z = namespace(student_logits), student_logits
    else:
        z = student_logits.detach() if student_logits.requires_grad else student_logits
        xp = namespace(z)
    mean_gap = z.mean(axis, keepdims=True)
    mean_gap -= teacher.mean
    whole = xp.round(mean_gap)  # whole numbers: nearly equal models then subtract without rounding
    e = z - whole
    e -= teacher.logits
    e -= dot(p, e, axis)
    e *= 1 / T
    with np.errstate(over="ignore", invalid="ignore"):
        xp.expm1(e, out=e)
        m = dot(p, e, axis)
        e -= m
        e *= p
        e *= T / (1 + m)
    near = m <= FAR  # false also where the exponential overflowed
    if not bool(near.all()):
        closed = z - whole
        closed *= 1 / T
        closed = _closed(xp, closed, teacher)
        np.copyto(e, closed, where=~near) if xp is np else xp.where(near, e, closed, out=e)
    return e


def _closed(xp: Any, g: Array, teacher: Teacher) -> Array:
    """T (p_s - p_t) written over g = z_s/T."""
    if xp is np:
        g -= g.max(teacher.axis, keepdims=True)
        np.exp(g, out=g)
        g /= g.sum(teacher.axis, keepdims=True)
    else:
        xp.softmax(g, teacher.axis, out=g)
    g -= teacher.probabilities
    g *= teacher.temperature
    return g
