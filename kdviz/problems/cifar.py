"""CIFAR-10 and CIFAR-100 from the folder in which they are usually unpacked; nothing is downloaded."""

import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import torch

from kdviz.core.arguments import path
from kdviz.core.check import BadInput
from kdviz.problems.data import Data, pick

LAYOUTS = {  # files to learn from, file to be tested on, key of the labels, K
    "cifar-10-batches-py": ([f"data_batch_{i}" for i in range(1, 6)], "test_batch", b"labels", 10),
    "cifar-100-python": (["train"], "test", b"fine_labels", 100),
}
MEAN, DEVIATION = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)  # of CIFAR-10's training pixels, per colour


def cifar(folder: str | os.PathLike, device: Any = "auto") -> Data:
    """CIFAR-10 or CIFAR-100 from `folder`: "cifar-10-batches-py" or "cifar-100-python", or what holds one of them.

    A folder counts by the files in it, whatever it is called; ~ is your home. x (n, 3072) float32, each colour shifted
    and scaled; `x.unflatten(1, (3, 32, 32))` are the images. Krizhevsky 2009,
    https://www.cs.toronto.edu/~kriz/cifar.html. BadInput where the files are missing, are none of these, or are both.
    """
    top = path(folder, "folder").resolve()
    places = {place.resolve() for place in (top, *(top / name for name in LAYOUTS))}
    found = [(place, name) for place in sorted(places) for name in LAYOUTS if not _missing(place, name)]
    if len(found) > 1:
        raise BadInput(
            f"folder must hold one data set, got {str(folder)!r} with {' and '.join(name for _, name in found)}; name "
            f"the folder of one of them, for example {str(found[0][0])!r}"
        )
    if not found:
        broken = [
            (place / _missing(place, name)[0]) for place in sorted(places) for name in LAYOUTS if _part(place, name)
        ]
        what = f", where {str(broken[0])!r} is missing" if broken else ""
        raise BadInput(
            f"folder must be or hold {' or '.join(LAYOUTS)}, got {str(folder)!r}{what}; unpack the Python version "
            "of the data set there, or take digits(), which come with scikit-learn"
        )
    ((chosen, layout),) = found
    train, test, key, classes = LAYOUTS[layout]
    device = pick(device)
    learnt = [_read(chosen / name, key, classes) for name in train]
    parts = (*(np.concatenate(part) for part in zip(*learnt, strict=True)), *_read(chosen / test, key, classes))
    x, y, x_test, y_test = (torch.as_tensor(part, device=device) for part in parts)
    return Data(layout.removesuffix("-python").removesuffix("-batches-py"), x, y, x_test, y_test, classes)


def _missing(place: Path, layout: str) -> list[str]:
    """Files of a layout that a folder lacks."""
    train, test, _, _ = LAYOUTS[layout]
    return [name for name in (*train, test) if not (place / name).is_file()]


def _part(place: Path, layout: str) -> bool:
    """Whether a folder has some, not all, of the files of a layout."""
    train, _, _, _ = LAYOUTS[layout]
    return 0 < len(_missing(place, layout)) <= len(train)


def _read(file: Path, key: bytes, classes: int) -> tuple[np.ndarray, np.ndarray]:
    """One file: images (n, 3072) float32 and labels (n,) int64."""
    try:
        with file.open("rb") as content:
            held = Arrays(content, encoding="bytes").load()
        x, y = np.asarray(held[b"data"]), np.asarray(held[key], np.int64)
        fits = x.ndim == 2 and x.shape == (len(y), 3072) and x.dtype == np.uint8 and ((y >= 0) & (y < classes)).all()
    except Exception as error:  # a damaged pickle raises whatever it likes
        raise BadInput(f"folder must hold CIFAR's own files, got {file.name}: {error!r}; unpack it anew") from None
    if not fits:
        raise BadInput(f"folder must hold CIFAR's own files, got other contents in {file.name}; unpack it anew")
    mean, deviation = (np.repeat(np.array(values, np.float32), 1024) for values in (MEAN, DEVIATION))
    return (x.astype(np.float32) / 255 - mean) / deviation, y


class Arrays(pickle.Unpickler):
    """Reads the data set's pickles and refuses everything in them that is not an array or a plain value."""

    ALLOWED = frozenset({("numpy", "ndarray"), ("numpy", "dtype"), ("_codecs", "encode")})

    def find_class(self, module: str, name: str) -> Any:
        """The class of that name, if it is needed to rebuild an array."""
        rebuilt = name in ("_reconstruct", "scalar", "_frombuffer")
        if (module, name) in self.ALLOWED or (rebuilt and module.startswith(("numpy.core.", "numpy._core."))):
            return super().find_class(module.replace("numpy.core.", "numpy._core."), name)
        raise pickle.UnpicklingError(f"{module}.{name} is no array")
