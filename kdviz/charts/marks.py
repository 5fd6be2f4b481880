"""Marks: what charts are made of, as Plotly traces. None hides a mark: its trace is there, and empty.

Names are words where a legend or a pointer shows them; what shows to nobody is named by one word with hyphens.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np

from kdviz.charts import theme
from kdviz.charts.theme import Trace

Values: TypeAlias = np.ndarray | None  # (n,); None hides the mark
NONE = np.empty(0)
QUIET: dict[str, Any] = {"hoverinfo": "skip", "showlegend": False}  # neither the pointer nor the legend says anything


def scatter(mode: str, role: str, name: str, x: Values, y: Values, *, hover: str | None = None, **more: Any) -> Trace:
    """A scatter trace of points `x`, `y` (n,); `hover` is what the pointer reads, None for nothing."""
    shown = x is not None and y is not None
    return {
        "type": "scatter",
        "mode": mode,
        "name": name,
        "meta": {"role": role},
        "x": x if shown else NONE,
        "y": y if shown else NONE,
        **({"hovertemplate": hover} if hover else {"hoverinfo": "skip"}),
        **more,
    }


def line(
    role: str,
    name: str,
    x: Values,
    y: Values,
    *,
    width: float = 2.2,
    dash: str | None = None,
    hover: str | None = None,
    **more: Any,
) -> Trace:
    """A line through (n,), (n,) in the role's colour; `dash` if not the role's own."""
    style = theme.line(role, width)
    return scatter("lines", role, name, x, y, hover=hover, line={**style, "dash": dash or style["dash"]}, **more)


def points(
    role: str, name: str, x: Values, y: Values, *, size: float = 9, hover: str | None = None, **more: Any
) -> Trace:
    """Points (n,), (n,) with the role's symbol."""
    return scatter("markers", role, name, x, y, hover=hover, **{"marker": theme.marker(role, size), **more})


def text(
    role: str, name: str, x: Values, y: Values, words: Sequence[str], place: str, *, clip: bool = False, **more: Any
) -> Trace:
    """Words (n,) at `x`, `y` (n,); `place` is Plotly's textposition, `clip` ends them at the axes."""
    return scatter("text", role, name, x, y, text=words, textposition=place, cliponaxis=clip, **QUIET | more)


def intervals(
    role: str, name: str, x: np.ndarray, low: Values, high: Values, *, width: float = 1.8, **more: Any
) -> Trace:
    """Upright lines at `x` (n,) from `low` to `high` (n,), as one line with gaps (3n,)."""
    more = {"width": width, "dash": "solid", **QUIET, **more}
    if low is None or high is None:
        return line(role, name, None, None, **more)
    y = np.stack([low, high, np.full(len(x), np.nan)], 1).ravel()
    return line(role, name, np.repeat(x, 3), y, **more)


def bars(
    role: str, name: str, x: np.ndarray, y: Values, *, start: float, width: float, hover: str, **more: Any
) -> Trace:
    """Bars at `x` (n,) of height `y` (n,), from `x + start` on, `width` wide, in units of x."""
    return {
        "type": "bar",
        "name": name,
        "meta": {"role": role},
        "x": NONE if y is None else x,
        "y": NONE if y is None else y,
        "marker": {"color": theme.ROLE[role].colour},
        "hovertemplate": hover,
        "offset": start,
        "width": width,
        **more,
    }


def heat(role: str, name: str, x: np.ndarray, y: np.ndarray, z: np.ndarray, *, hover: str) -> Trace:
    """A map of shares `z` (m, n) between 0 and 1 over `x` (n,) and `y` (m,), drawn smooth."""
    return {
        "type": "heatmap",
        "name": name,
        "meta": {"role": role},
        "x": x,
        "y": y,
        "z": z,
        "zmin": 0,
        "zmax": 1,
        "zsmooth": "best",
        "colorscale": "Cividis",
        "colorbar": {"tickformat": ".0%", "thickness": 12, "outlinewidth": 0, "len": 1.0},
        "hovertemplate": hover,
    }


def band(role: str, name: str, x: Values, low: Values, high: Values, *, share: float = 0.24) -> Trace:
    """The space between `low` and `high` (n,) as one filled outline of 2n points."""
    outline: tuple[Values, Values] = None, None
    if x is not None and low is not None and high is not None:
        outline = np.concatenate([x, x[::-1]]), np.concatenate([low, high[::-1]])
    filled: dict[str, Any] = {"fill": "toself", "fillcolor": theme.veil(role, share), **QUIET}
    return scatter("lines", role, name, *outline, line={"color": theme.ROLE[role].colour, "width": 0}, **filled)


def names(ends: Mapping[str, tuple[float, float] | None], *, gap: float, **more: Any) -> Trace:
    """A trace of words above the last points: `ends` {name: (x, y) or None}, moved apart to `gap` in y.

    Lines that end within a quarter of it share a place, so their words are joined.
    """
    groups: list[list] = []  # [y, x, words]
    for y, x, name in sorted((float(end[1]), float(end[0]), name) for name, end in ends.items() if end):
        if groups and y - groups[-1][0] < gap / 4:
            groups[-1][2] += f", {name}"
        else:
            groups.append([y, x, name])
    for before, after in pairwise(groups):
        after[0] = max(after[0], before[0] + gap)
    heights, places, words = (list(column) for column in zip(*groups, strict=True)) if groups else ([], [], [])
    return text("mark", "names", np.array(places), np.array(heights), words, "top left", **more)
