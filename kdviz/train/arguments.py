"""Arguments as training takes them: numbers, seeds, tensors, paths; what cannot be taken is refused with its cure."""

import math
import operator
import os
from collections.abc import Container
from pathlib import Path
from typing import Any

import numpy as np
import torch

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
    plain = value.detach() if isinstance(value, torch.Tensor) else value
    try:
        odd = isinstance(plain, (bool, np.bool_, str, bytes)) or np.ndim(plain) != 0
        found = math.nan if odd else float(plain)
    except (TypeError, ValueError, OverflowError, RuntimeError):
        found = math.nan
    if not fits(found):
        raise BadInput(f"{name} must {wanted}, got {value!r}; {cure}")
    return found


def known(value: Any, name: str, options: Container[str]) -> None:
    """Raise BadInput unless `value` is one of `options`."""
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


def precision(value: Any) -> torch.dtype:
    """float32 or float64 as torch names it, also by NumPy's name or type.

    >>> precision("float64")
    torch.float64
    """
    try:
        named = str(value).removeprefix("torch.") if isinstance(value, torch.dtype) else np.dtype(value).name
    except TypeError:
        named = ""
    if value is None or named not in ("float32", "float64"):
        raise BadInput(
            f"dtype must be torch.float32 or torch.float64, got {value!r}; in narrower numbers small steps round to "
            "nothing and Adam divides by zero, so train in float32 and convert afterwards"
        )
    return getattr(torch, named)


def tensor(value: Any, name: str) -> torch.Tensor:
    """A dense tensor of real numbers, outside autograd, from a tensor, an array, a table or lists of numbers.

    Tensors keep their device, everything else starts on the CPU. BadInput for what holds no numbers, hides some (a
    masked array) or is no dense tensor (sparse, meta, nested, quantised).

    >>> tensor([[1, 2]], "x")
    tensor([[1, 2]])
    """
    if not isinstance(value, torch.Tensor):
        return _dense(_converted(value, name), name, value)
    return _dense(value.detach(), name, value)


def _converted(value: Any, name: str) -> torch.Tensor:
    if isinstance(value, np.ma.MaskedArray):
        raise BadInput(f"{name} must not be masked, got a MaskedArray; drop those samples or fill them: .filled(0)")
    try:
        if hasattr(value, "__dlpack__") and not hasattr(value, "__array__"):
            return torch.from_dlpack(value)
        array = np.asarray(value)
        if array.dtype.kind not in "fiub":
            raise TypeError(array.dtype)
        native = array.dtype.newbyteorder("=") if array.dtype.itemsize <= 8 else np.dtype(np.float64)
        return torch.from_numpy(np.array(array, native, order="C"))  # a copy: torch warns of what it may not write to
    except (TypeError, ValueError, RuntimeError, BufferError):
        raise BadInput(f"{name} must be a tensor or an array of numbers, got {type(value).__name__}") from None


def _dense(found: torch.Tensor, name: str, value: Any) -> torch.Tensor:
    odd = "nested" if found.is_nested else "quantised" if found.is_quantized else ""
    odd = odd or ("meta" if found.device.type == "meta" else "")
    odd = odd or ("sparse" if found.layout is not torch.strided else "")
    if odd:
        cures = {"sparse": ".to_dense()", "quantised": ".dequantize()", "nested": ".to_padded_tensor(0)"}
        cure = f"pass {name}{cures[odd]}" if odd in cures else "a meta tensor holds no numbers"
        raise BadInput(f"{name} must be a dense tensor, got a {odd} one; {cure}")
    if found.is_complex():
        raise BadInput(f"{name} must be real numbers, got {found.dtype}; pass {name}.abs() or both parts side by side")
    return found.clone() if found.is_inference() else found  # autograd cannot keep what was made in inference mode
