"""Refuse bad input early: each error names the argument, says what was given, and proposes the cure."""

import numpy as np

from kdviz.core.arrays import namespace


class BadInput(ValueError):
    """An input that kdviz refuses; its text names the argument, what came and the cure, and visitors may read it."""


LARGEST, LARGEST_SINGLE = 1e100, 1e15  # |logit| in float64 and below: squares and quotients by T stay finite
SMALLEST_TEMPERATURE = 1e-100


def logits(value, name, axis=-1):
    """A floating array (float64 unless float32 is given; tensors stay tensors) with at least two classes along `axis`.

    ValueError if `value` is no array of finite real numbers of magnitude at most 1e100 (1e15 in float32), or has fewer
    than two classes.

    >>> logits([1, 2], "student_logits")
    array([1., 2.])
    """
    xp = namespace(value)
    if xp is np:
        value = _numeric(value, name)
    elif value.dtype == xp.bool or value.is_complex():
        raise BadInput(f"{name} must be real numbers, got {value.dtype}; pass the scores before the softmax")
    elif not value.is_floating_point():
        value = value.to(xp.float64)
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
    largest = LARGEST if xp.finfo(value.dtype).bits > 32 else min(LARGEST_SINGLE, float(xp.finfo(value.dtype).max))
    if not bool((abs(value) <= largest).all()):  # also catches NaN
        bad = "NaN" if bool(xp.isnan(value).any()) else f"infinite or above {largest:g}"
        raise BadInput(f"{name} must be finite, got {bad} entries; look for log(0) or a diverged training run")
    return value


def pair(student_logits, teacher_logits, axis=-1):
    """Both logits checked: same kind of array, same number of classes along `axis`, leading axes that broadcast.

    >>> [z.dtype.name for z in pair([1, 2], [0.0, 3.0])]
    ['float64', 'float64']
    """
    student, teacher = logits(student_logits, "student_logits", axis), logits(teacher_logits, "teacher_logits", axis)
    if namespace(student) is not namespace(teacher):
        given = f"{type(student_logits).__name__} and {type(teacher_logits).__name__}"
        raise BadInput(
            f"teacher_logits must be the same kind of array as student_logits, got {given}; convert one of them"
        )
    leading = [_leading(z, axis) for z in (student, teacher)]
    try:
        np.broadcast_shapes(*leading)
        fits = student.shape[axis] == teacher.shape[axis]
    except ValueError:
        fits = False
    if not fits:
        raise BadInput(
            f"teacher_logits must match student_logits, got shapes {tuple(teacher.shape)} and {tuple(student.shape)}; "
            "give both the same classes and samples"
        )
    return student, teacher


def temperature(value, leading=None):
    """Temperature as a float64 array: every entry in (0, inf].

    ValueError for zero, negative, NaN, non-numeric values, below 1e-100, and for a shape that does not broadcast
    against `leading` (the shape of the logits without classes).

    >>> temperature([1, float("inf")])
    array([ 1., inf])
    """
    if namespace(value) is not np:
        value = value.detach().cpu().numpy()
    checked = _numeric(value, "temperature").astype(np.float64)
    if not bool((checked > 0).all()):
        worst = checked.ravel()[np.argmin(checked > 0)]
        raise BadInput(f"temperature must be positive, got {worst}; as T -> 0 use hard labels, T = inf is allowed")
    if not bool((checked >= SMALLEST_TEMPERATURE).all()):
        raise BadInput(f"temperature must be at least 1e-100, got {checked.min()}; as T -> 0 use hard labels")
    try:
        if leading is not None:
            np.broadcast_shapes(checked.shape, leading)
    except ValueError:
        raise BadInput(
            f"temperature must broadcast against the leading axes {tuple(leading)} of the logits, got shape "
            f"{checked.shape}; give one number, or add axes such as temperature[:, None]"
        ) from None
    return checked


def labels(value, classes, leading):
    """Integer labels in 0 .. classes - 1 that broadcast to the shape `leading`.

    ValueError if missing, not integers, out of range, or of another shape.

    >>> labels([0, 2], 3, (2,))
    array([0, 2])
    """
    if value is None:
        raise BadInput("labels must be given for this loss, got None; pass one class index per sample")
    xp = namespace(value)
    if xp is np:
        value = np.asarray(value)
        whole = value.dtype.kind in "iu"
    else:
        whole = not (value.is_floating_point() or value.is_complex() or value.dtype == xp.bool)
    if not whole:
        raise BadInput(f"labels must be integers, got {value.dtype}; pass class indices such as 0 .. {classes - 1}")
    if 0 in value.shape or not bool(((value >= 0) & (value < classes)).all()):
        given = f"{int(value.min())} .. {int(value.max())}" if 0 not in value.shape else "none"
        raise BadInput(f"labels must lie in 0 .. {classes - 1}, got {given}; count classes from 0")
    try:
        fits = np.broadcast_shapes(tuple(value.shape), tuple(leading)) == tuple(leading)
    except ValueError:
        fits = False
    if not fits:
        raise BadInput(
            f"labels must have shape {tuple(leading)}, got {tuple(value.shape)}; pass one class index per sample"
        )
    return value


def _leading(z, axis):
    axis = axis % z.ndim
    return tuple(z.shape[:axis]) + tuple(z.shape[axis + 1 :])


def _numeric(value, name):
    """A NumPy array of real numbers, float32 or float64."""
    try:
        value = np.asarray(value)
    except ValueError:
        raise BadInput(f"{name} must be a regular array, got rows of different lengths; pad or split them") from None
    if value.dtype.kind not in "fiu":
        raise BadInput(f"{name} must be real numbers, got {value.dtype}; pass a float array")
    return value if value.dtype == np.float32 else value.astype(np.float64)


def tolerance(value):
    """A relative tolerance as a float, finite and not negative; ValueError otherwise.

    >>> tolerance(0.01)
    0.01
    """
    checked = _numeric(value, "tolerance").astype(np.float64)
    if checked.ndim or not 0 <= checked < np.inf:
        raise BadInput(f"tolerance must be one number >= 0, got {value!r}; 0.01 means 1 %")
    return float(checked)
