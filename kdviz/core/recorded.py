"""Recorded runs: the arrays of `data/NAME.npz`, which only `data/make.py` writes, with its provenance beside it."""

import re
from functools import cache
from pathlib import Path

import numpy as np

from kdviz.core.arrays import Array
from kdviz.core.check import BadInput

PACKAGE = Path(__file__).parents[1]
FOLDERS = (PACKAGE / "data", PACKAGE.parent / "data")  # installed: inside the package; in a clone: beside it


def load(name: str) -> dict[str, np.ndarray]:
    """The arrays of a recorded run by their names, read once (no pickle) and read-only.

    BadInput if there is no such recording.

    >>> load("nothing")
    Traceback (most recent call last):
    kdviz.core.foreign.BadInput: name must be a recorded run, got 'nothing'; there are ...
    """
    return dict(_read(_path(name)))


def rounded(values: Array, decimals: int = 6) -> np.ndarray:
    """Numbers (...) in float32, `decimals` decimals and 13 bits of mantissa, which a zip file stores in half the space.

    >>> float(rounded([1 / 3])[0]), float(rounded([1e-16])[0])
    (0.33331..., 0.0)
    """
    bits = np.round(np.asarray(values, float), decimals).astype(np.float32).view(np.int32)
    return ((bits + np.int32(1 << 10)) & np.int32(-(1 << 11))).view(np.float32)


def _path(name: object) -> Path:
    found = {path.stem: path for folder in reversed(FOLDERS) for path in sorted(folder.glob("*.npz"))}
    if not isinstance(name, str) or name not in found:
        known = ", ".join(sorted(found)) or "none"
        cure = f"`python data/make.py {name}` makes one" if re.fullmatch(r"\w+", str(name)) else "name one of them"
        raise BadInput(f"name must be a recorded run, got {name!r}; there are {known}; in a clone {cure}")
    return found[name]


@cache
def _read(path: Path) -> dict[str, np.ndarray]:
    with np.load(path, allow_pickle=False) as stored:
        arrays = {key: stored[key] for key in stored.files}
    for array in arrays.values():
        array.setflags(write=False)
    return arrays
