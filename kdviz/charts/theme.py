"""How things look: the only palette, one style per role, and the base layout of every chart.

A role has the same hue, dash and symbol on every page, in charts and meters. Colours follow Okabe and Ito's set,
darkened where a thin line on white would fall below a contrast of 3:1. The variables at the top of `kdviz/app/page.css`
are written from here: `python tools/palette.py --write`.
"""

from typing import Any, NamedTuple, TypeAlias

import numpy as np

from kdviz.words import numerals

Trace: TypeAlias = dict[str, Any]  # of Plotly
Figure: TypeAlias = dict[str, Any]  # a plain Plotly dict: data, layout


class Style(NamedTuple):
    """What a role looks like: `colour` (hex), `dash` and `symbol` (Plotly's names)."""

    colour: str
    dash: str
    symbol: str


ROLE = {
    "kd": Style("#0072B2", "solid", "circle"),
    "lm": Style("#D55E00", "dash", "square-open"),
    "limit": Style("#009E73", "dot", "diamond-open"),
    "printed": Style("#444444", "longdash", "x-thin"),
    "naive": Style("#7F7F7F", "solid", "circle"),
    "bound": Style("#8A8A8A", "dot", "triangle-up"),
    "teacher": Style("#8A6100", "solid", "circle"),
    "student": Style("#AA4D86", "solid", "circle"),
    "mean_gap": Style("#6B4FA0", "dashdot", "triangle-up-open"),
    "l1": Style("#B03A2E", "dash", "cross-thin"),
    "mark": Style("#5A5A5A", "dot", "star"),
    "now": Style("#111111", "solid", "circle"),
}

DARK = {  # a role's colour on light paper -> on dark paper
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

SURFACE = {  # of the page around the charts: name of the CSS variable -> colour on a light and on a dark page
    "paper": ("#FFFFFF", "#12181F"),
    "ink": ("#1C2733", "#E6EDF3"),
    "soft": ("#566473", "#A3B1BF"),
    "card": ("#F5F7F9", "#1B232C"),
    "line": ("#8794A1", "#738291"),
    "hair": ("#D8DEE4", "#2F3A46"),
    "grid": ("#E3E8ED", "#28323C"),
    "axis": ("#6B7885", "#8B99A7"),
    "accent": (ROLE["kd"].colour, "#6CB8EA"),
    "warn": ("#FFF3D6", "#4A3A10"),
    "warn-ink": ("#5C4300", "#FFE6AB"),
    "warn-line": ("#D98E00", "#D98E00"),
    "good": ("#00734F", DARK[ROLE["limit"].colour]),
    "bad": ("#B23C00", DARK[ROLE["lm"].colour]),
}

WHITE, BLACK = "#FFFFFF", "#000000"  # on a map, in both themes
GRID = "rgba(127,127,127,0.22)"
ZERO = "rgba(127,127,127,0.85)"


def variables() -> tuple[dict[str, str], dict[str, str]]:
    """The CSS variables of a light and of a dark page, as two dicts {name: colour}.

    >>> [page["--kd-lm"] for page in variables()]
    ['#d55e00', '#f08a3c']
    """
    pages = []
    for dark in (0, 1):
        surface = {name: pair[dark] for name, pair in SURFACE.items()}
        roles = {name: DARK[style.colour] if dark else style.colour for name, style in ROLE.items()}
        pages.append({f"--kd-{name}": colour.lower() for name, colour in (surface | roles).items()})
    light, dark_page = pages
    return light, dark_page


def css() -> str:
    """The CSS of the palette: the variables of a light and a dark page, and the hue of every role's meter."""
    light, dark = (" ".join(f"{name}: {colour};" for name, colour in page.items()) for page in variables())
    meters = [f'.kd-gauge[data-role="{name}"] {{ --kd-role: var(--kd-{name}); }}' for name in ROLE]
    return "\n".join([f".kd {{ {light} }}", f'.kd[data-theme="dark"] {{ {dark} color-scheme: dark; }}', *meters]) + "\n"


def line(role: str, width: float = 2.2, **more: Any) -> dict[str, Any]:
    """Plotly's `line` of a role: its colour and dash, `width` in pixels."""
    return {"color": ROLE[role].colour, "dash": ROLE[role].dash, "width": width, **more}


def marker(role: str, size: float = 9, **more: Any) -> dict[str, Any]:
    """Plotly's `marker` of a role: its colour and symbol, `size` in pixels; open symbols get a line one can see."""
    colour = ROLE[role].colour
    return {"color": colour, "symbol": ROLE[role].symbol, "size": size, "line": {"color": colour, "width": 2}, **more}


def veil(role: str, share: float = 0.24) -> str:
    """A see-through colour halfway between a role's two, so that it serves on light and on dark paper.

    >>> veil("kd")
    'rgba(43,147,205,0.24)'
    """
    pair = ROLE[role].colour, DARK[ROLE[role].colour]
    parts = [sum(int(colour[at : at + 2], 16) for colour in pair) // 2 for at in (1, 3, 5)]
    return f"rgba({','.join(map(str, parts))},{share})"


def axis(title: str, **more: Any) -> dict[str, Any]:
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


def log_axis(title: str, low: float, high: float, step: int = 1, **more: Any) -> dict[str, Any]:
    """A logarithmic axis from 10**low to 10**high with a tick every `step` decades (0.1, 1, 10, 100, 10³, …)."""
    powers = range(int(np.ceil(low)), int(np.floor(high)) + 1, step)
    ticks = {
        "tickmode": "array",
        "tickvals": [10.0**p for p in powers],
        "ticktext": [numerals.decade(p) for p in powers],
    }
    return axis(title, **{"type": "log", "range": [low, high], "zeroline": False, **ticks, **more})


def layout(
    title: str,
    x: dict[str, Any],
    y: dict[str, Any],
    *,
    alt: str,
    height: int = 320,
    left: int = 62,
    right: int = 18,
    legend: float = 1.01,
    **more: Any,
) -> dict[str, Any]:
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


def contrast(one: str, other: str) -> float:
    """WCAG contrast ratio of two hex colours, between 1 and 21.

    >>> round(contrast("#000000", "#FFFFFF"))
    21
    """

    def luminance(colour: str) -> float:
        part = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
        part = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
        return float(part @ (0.2126, 0.7152, 0.0722))

    bright, dim = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)
