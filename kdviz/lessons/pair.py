"""The pair of logits that a lesson's params describe, drawn once per setting."""

from functools import lru_cache

import numpy as np

from kdviz.core import logits


def frozen(array):
    """The same array (...), read-only, so that a caller cannot change what is cached."""
    array = np.asarray(array)
    array.setflags(write=False)
    return array


def key(params, *, centred=False):
    """What decides the logits of `params`, hashable; `centred` leaves the two means out (as 0, 0)."""
    means = (0.0, 0.0) if centred else (params.student_mean, params.teacher_mean)
    return (
        params.family,
        params.classes,
        params.spread,
        *means,
        params.seed,
        params.typed_student,
        params.typed_teacher,
    )


@lru_cache(maxsize=32)
def draw(*key):
    """Student and teacher logits (K,), (K,), read-only, of a `key`."""
    student, teacher = logits.pair(*key)
    return frozen(student), frozen(teacher)
