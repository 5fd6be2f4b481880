"""What charts of training share: runs as lines over steps, bands between two of them, names at their ends."""

from itertools import pairwise

import numpy as np

from kdviz.figures import theme

NONE = np.empty(0)


def line(role, name, x, y, *, width=2.2, dash=None, legend=True, hover="step %{x:d}<br>%{y:.3~g}", axes=None):
    """A line over the steps `x` (n,); y None hides it."""
    style = theme.line(role, width)
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "meta": {"role": role},
        "x": NONE if y is None else x,
        "y": NONE if y is None else y,
        "line": {**style, "dash": dash or style["dash"]},
        "hovertemplate": f"{hover}<extra>{name}</extra>",
        "showlegend": legend,
        **(axes or {}),
    }


def veil(role, share=0.24):
    """A see-through colour halfway between a role's two, so that it serves on light and on dark paper.

    >>> veil("kd")
    'rgba(43,147,205,0.24)'
    """
    pair = theme.ROLE[role].colour, theme.DARK[theme.ROLE[role].colour]
    parts = [sum(int(colour[at : at + 2], 16) for colour in pair) // 2 for at in (1, 3, 5)]
    return f"rgba({','.join(map(str, parts))},{share})"


def band(role, name, x, low, high, *, share=0.24):
    """The space between `low` and `high` (n,) as one filled outline of 2n points; None hides it."""
    shown = low is not None
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "meta": {"role": role},
        "x": np.concatenate([x, x[::-1]]) if shown else NONE,
        "y": np.concatenate([low, high[::-1]]) if shown else NONE,
        "line": {"color": theme.ROLE[role].colour, "width": 0},
        "fill": "toself",
        "fillcolor": veil(role, share),
        "hoverinfo": "skip",
        "showlegend": False,
    }


def names(ends, *, gap):
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
    return {
        "type": "scatter",
        "mode": "text",
        "name": "names",
        "meta": {"role": "mark"},
        "x": np.array([x for _, x, _ in groups]),
        "y": np.array([y for y, _, _ in groups]),
        "text": [words for _, _, words in groups],
        "textposition": "top left",
        "cliponaxis": False,
        "hoverinfo": "skip",
        "showlegend": False,
    }
