"""How things look: one style per role, one dark twin per colour, and the base layout of every chart.

A role has the same hue, dash and symbol on every page. Colours follow Okabe and Ito's set, darkened where a thin line
on white would fall below a contrast of 3:1.
"""

from typing import NamedTuple

import numpy as np

from kdviz.words.numerals import SUPERSCRIPT


class Style(NamedTuple):
    """What a role looks like: `colour` (hex), `dash` and `symbol` (Plotly's names), and its `name` in a legend."""

    colour: str
    dash: str
    symbol: str
    name: str


ROLE = {
    "kd": Style("#0072B2", "solid", "circle", "KD"),
    "lm": Style("#D55E00", "dash", "square-open", "LM"),
    "limit": Style("#009E73", "dot", "diamond-open", "KD's limit"),
    "printed": Style("#444444", "longdash", "x-thin", "as printed in our copy"),
    "naive": Style("#7F7F7F", "solid", "circle", "float32 as usually written"),
    "bound": Style("#8A8A8A", "dot", "triangle-up", "bound"),
    "teacher": Style("#8A6100", "solid", "circle", "teacher"),
    "student": Style("#AA4D86", "solid", "circle", "student"),
    "offset": Style("#6B4FA0", "dashdot", "triangle-up-open", "mean-offset term"),
    "l1": Style("#B03A2E", "dash", "cross-thin", "ℓ1"),
    "mark": Style("#5A5A5A", "dot", "star", "mark"),
    "now": Style("#111111", "solid", "circle", "now"),
}

PAPER = {"light": "#FFFFFF", "dark": "#16191E"}

DARK = {
    "#0072B2": "#56B4E9",
    "#D55E00": "#F08A3C",
    "#009E73": "#2FC99A",
    "#444444": "#C4C4C4",
    "#7F7F7F": "#9A9A9A",
    "#8A8A8A": "#8F8F8F",
    "#8A6100": "#D9A93A",
    "#AA4D86": "#E08DBD",
    "#6B4FA0": "#B39DE6",
    "#B03A2E": "#F1857A",
    "#5A5A5A": "#B0B0B0",
    "#111111": "#F2F2F2",
}

GRID = "rgba(127,127,127,0.22)"
ZERO = "rgba(127,127,127,0.85)"


def line(role, width=2.2, **more):
    """Plotly's `line` of a role: its colour and dash, `width` in pixels."""
    return {"color": ROLE[role].colour, "dash": ROLE[role].dash, "width": width, **more}


def marker(role, size=9, **more):
    """Plotly's `marker` of a role: its colour and symbol, `size` in pixels; open symbols get a line one can see."""
    colour = ROLE[role].colour
    return {"color": colour, "symbol": ROLE[role].symbol, "size": size, "line": {"color": colour, "width": 2}, **more}


def axis(title, **more):
    """A linear axis with a quiet grid and a visible zero line; `title` carries the symbol used in the text."""
    base = {
        "title": {"text": title, "standoff": 8},
        "gridcolor": GRID,
        "zeroline": True,
        "zerolinecolor": ZERO,
        "zerolinewidth": 1.5,
        "showline": False,
        "ticks": "outside",
        "ticklen": 4,
        "tickcolor": ZERO,
        "exponentformat": "power",
    }
    return {**base, **more}


def decade(power):
    """The words for 10**power at a tick.

    >>> decade(-4), decade(-1), decade(2), decade(6)
    ('10⁻⁴', '0.1', '100', '10⁶')
    """
    return f"{10.0**power:g}" if -2 <= power <= 2 else "10" + str(power).translate(SUPERSCRIPT)


def log_axis(title, low, high, step=1, **more):
    """A logarithmic axis from 10**low to 10**high with a tick every `step` decades (0.1, 1, 10, 100, 10³, …)."""
    powers = range(int(np.ceil(low)), int(np.floor(high)) + 1, step)
    ticks = {"tickmode": "array", "tickvals": [10.0**p for p in powers], "ticktext": [decade(p) for p in powers]}
    return axis(title, **{"type": "log", "range": [low, high], "zeroline": False, **ticks, **more})


def layout(title, x, y, *, alt, height=320, left=62, right=18, legend=1.01, **more):
    """Base layout of a chart: axes `x` and `y`, legend above, room for tick labels; the page prints `title` itself.

    `alt` says in one sentence what the chart shows; `height` and the margins `left`, `right` in CSS pixels,
    `legend` its lower edge in heights of the plot.
    """
    return {
        "meta": {"title": title, "alt": alt, "height": height},
        "uirevision": "kdviz",
        "margin": {"l": left, "r": right, "t": 34, "b": 50},
        "legend": {"orientation": "h", "x": 0, "y": legend, "xanchor": "left", "yanchor": "bottom", "itemwidth": 30},
        "hovermode": "closest",
        "bargap": 0.25,
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "xaxis": x,
        "yaxis": y,
        **more,
    }


def contrast(one, other):
    """WCAG contrast ratio of two hex colours, between 1 and 21.

    >>> round(contrast("#000000", "#FFFFFF"))
    21
    """

    def luminance(colour):
        part = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
        part = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
        return float(part @ (0.2126, 0.7152, 0.0722))

    bright, dim = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def to_plotly(figure):
    """A `plotly.graph_objects.Figure` of one of our figure dicts, for notebooks and export (imports plotly)."""
    import plotly.graph_objects as go

    shown = go.Figure(figure)
    meta = figure["layout"]["meta"]
    return shown.update_layout(height=meta["height"], title=meta["title"])
