"""Refuse bad input early: each error names the argument, says what was given, and proposes the cure."""

import math
from typing import Any, NamedTuple

import numpy as np

from kdviz.core.arrays import namespace, plain, widened
from kdviz.core.foreign import BadInput, array, numeric

__all__ = ["BadInput", "Pair", "labels", "logits", "pair", "temperature", "tolerance"]

LARGEST, LARGEST_SINGLE = 1e100, 1e15  # |logit| in float64 and below: squares and quotients by T stay finite
SMALLEST_TEMPERATURE = 1e-100


def logits(value: Any, name: str, axis: int = -1) -> Any:
    """A floating array (float64 unless a narrower type is given; tensors stay tensors) of at least two classes.

    BadInput if `value` is no array of finite real numbers of magnitude at most 1e100 (1e15 in float32 and below), or
    has fewer than two classes along `axis`.

    >>> logits([1, 2], "student_logits")
    array([1., 2.])
    """
    return _logits(value, name, axis)[0]


def _logits(value: Any, name: str, axis: int) -> tuple[Any, float]:
    """`logits`, and the largest magnitude."""
    value = numeric(value, name)
    if value.ndim == 0 or 0 in value.shape:
        raise BadInput(
            f"{name} must have shape (..., K) and be non-empty, got shape {tuple(value.shape)}; pass one row per sample"
        )
    if isinstance(axis, bool) or not isinstance(axis, (int, np.integer)) or not -value.ndim <= axis < value.ndim:
        raise BadInput(
            f"axis must be an integer class axis of {name} with shape {tuple(value.shape)}, got {axis!r}; try -1"
        )
    if value.shape[axis] < 2:
        raise BadInput(
            f"{name} must hold at least 2 classes along axis {axis}, got shape {tuple(value.shape)}; "
            "pass (..., K) with K >= 2, or name the class axis"
        )
    xp = namespace(value)
    largest = LARGEST if xp.finfo(value.dtype).bits > 32 else min(LARGEST_SINGLE, float(xp.finfo(value.dtype).max))
    low, high = _range(value)
    if not -largest <= low <= high <= largest:  # also false for NaN
        raise BadInput(f"{name} must be finite, got {_wrong(low, high, largest)}")
    return value, max(-low, high)


def _range(value: Any) -> tuple[float, float]:
    """Smallest and largest entry in one pass; NaN where there is one."""
    if namespace(value) is np:
        value = widened(value)  # NumPy is slow in half precision
        return float(value.min()), float(value.max())
    low, high = value.detach().aminmax()
    return float(low), float(high)


def _wrong(low: float, high: float, largest: float) -> str:
    if math.isnan(low) or math.isnan(high):
        return "NaN entries; look for 0/0, inf − inf or a diverged training run"
    if low == -math.inf:
        return (
            "infinite entries (−inf); they usually mask classes or padding: drop those classes or rows from both models"
        )
    if high == math.inf:
        return "infinite entries; look for an overflow (float16 ends at 65504) or a diverged training run"
    return f"entries above {largest:g} in magnitude; look for a diverged training run or a mask that is too large"


class Pair(NamedTuple):
    """Checked logits of both models, class axis last; where it was, from the end; the largest |logit|."""

    student: Any
    teacher: Any
    axis: int
    largest: float


def pair(student_logits: Any, teacher_logits: Any, axis: int = -1) -> Pair:
    """Both logits checked: same kind of array, same classes along `axis` (of the student, counted from the end).

    The leading axes together have the shape of one of them: one teacher for many students, or the other way round.

    >>> found = pair([[1], [2]], [[0.0], [3.0]], axis=0)
    >>> found.student, found.axis, found.largest
    (array([[1., 2.]]), -2, 3.0)
    """
    student, largest = _logits(student_logits, "student_logits", axis)
    axis = int(axis) % student.ndim - student.ndim
    if teacher_logits is None:
        raise BadInput("teacher_logits must be given for this loss, got None; a loss on labels, like CE(), needs none")
    teacher = numeric(teacher_logits, "teacher_logits")
    teacher, other = _logits(teacher, "teacher_logits", axis if teacher.ndim else -1)
    xp = namespace(student)
    if xp is not namespace(teacher):
        given = f"{type(student_logits).__name__} and {type(teacher_logits).__name__}"
        raise BadInput(
            f"teacher_logits must be the same kind of array as student_logits, got {given}; convert one of them"
        )
    if xp is not np and student.device != teacher.device:
        raise BadInput(
            f"teacher_logits must be on the device of student_logits, got {teacher.device} and {student.device}; "
            "move one with .to(device)"
        )
    given = f"got shapes {tuple(teacher.shape)} and {tuple(student.shape)}"
    student, teacher = xp.moveaxis(student, axis, -1), xp.moveaxis(teacher, axis, -1)
    leading = [tuple(z.shape[:-1]) for z in (student, teacher)]
    if student.shape[-1] != teacher.shape[-1] or _together(*leading) is None:
        raise BadInput(f"teacher_logits must match student_logits, {given}; give both the same classes and samples")
    if _together(*leading) not in leading:
        raise BadInput(
            f"teacher_logits must match student_logits, {given}, which would pair every row with every other; "
            "drop the extra axis, or repeat one of them with broadcast_to"
        )
    return Pair(student, teacher, axis, max(largest, other))


def temperature(value: Any, leading: tuple[int, ...] | None = None) -> np.ndarray:
    """Temperature as a float64 array: every entry in (0, inf].

    BadInput for zero, negative, NaN, non-numeric values, below 1e-100, for a tensor in a graph, and where it does not
    go with `leading`, the shape of the logits without classes: together they must have the shape of one of them.

    >>> temperature([1, float("inf")])
    array([ 1., inf])
    """
    if namespace(value) is not np:
        if value.requires_grad or not plain(value):
            raise BadInput(
                "temperature must be a constant, got a tensor that requires grad; pass T.item(), or learn T with "
                "T**2 * KD(1.0).value(student_logits / T, teacher_logits / T), which is the same loss"
            )
        value = numeric(value, "temperature").double().cpu().numpy()
    checked = numeric(value, "temperature").astype(np.float64)
    if not bool((checked > 0).all()):
        worst = checked.ravel()[np.argmin(checked > 0)]
        raise BadInput(f"temperature must be positive, got {worst}; as T -> 0 use hard labels, T = inf is allowed")
    if not bool((checked >= SMALLEST_TEMPERATURE).all()):
        raise BadInput(f"temperature must be at least 1e-100, got {checked.min()}; as T -> 0 use hard labels")
    if leading is not None and _together(checked.shape, tuple(leading)) not in (checked.shape, tuple(leading)):
        raise BadInput(
            f"temperature must broadcast against the leading axes {tuple(leading)} of the logits, and one of both must "
            f"have the shape of the result, got shape {checked.shape}; give one number, one per sample, or all of them "
            "with np.broadcast_to"
        )
    return checked


def labels(value: Any, classes: int, leading: tuple[int, ...]) -> Any:
    """Integer labels in 0 .. classes - 1 that broadcast to the shape `leading`.

    BadInput if missing, not integers, out of range, or of another shape.

    >>> labels([0, 2], 3, (2,))
    array([0, 2])
    """
    if value is None:
        raise BadInput("labels must be given for this loss, got None; pass one class index per sample")
    value = array(value, "labels")
    xp = namespace(value)
    if xp is np:
        whole, floating = value.dtype.kind in "iu", value.dtype.kind == "f"
    else:
        floating = value.is_floating_point()
        whole = not (floating or value.is_complex() or value.dtype == xp.bool)
    if not whole:
        given = f"{value.dtype}" + (" with NaN" if floating and bool(xp.isnan(value).any()) else "")
        cure = "drop the samples without a label first" if given.endswith("NaN") else "a teacher's scores go into KD"
        raise BadInput(f"labels must be integers, got {given}; pass class indices 0 .. {classes - 1} ({cure})")
    if 0 in value.shape:
        raise BadInput(f"labels must lie in 0 .. {classes - 1}, got none; pass one class index per sample")
    low, high = int(value.min()), int(value.max())
    if low < 0 or high >= classes:
        cure = "count classes from 0"
        if low < 0 and bool((value[value < 0] == low).all()):
            cure = f"{low} usually marks samples to leave out: pass logits and labels of those with labels != {low}"
        raise BadInput(f"labels must lie in 0 .. {classes - 1}, got {low} .. {high}; {cure}")
    if _together(tuple(value.shape), tuple(leading)) != tuple(leading):
        raise BadInput(
            f"labels must have shape {tuple(leading)}, got {tuple(value.shape)}; pass one class index per sample"
        )
    return value


def tolerance(value: Any) -> float:
    """A relative tolerance as a float, finite and not negative; BadInput otherwise.

    >>> tolerance(0.01)
    0.01
    """
    given = value.detach().cpu().numpy() if namespace(value) is not np and plain(value) else value
    checked = np.asarray(numeric(given, "tolerance"), dtype=np.float64)
    if checked.ndim or not 0 <= checked < np.inf:
        raise BadInput(f"tolerance must be one number >= 0, got {value!r}; 0.01 means 1 %")
    return float(checked)


def _together(a: tuple[int, ...], b: tuple[int, ...]) -> tuple[int, ...] | None:
    """The shape of both broadcast against each other; None where they do not go together."""
    try:
        return np.broadcast_shapes(a, b)
    except ValueError:
        return None
