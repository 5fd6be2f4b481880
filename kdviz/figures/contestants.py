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


def marks(role, name, x, mean, half, axis, legend):
    """Two traces: the 95 % intervals as upright lines, the means as marks on them; None hides both."""
    shown = mean is not None
    gap = np.full(len(x), np.nan)
    ends = np.stack([mean - half, mean + half, gap], 1).ravel() if shown else NONE
    common = {"type": "scatter", "meta": {"role": role}, "yaxis": axis}
    return [
        {
            **common,
            "mode": "lines",
            "name": f"{name}, interval",
            "x": np.repeat(x, 3) if shown else NONE,
            "y": ends,
            "line": {"color": theme.ROLE[role].colour, "width": 2},
            "hoverinfo": "skip",
            "showlegend": False,
        },
        {
            **common,
            "mode": "markers",
            "name": name,
            "x": x if shown else NONE,
            "y": mean if shown else NONE,
            "marker": theme.marker(role, 8),
            "hovertemplate": f"%{{y:.2%}}<extra>{name}</extra>",
            "showlegend": legend,
        },
    ]


def finals(result):
    """Final accuracy and paired gain over the student alone, (C,) each with 95 % intervals, per contestant."""
    traces = []
    for values, axis, what in ((result.ends, "y2", ""), (result.gains, "y", ", gain")):
        for role, words, name in ROLES:
            rows = [CONTESTANTS.index(one) for one in name]
            x = PLACES[rows]
            mean, half = (values[0][rows], values[1][rows]) if values is not None else (None, None)
            traces += marks(role, words + what, x, mean, half, axis, axis == "y2")
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
