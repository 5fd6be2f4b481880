"""One number per class and per role: marks on top of each other up to 30 classes, sorted profile lines beyond.

Open squares and diamonds leave room for the filled circle, so that agreement looks like one mark inside the other.
"""

from typing import NamedTuple

import numpy as np

from kdviz.figures import profile, theme

NONE = np.empty(0)
SIZE = {"kd": 8, "lm": 13, "limit": 15, "printed": 11}


class Marks(NamedTuple):
    """Values (K,) of one role, drawn for every class; `values` None means: the traces exist and are empty."""

    role: str
    name: str
    values: np.ndarray | None


def per_class(marks, *, sort, keep=(), joins=None, title, y, alt, sorted_by, height=340):
    """Chart of several values per class.

    `marks` tuple of `Marks`; `sort` (K,) orders the profile, `keep` arrays (K,) whose extremes it must contain;
    `joins` (lower (K,), upper (K,), name) draws a thin line per class between two values (up to 30 classes).
    """
    few = len(sort) <= profile.FEW
    classes, place = profile.chosen(sort, *keep)
    number = np.arange(1.0, len(sort) + 1)
    traces = []
    if joins:
        lower, upper, name = joins
        gap = np.full(len(sort), np.nan)
        x, heights = np.stack([number, number, gap], 1).ravel(), np.stack([lower, upper, gap], 1).ravel()
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "name": name,
                "meta": {"role": "mark"},
                "x": x if few else NONE,
                "y": heights if few else NONE,
                "line": {"color": theme.ROLE["mark"].colour, "width": 1.2},
                "hoverinfo": "skip",
                "showlegend": False,
            }
        )
    for role, name, values in marks:
        shown = values is not None
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": name,
                "meta": {"role": role},
                "x": number if few and shown else NONE,
                "y": values if few and shown else NONE,
                "marker": theme.marker(role, SIZE.get(role, 9)),
                "hovertemplate": f"class %{{x:d}}<br>{name}: %{{y:.3~g}}<extra></extra>",
            }
        )
    for role, name, values in sorted(marks, key=lambda mark: mark.role != "kd"):  # dashes on top of the solid line
        shown = values is not None and not few
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "name": f"{name}, sorted",
                "meta": {"role": role},
                "x": place if shown else NONE,
                "y": values[classes] if shown else NONE,
                "line": theme.line(role, 2.6 if role == "kd" else 1.8),
                "hovertemplate": f"{name}: %{{y:.3~g}}<extra></extra>",
            }
        )
    return {
        "data": traces,
        "layout": theme.layout(title, profile.axis(sorted_by), theme.axis(y), alt=alt, height=height, right=34),
    }
