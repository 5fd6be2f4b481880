"""Curves against one knob, with a marker for where the knob stands now."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from kdviz.charts import marks, theme
from kdviz.charts.theme import Figure


class Curve(NamedTuple):
    """One curve: `x` and `y` (n,), or None for both when it is switched off; `dash`, `width` if not the role's own."""

    role: str
    name: str
    x: np.ndarray | None
    y: np.ndarray | None
    dash: str | None = None
    width: float = 2.2


class Dot(NamedTuple):
    """A marker on a curve; `name` must differ from every curve's; `text` stands beside it. NaN means not drawn."""

    role: str
    name: str
    x: float
    y: float
    text: str = ""
    side: str = "middle right"


def drawable(values: ArrayLike | None, log: bool) -> np.ndarray:
    """The same values (n,) with NaN, which is not drawn, where they are infinite or, on a log axis, not above zero."""
    if values is None:
        return marks.NONE
    values = np.asarray(values, dtype=float)
    return np.where(np.isfinite(values) & ((values > 0) | (not log)), values, np.nan)


def curves(
    lines: Sequence[Curve],
    now: tuple,
    dots: Sequence[Dot] = (),
    *,
    x: dict[str, Any],
    y: dict[str, Any],
    span: tuple[float, float],
    title: str,
    alt: str,
    hover: str,
    height: int = 320,
    log: bool = True,
    left: int = 62,
) -> Figure:
    """Chart of `lines` (tuple of `Curve`) and `dots` (tuple of `Dot`).

    `now` = (x, label) places the vertical line of the current value, which runs over `span` = (low, high) of y; a third
    entry is the place of the label, where x itself is too close to the edge;
    `x`, `y` are axes, `hover` the Plotly template of a curve, `log` whether y is logarithmic,
    `left` the margin that y's labels need.
    """
    here, top = np.array([now[0], now[0]], dtype=float), np.array([span[1]], dtype=float)
    label = np.array([now[-1] if len(now) == 3 else now[0]], dtype=float)
    traces = [
        marks.line("now", "now", here, np.array(span, dtype=float), width=1, **marks.QUIET),
        marks.text("now", "now-label", label, top, [now[1]], "top center"),
    ]
    for curve in lines:
        place = None if curve.x is None else np.asarray(curve.x, dtype=float)
        style: dict[str, Any] = {
            "width": curve.width,
            "dash": curve.dash,
            "hover": f"{hover}<extra>{curve.name}</extra>",
        }
        traces.append(marks.line(curve.role, curve.name, place, drawable(curve.y, log), **style))
    for dot in dots:
        at = np.array([dot.x], dtype=float), drawable([dot.y], log)
        more: dict[str, Any] = {"text": [dot.text], "textposition": dot.side, "cliponaxis": False, "showlegend": False}
        point = marks.points(dot.role, dot.name, *at, hover=f"{hover}<extra>{dot.name}</extra>", **more)
        traces.append({**point, "mode": "markers+text"})
    return {"data": traces, "layout": theme.layout(title, x, y, alt=alt, height=height, left=left, legend=1.085)}
