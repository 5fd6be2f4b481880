"""Arrays of any origin as plain numbers, or a refusal: what an array carries beside them is never dropped silently."""

from typing import Any

import numpy as np

from kdviz.core.arrays import namespace


class BadInput(ValueError):
    """An input that kdviz refuses; its text names the argument, what came and the cure, and visitors may read it."""


def numeric(value: Any, name: str) -> Any:
    """A tensor, or a NumPy array, of floating numbers: float16, bfloat16, float32 as they are, others as float64.

    BadInput for what is no array of real numbers, and for what `array` refuses.

    >>> numeric([1, 2], "student_logits"), numeric(np.float16([1, 2]), "student_logits").dtype
    (array([1., 2.]), dtype('float16'))
    """
    value = array(value, name)
    xp = namespace(value)
    if xp is np:
        if value.dtype.kind not in "fiu":
            raise BadInput(f"{name} must be real numbers, got {value.dtype}; pass a float array")
        return value if value.dtype in (np.float16, np.float32) else value.astype(np.float64)
    if value.dtype == xp.bool or value.is_complex():
        raise BadInput(f"{name} must be real numbers, got {value.dtype}; pass the scores before the softmax")
    if not value.is_floating_point():
        return value.to(xp.float64)
    if value.dtype not in (xp.float16, xp.bfloat16, xp.float32, xp.float64):
        raise BadInput(
            f"{name} must be float16, bfloat16, float32 or float64, got {value.dtype}; convert with .float()"
        )
    return value


def array(value: Any, name: str) -> Any:
    """A dense tensor, or a NumPy array.

    BadInput for a mask that hides entries, a list of tensors, sparse, nested, quantised or empty (meta) tensors,
    rows of different lengths, and objects that are no array.

    >>> array([1, 2], "labels")
    array([1, 2])
    """
    if namespace(value) is not np:
        return _tensor(value, name)
    if _masked(value):
        raise BadInput(
            f"{name} must have no masked entries, got a masked array; drop those samples or classes (.compressed(), "
            "boolean index), or .filled() with numbers that mean something"
        )
    if isinstance(value, (list, tuple)) and any(namespace(part) is not np for part in value):
        raise BadInput(f"{name} must be one array, got a {type(value).__name__} of tensors; join them with torch.stack")
    try:
        return np.asarray(value)
    except Exception as problem:  # what a foreign object raises is its own affair
        if isinstance(problem, ValueError) and isinstance(value, (list, tuple)):
            raise BadInput(
                f"{name} must be a regular array, got rows of different lengths; pad or split them"
            ) from None
        raise BadInput(
            f"{name} must be an array of numbers, got {type(value).__name__} ({type(problem).__name__}); "
            "convert it to a NumPy array or a torch tensor first"
        ) from None


def _masked(value: Any) -> bool:
    """Whether a mask hides an entry, also in a list of masked arrays."""
    if isinstance(value, np.ma.MaskedArray):
        return bool(np.ma.getmaskarray(value).any())
    return isinstance(value, (list, tuple)) and any(_masked(part) for part in value)


def _tensor(value: Any, name: str) -> Any:
    kinds = (
        (value.is_nested, "a nested tensor", "pass its tensors one by one"),
        (value.layout is not namespace(value).strided, "a sparse tensor", "pass .to_dense()"),
        (value.is_quantized, "a quantised tensor", "pass .dequantize()"),
        (value.device.type == "meta", "a tensor without data (device meta)", "compute it on a real device"),
    )
    for found, given, cure in kinds:
        if found:
            raise BadInput(f"{name} must be a dense tensor of numbers, got {given}; {cure}")
    return value
