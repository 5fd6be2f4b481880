"""What a data set is, and the device on which it lies: CUDA, then Apple's MPS, then the CPU."""

from typing import Any, NamedTuple

import numpy as np
import torch

from kdviz.core.check import BadInput


class Data(NamedTuple):
    """Samples in rows on one device: x (n, D) float32, y (n,) int64, and a test set that nobody learns from."""

    name: str
    x: Any
    y: Any
    x_test: Any
    y_test: Any
    classes: int


def split(name: str, x: np.ndarray, y: np.ndarray, train: int, classes: int, device: Any) -> Data:
    """`Data` whose first `train` rows are for learning and whose others are the test set."""
    device = pick(device)
    x = torch.as_tensor(np.ascontiguousarray(x, np.float32), device=device)
    y = torch.as_tensor(np.asarray(y, np.int64), device=device)
    return Data(name, x[:train], y[:train], x[train:], y[train:], classes)


def pick(device: Any = "auto") -> torch.device:
    """The torch device: "auto" takes CUDA, then MPS, then CPU; a name is checked, not trusted.

    ValueError for a device that is not there.

    >>> pick("cpu")
    device(type='cpu')
    """
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if device == "auto":
        return torch.device(next(name for name, here in there.items() if here))
    try:
        chosen = torch.device(device)
    except (RuntimeError, TypeError):
        chosen = None
    beyond = chosen is not None and chosen.type == "cuda" and (chosen.index or 0) >= torch.cuda.device_count()
    if chosen is None or beyond or not there.get(chosen.type, False):
        found = ", ".join(name for name, here in there.items() if here)
        raise BadInput(f'device must be "auto" or one of {found}, got {device!r}; "auto" takes the best there is')
    return chosen
