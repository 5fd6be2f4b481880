"""Tensors as training takes them, from arrays, tables and lists; what cannot be taken is refused with its cure."""

from typing import Any

import numpy as np
import torch

from kdviz.core.check import BadInput


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
