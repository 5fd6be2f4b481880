"""CIFAR-10 and CIFAR-100 from the folder in which they are usually unpacked; nothing is downloaded."""

import pickle
from pathlib import Path

import numpy as np
import torch

from kdviz.core.check import BadInput
from kdviz.train.data import Data
from kdviz.train.device import pick

LAYOUTS = {  # files to learn from, file to be judged on, key of the labels, K
    "cifar-10-batches-py": ([f"data_batch_{i}" for i in range(1, 6)], "test_batch", b"labels", 10),
    "cifar-100-python": (["train"], "test", b"fine_labels", 100),
}
MEAN, DEVIATION = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)  # of CIFAR-10's training pixels, per colour


def cifar(folder, device="auto"):
    """CIFAR-10 or CIFAR-100 from `folder`: "cifar-10-batches-py" or "cifar-100-python", or what holds one of them.

    x (n, 3072) float32, each colour shifted and scaled; `x.unflatten(1, (3, 32, 32))` are the images. Krizhevsky 2009,
    https://www.cs.toronto.edu/~kriz/cifar.html. BadInput where the files are missing or are none of these.
    """
    folder = Path(folder)
    places = [place for place in (folder, *(folder / name for name in LAYOUTS)) if place.name in LAYOUTS]
    found = next((place for place in places if (place / LAYOUTS[place.name][1]).is_file()), None)
    if found is None:
        raise BadInput(
            f"folder must be or hold {' or '.join(LAYOUTS)}, got {str(folder)!r}; unpack the Python version "
            "of the data set there, or take digits(), which come with scikit-learn"
        )
    train, test, key, classes = LAYOUTS[found.name]
    device = pick(device)
    learnt = [_read(found / name, key, classes) for name in train]
    parts = (*(np.concatenate(part) for part in zip(*learnt, strict=True)), *_read(found / test, key, classes))
    x, y, x_test, y_test = (torch.as_tensor(part, device=device) for part in parts)
    return Data(found.name.removesuffix("-python").removesuffix("-batches-py"), x, y, x_test, y_test, classes)


def _read(path, key, classes):
    """One file: images (n, 3072) float32 and labels (n,) int64."""
    try:
        with path.open("rb") as content:
            held = Arrays(content, encoding="bytes").load()
        x, y = np.asarray(held[b"data"]), np.asarray(held[key], np.int64)
        fits = x.ndim == 2 and x.shape == (len(y), 3072) and x.dtype == np.uint8 and ((y >= 0) & (y < classes)).all()
    except (OSError, EOFError, KeyError, ValueError, TypeError, pickle.UnpicklingError) as error:
        raise BadInput(f"folder must hold CIFAR's own files, got {path.name}: {error!r}; unpack it anew") from None
    if not fits:
        raise BadInput(f"folder must hold CIFAR's own files, got other contents in {path.name}; unpack it anew")
    mean, deviation = (np.repeat(np.array(values, np.float32), 1024) for values in (MEAN, DEVIATION))
    return (x.astype(np.float32) / 255 - mean) / deviation, y


class Arrays(pickle.Unpickler):
    """Reads the data set's pickles and refuses everything in them that is not an array or a plain value."""

    ALLOWED = frozenset({("numpy", "ndarray"), ("numpy", "dtype"), ("_codecs", "encode")})

    def find_class(self, module, name):
        """The class of that name, if it is needed to rebuild an array."""
        rebuilt = name in ("_reconstruct", "scalar", "_frombuffer")
        if (module, name) in self.ALLOWED or (rebuilt and module.startswith(("numpy.core.", "numpy._core."))):
            return super().find_class(module.replace("numpy.core.", "numpy._core."), name)
        raise pickle.UnpicklingError(f"{module}.{name} is no array")
