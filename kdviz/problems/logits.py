"""Toy logits from a seed: a teacher of a chosen family and a student that has learnt most of it.

Symbols: K classes; spread = standard deviation over classes of the teacher's logits; mean = c, the mean over classes;
both in logit units. The draws are taken in order, so a larger K adds classes instead of reshuffling them.
"""

import re
from typing import Any

import numpy as np

from kdviz.core.check import BadInput

FEWEST, MOST, HIGHEST = 2, 30, 1000.0  # typed logits: how many, and how large in magnitude
LIKENESS = 0.8  # correlation of the student with the teacher


def _gaussian(rng: np.random.Generator, classes: int) -> np.ndarray:
    return rng.standard_normal(classes)


def _confident(rng: np.random.Generator, classes: int) -> np.ndarray:
    z = 0.5 * rng.standard_normal(classes)
    z[z.argmax()] += 6.0  # one class far above all others
    return z


def _confusable(rng: np.random.Generator, classes: int) -> np.ndarray:
    z = 0.5 * rng.standard_normal(classes)
    first, second = np.argsort(z)[-1:-3:-1]
    z[first], z[second] = 4.1, 3.9  # two classes nearly tied, far above the rest
    return z


def _heavy_tail(rng: np.random.Generator, classes: int) -> np.ndarray:
    return rng.standard_t(2, classes)  # infinite variance: a few huge logits


def parse(text: str, name: str = "typed logits") -> np.ndarray:
    """Numbers typed by hand, separated by commas, semicolons or spaces -> float64 (K,).

    2 to 30 values of magnitude at most 1000; ValueError says which value is wrong.

    >>> parse("2, 0 -1;3").tolist()
    [2.0, 0.0, -1.0, 3.0]
    """
    words = re.split(r"[\s,;]+", text.strip(" \t\r\n,;[]()"), maxsplit=MOST + 1) if isinstance(text, str) else []
    words = [word for word in words if word]
    if not FEWEST <= len(words) <= MOST:
        count = f"more than {MOST}" if len(words) > MOST else len(words)
        raise BadInput(f"{name} must hold {FEWEST} to {MOST} numbers, got {count}; write for example 2, 0, -1, 3")
    values = []
    for place, word in enumerate(words, 1):
        shown = "".join(c if c.isprintable() else " " for c in word[:20]) + ("…" if len(word) > 20 else "")
        try:
            value = float(word.replace("−", "-")) if len(word) <= 40 else None
        except ValueError:
            value = None
        if value is None:
            raise BadInput(f"{name} must be numbers, got “{shown}” at place {place}; write for example 2, 0, -1, 3")
        if not abs(value) <= HIGHEST:
            raise BadInput(
                f"{name} must lie between -1000 and 1000, got “{shown}” at place {place}; use a smaller number"
            )
        values.append(value)
    return np.array(values)


DRAWN = {"gaussian": _gaussian, "confident": _confident, "confusable": _confusable, "heavy tail": _heavy_tail}
FAMILIES = (*DRAWN, "typed")  # the numbers of the last come from the page


def draw(family: str, classes: int, spread: float, mean: float | None, seed: int) -> np.ndarray:
    """Logits of one family with exactly this mean and standard deviation over classes.

    -> float64 (K,). ValueError for an unknown family ("typed" draws nothing), fewer than two classes, or a spread, mean
    or seed that is no honest number. For K = 2 every family gives mean ± spread.

    >>> z = draw("gaussian", 10, 3.0, 1.5, seed=0)
    >>> float(z.mean().round(12)), float(z.std().round(12))
    (1.5, 3.0)
    """
    if family not in DRAWN:
        raise BadInput(f"family must be one of {', '.join(DRAWN)}, got {family!r}; for typed numbers call parse")
    classes, spread, mean = _whole(classes, "classes", 2), _finite(spread, "spread"), _finite(mean, "mean")
    if spread < 0:
        raise BadInput(f"spread must not be negative, got {spread!r}; try 3")
    z = _centred(DRAWN[family](_rng(seed, 0), classes))
    return _with_mean(z * (spread / z.std()), mean)


def pair(
    family: str,
    classes: int,
    spread: float,
    student_mean: float | None,
    teacher_mean: float | None,
    seed: int,
    typed_student: str = "",
    typed_teacher: str = "",
) -> tuple[np.ndarray, np.ndarray]:
    """Student and teacher logits, each with exactly the requested mean.

    -> two float64 arrays (K,). The student is an imperfect copy (correlation 0.8 over many draws); in the family
    "confusable" of a copy with the two leading classes exchanged, which noise may exchange again. In the family "typed"
    the numbers come from the two texts, K follows them, and only their mean is moved (a mean of None leaves them as
    typed). ValueError as in `draw` and `parse`, or
    when the two texts hold a different number of values.

    >>> student, teacher = pair("typed", 10, 3.0, 1.0, None, 0, "2 0 -1 3", "3, 1, -2, 6")
    >>> student.tolist(), teacher.tolist()
    ([2.0, 0.0, -1.0, 3.0], [3.0, 1.0, -2.0, 6.0])
    """
    if family == "typed":
        student, teacher = parse(typed_student, "typed_student"), parse(typed_teacher, "typed_teacher")
        if len(student) != len(teacher):
            raise BadInput(
                f"typed_student must hold as many numbers as typed_teacher, got {len(student)} and {len(teacher)}; "
                "add or remove some"
            )
        return _with_mean(student, student_mean), _with_mean(teacher, teacher_mean)
    teacher = draw(family, classes, spread, 0.0, seed)
    seen = teacher.copy()
    if family == "confusable":
        first, second = np.argsort(seen)[-1:-3:-1]
        seen[[first, second]] = seen[[second, first]]
    noise = spread * _rng(seed, 1).standard_normal(len(teacher))
    student = LIKENESS * seen + np.sqrt(1 - LIKENESS**2) * noise
    return _with_mean(student, student_mean), _with_mean(teacher, teacher_mean)


def _rng(seed: object, stream: int) -> np.random.Generator:
    return np.random.default_rng([_whole(seed, "seed", 0), stream])


def _whole(value: Any, name: str, low: int) -> int:
    number = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
    if not number or value != value // 1 or value < low:
        raise BadInput(f"{name} must be a whole number of at least {low}, got {value!r}; try {low + 1}")
    return int(value)


def _finite(value: Any, name: str) -> float:
    number = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
    if not number or not abs(value) <= 1e9:
        raise BadInput(f"{name} must be a number of magnitude at most 1e9, got {value!r}; try 3")
    return float(value)


def _centred(z: np.ndarray) -> np.ndarray:
    z = z - z.mean()
    return z - z.mean()  # twice: the first mean is rounded


def _with_mean(z: np.ndarray, mean: float | None) -> np.ndarray:
    return z if mean is None else _centred(z) + _finite(mean, "mean")
