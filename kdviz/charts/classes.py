"""One number per class and per role: marks on top of each other up to 30 classes, sorted profile lines beyond.

Open squares and diamonds leave room for the filled circle, so that agreement looks like one mark inside the other.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from kdviz.charts import marks, profile, theme
from kdviz.charts.marks import Values
from kdviz.charts.theme import Figure
from kdviz.words import W

SIZE = {"kd": 8, "lm": 13, "limit": 15, "printed": 11}


class Marks(NamedTuple):
    """Values (K,) of one role, drawn for every class; `values` None means: the traces exist and are empty."""

    role: str
    name: str
    values: np.ndarray | None


def per_class(
    shown: Sequence[Marks],
    *,
    sort: np.ndarray,
    keep: Sequence[np.ndarray] = (),
    joins: tuple[np.ndarray, np.ndarray] | None = None,
    title: str,
    x: str,
    y: str,
    alt: str,
    height: int = 340,
) -> Figure:
    """Chart of several values per class.

    `shown` tuple of `Marks`; `sort` (K,) orders the profile, `keep` arrays (K,) whose extremes it must contain;
    `joins` (lower (K,), upper (K,)) draws a thin line per class between two values (up to 30 classes); `title`, `alt`
    and the titles `x`, `y` of the axes are words.
    """
    few = len(sort) <= profile.FEW
    classes, place = profile.chosen(sort, *keep)
    number = np.arange(1.0, len(sort) + 1)
    traces = []
    if joins:
        gap = np.full(len(sort), np.nan)
        x_join, y_join = (np.stack(part, 1).ravel() for part in ((number, number, gap), (*joins, gap)))
        ends: tuple[Values, Values] = (x_join, y_join) if few else (None, None)
        traces.append(marks.line("mark", "joins", *ends, width=1.2, dash="solid", **marks.QUIET))
    for role, name, values in shown:
        hover = W.HOVER_CLASS.format(number="%{x:d}", name=name, value="%{y:.3~g}")
        size = SIZE.get(role, 9)
        traces.append(marks.points(role, name, number, values if few else None, size=size, hover=hover))
    for role, name, values in sorted(shown, key=lambda mark: mark.role != "kd"):  # dashes on top of the solid line
        heights = None if few or values is None else values[classes]
        wide, sorted_name = 2.6 if role == "kd" else 1.8, W.SORTED.format(name=name)
        hover = f"{name}: %{{y:.3~g}}<extra></extra>"
        traces.append(marks.line(role, sorted_name, place, heights, width=wide, hover=hover))
    axes = profile.axis(x), theme.axis(y)
    return {"data": traces, "layout": theme.layout(title, *axes, alt=alt, height=height, right=34)}
