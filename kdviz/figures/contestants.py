"""Where the contestants of a race end and what they gain, each with its interval; a click chooses one."""

import numpy as np

from kdviz.core.race_runs import CONTESTANTS, HOT
from kdviz.figures import theme

NONE = np.empty(0)
PLACES = np.array([0.0, *(1.3 + np.arange(len(HOT))), 8.7, 10.0])  # of CONTESTANTS in the second chart
PLACES.setflags(write=False)
ROLES = (
    ("student", "alone", ("alone",)),
    ("kd", "KD at T", tuple(f"KD T={t}" for t in HOT[:-1])),
    ("limit", "KD at T = ∞, centred LM", ("KD T=∞", "centred LM")),
    ("lm", "LM", ("LM",)),
)


def intervals(name, mean, half, axis):
    """The 95 % intervals (C,) of one panel as upright lines; None hides them."""
    shown, gap = mean is not None, np.full(len(PLACES), np.nan)
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "meta": {"role": "mark"},
        "yaxis": axis,
        "x": np.repeat(PLACES, 3) if shown else NONE,
        "y": np.stack([mean - half, mean + half, gap], 1).ravel() if shown else NONE,
        "line": {"color": theme.ROLE["mark"].colour, "width": 1.8},
        "hoverinfo": "skip",
        "showlegend": False,
    }


def marks(role, name, rows, mean, axis):
    """The means (C,) of the contestants of one role; None hides them."""
    shown = mean is not None
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "meta": {"role": role},
        "yaxis": axis,
        "x": PLACES[rows] if shown else NONE,
        "y": mean[rows] if shown else NONE,
        "marker": theme.marker(role, 8),
        "hovertemplate": "%{y:.2%}",
        "showlegend": axis == "y2",
    }


def finals(result):
    """Final accuracy and paired gain over the student alone, (C,) each with 95 % intervals, per contestant."""
    traces = []
    for values, axis, what in ((result.ends, "y2", ""), (result.gains, "y", ", gain")):
        mean, half = (None, None) if values is None else values
        traces.append(intervals(f"95 %{what}", mean, half, axis))
        for role, words, group in ROLES:
            traces.append(marks(role, words + what, [CONTESTANTS.index(one) for one in group], mean, axis))
    chosen = CONTESTANTS.index(f"KD T={result.params.shown}")
    top = None if result.ends is None else result.ends[0][chosen]
    traces.append(
        {
            "type": "scatter",
            "mode": "markers",
            "name": "chosen T",
            "meta": {"role": "now"},
            "x": NONE if top is None else PLACES[[chosen]],
            "y": NONE if top is None else np.array([top]),
            "yaxis": "y2",
            "marker": {"color": theme.ROLE["now"].colour, "symbol": "circle-open", "size": 16, "line": {"width": 1.5}},
            "hoverinfo": "skip",
            "showlegend": False,
        }
    )
    ticks = ["alone", *HOT, "LM<sub>c</sub>", "LM"]
    axis = theme.axis("KD at T = …", range=[-0.7, 10.6], tickangle=0, showgrid=False, zeroline=False)
    return {
        "data": traces,
        "layout": theme.layout(
            "Where they end",
            {**axis, "tickmode": "array", "tickvals": PLACES.tolist(), "ticktext": ticks},
            theme.axis("gain", domain=[0.0, 0.46], tickformat="+.1~%", nticks=5),
            yaxis2=theme.axis("accuracy", domain=[0.54, 1.0], tickformat=".1~%", nticks=5, zeroline=False),
            left=72,
            alt="Above, the final test accuracy of every contestant with its 95 % interval; below, its gain over the "
            "student alone, paired by seed, with its 95 % interval.",
        ),
    }


def contestant(x):
    """The T of the KD contestant nearest to `x` in the second chart; None for the other contestants.

    >>> contestant(1.2), contestant(7.4), contestant(0.1)
    ('1', '∞', None)
    """
    at = int(np.abs(PLACES - x).argmin()) - 1
    return HOT[at] if 0 <= at < len(HOT) else None
