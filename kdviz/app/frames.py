"""What travels from a state to the browser: figures once, afterwards only the arrays and texts that changed.

A figure is a plain Plotly dict. Its arrays (`x`, `y`, `z` of a trace) become float32 in one buffer, in the order of the
list `[chart, trace, key, shape]`; lists of strings stay lists. Everything else is furniture and never sent again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

Figure = dict[str, Any]
Entry = tuple[int, int, str, Any]  # chart, trace, key, value

MOVING = ("x", "y", "z", "text", "customdata")  # trace keys that may change between two states


def moving(figures: Sequence[Figure]) -> Iterator[Entry]:
    """Yield every array and list of strings in `figures` with its place."""
    for i, figure in enumerate(figures):
        for j, trace in enumerate(figure["data"]):
            for key in MOVING:
                if key in trace:
                    yield i, j, key, trace[key]


def is_text(value: object) -> bool:
    """Tell whether a moving value is a list of strings (True) or of numbers (False)."""
    if isinstance(value, np.ndarray):
        return value.dtype.kind in "OUS"
    return bool(value) and isinstance(value, (list, tuple)) and isinstance(value[0], str)


def pack(entries: Sequence[Entry]) -> tuple[list[list[Any]], list[list[Any]], bytes]:
    """Return (places of arrays with their shapes, places of lists with their content, one float32 buffer).

    >>> arrays, lists, buffer = pack([(0, 1, "y", np.array([1.0, 2.0]))])
    >>> arrays, len(buffer)
    ([[0, 1, 'y', [2]]], 8)
    """
    arrays, lists, parts = [], [], []
    for chart, trace, key, value in entries:
        if is_text(value):
            lists.append([chart, trace, key, [str(item) for item in value]])
            continue
        numbers = np.ascontiguousarray(value, dtype="<f4")
        arrays.append([chart, trace, key, list(numbers.shape)])
        parts.append(numbers.tobytes())
    return arrays, lists, b"".join(parts)


def same(old: object, new: object) -> bool:
    """Tell whether two moving values would draw the same (NaN equals NaN)."""
    if is_text(old) or is_text(new):
        return list(map(str, old)) == list(map(str, new))  # type: ignore[call-overload]
    first, second = np.asarray(old, float), np.asarray(new, float)
    return first.shape == second.shape and np.array_equal(first, second, equal_nan=True)


def changed(before: Sequence[Figure], after: Sequence[Figure]) -> list[Entry]:
    """Return the moving values of `after` that differ from `before`.

    Raises ValueError when a figure has other traces than before: a moving thing is a trace, their number is fixed.
    """
    old, new = list(moving(before)), list(moving(after))
    if [entry[:3] for entry in old] != [entry[:3] for entry in new]:
        raise ValueError("figures: the traces changed between two states; hide a trace with NaN or [] instead")
    return [b for a, b in zip(old, new, strict=True) if not same(a[3], b[3])]


def furniture(figures: Sequence[Figure]) -> list[Figure]:
    """Return the figures without their moving values, ready for JSON."""
    return [
        {
            "data": [
                {key: ([] if key in MOVING else plain(value)) for key, value in trace.items()}
                for trace in figure["data"]
            ],
            "layout": plain(figure["layout"]),
        }
        for figure in figures
    ]


def plain(value: Any) -> Any:
    """Return `value` with NumPy numbers and arrays turned into Python ones."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.generic):
        return value.item()
    return value
