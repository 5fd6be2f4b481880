"""Arguments as they are taken: whole and real numbers, seeds, names, paths; all else is refused with its cure."""

import math
import operator
import os
from collections.abc import Container
from pathlib import Path
from typing import Any

import numpy as np

from kdviz.core.check import BadInput

SEEDS = 2**32  # torch's generator reads 32 bits of a seed: beyond, the numbers of another seed come back


def whole(value: Any, name: str, least: int = 0, most: int | None = None, cure: str = "") -> int:
    """An int from a whole number in least .. most, of Python, NumPy or torch; BadInput for all else, 3.0 and True too.

    >>> whole(np.int64(3), "n", 1)
    3
    """
    try:
        found = None if isinstance(value, (bool, np.bool_)) else operator.index(value)
    except (TypeError, ValueError, RuntimeError):
        found = None
    if found is None or found < least or (most is not None and found > most):
        span = f"of at least {least}" if most is None else f"in {least} .. {most}"
        raise BadInput(f"{name} must be a whole number {span}, got {value!r}" + (cure and f"; {cure}"))
    return found


def seed(value: Any, name: str = "seed") -> int:
    """A seed in 0 .. 2³² − 1 as an int.

    >>> seed(np.uint8(7))
    7
    """
    return whole(value, name, 0, SEEDS - 1, "range(20) gives the usual ones")


def number(value: Any, name: str, wanted: str, fits: Any, cure: str) -> float:
    """A float from one real number that `fits`; BadInput says what was `wanted`.

    >>> number(np.float32(0.5), "noise", "lie in [0, 1]", lambda share: 0 <= share <= 1, "0 is none")
    0.5
    """
    plain = value.detach() if hasattr(value, "detach") else value  # a tensor with a graph
    try:
        odd = isinstance(plain, (bool, np.bool_, str, bytes)) or np.ndim(plain) != 0
        found = math.nan if odd else float(plain)
    except (TypeError, ValueError, OverflowError, RuntimeError):
        found = math.nan
    if not fits(found):
        raise BadInput(f"{name} must {wanted}, got {value!r}; {cure}")
    return found


def known(value: Any, name: str, options: Container[str]) -> None:
    """Raise BadInput unless `value` is one of `options`.

    >>> known("digits", "data", {"digits": 1})
    """
    if not (isinstance(value, str) and value in options):
        raise BadInput(f"{name} must be one of {', '.join(options)}, got {value!r}")  # type: ignore[arg-type]


def sizes(value: Any, name: str, cure: str) -> tuple[int, ...]:
    """Positive whole numbers as a tuple.

    >>> sizes([np.int64(8), 7], "hidden", "")
    (8, 7)
    """
    if isinstance(value, (str, bytes)) or not hasattr(value, "__iter__"):
        raise BadInput(f"{name} must be several positive whole numbers, got {value!r}; write ({value!r},)")
    return tuple(whole(one, f"every number of {name}", 1, None, cure) for one in value)


def path(value: Any, name: str = "path") -> Path:
    """A path whose ~ is the home of the user.

    >>> path("~/runs") == Path.home() / "runs"
    True
    """
    if not isinstance(value, (str, os.PathLike)) or not os.fspath(value) or "\0" in str(value):
        raise BadInput(f'{name} must be a path, got {value!r}; write for example "runs"')
    try:
        return Path(value).expanduser()
    except (RuntimeError, TypeError):
        raise BadInput(f"{name} must be a path, got {value!r}, whose ~ is nobody's home; write it in full") from None
