"""Curves against one knob, with a marker for where the knob stands now."""

from typing import NamedTuple

import numpy as np

from kdviz.figures import theme

NONE = np.empty(0)


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


def drawable(values, log):
    """The same values (n,) with NaN, which is not drawn, where they are infinite or, on a log axis, not above zero."""
    if values is None:
        return NONE
    values = np.asarray(values, dtype=float)
    return np.where(np.isfinite(values) & ((values > 0) | (not log)), values, np.nan)


def curves(lines, now, dots=(), *, x, y, span, title, alt, hover, height=320, log=True, left=62):
    """Chart of `lines` (tuple of `Curve`) and `dots` (tuple of `Dot`).

    `now` = (x, label) places the vertical line of the current value, which runs over `span` = (low, high) of y; a third
    entry is the place of the label, where x itself is too close to the edge;
    `x`, `y` are axes, `hover` the Plotly template of a curve, `log` whether y is logarithmic,
    `left` the margin that y's labels need.
    """
    traces = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": "now",
            "meta": {"role": "now"},
            "showlegend": False,
            "x": np.array([now[0], now[0]], dtype=float),
            "y": np.array(span, dtype=float),
            "line": {"color": theme.ROLE["now"].colour, "width": 1, "dash": "solid"},
            "hoverinfo": "skip",
        },
        {
            "type": "scatter",
            "mode": "text",
            "name": "now label",
            "meta": {"role": "now"},
            "showlegend": False,
            "x": np.array([now[-1] if len(now) == 3 else now[0]], dtype=float),
            "y": np.array([span[1]], dtype=float),
            "text": [now[1]],
            "textposition": "top center",
            "cliponaxis": False,
            "hoverinfo": "skip",
        },
    ]
    for curve in lines:
        style = theme.line(curve.role, curve.width)
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "name": curve.name,
                "meta": {"role": curve.role},
                "x": NONE if curve.x is None else np.asarray(curve.x, dtype=float),
                "y": drawable(curve.y, log),
                "line": {**style, "dash": curve.dash or style["dash"]},
                "hovertemplate": f"{hover}<extra>{curve.name}</extra>",
            }
        )
    for dot in dots:
        traces.append(
            {
                "type": "scatter",
                "mode": "markers+text",
                "name": dot.name,
                "meta": {"role": dot.role},
                "showlegend": False,
                "x": np.array([dot.x], dtype=float),
                "y": drawable([dot.y], log),
                "text": [dot.text],
                "textposition": dot.side,
                "marker": theme.marker(dot.role, 9),
                "cliponaxis": False,
                "hovertemplate": f"{hover}<extra>{dot.name}</extra>",
            }
        )
    return {"data": traces, "layout": theme.layout(title, x, y, alt=alt, height=height, left=left, legend=1.085)}
