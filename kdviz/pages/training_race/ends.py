"""Where the methods of a race end and what they gain, each with its interval; a click chooses one."""

from typing import Any

import numpy as np

from kdviz.charts import marks, theme
from kdviz.pages.training_race.model import NAMES
from kdviz.pages.training_race.runs import HOT, METHODS
from kdviz.pages.training_race.words import W

PLACES = np.array([0.0, *(1.3 + np.arange(len(HOT))), 8.7, 10.0, *[11.3] * len(NAMES)])  # of METHODS, second chart
PLACES.setflags(write=False)
GROUPS = (
    ("student", W.METHODS["baseline"], ("baseline",)),
    ("kd", W.KD_SHOWN, tuple(f"KD T={t}" for t in HOT[:-1])),
    ("limit", W.LIMIT, ("KD T=∞", "centred LM")),
    ("lm", "LM", ("LM",)),
    *(("now", words, (name,)) for name, words in NAMES.items()),
)


def drawn(values, shown):
    """The means and half widths (C,), (C,) without those of other losses than the one `shown`; None stays None."""
    hidden = [name in NAMES and name != shown for name in METHODS]
    return None if values is None else [np.where(hidden, np.nan, one) for one in values]


def panel(values, place, named):
    """The means and 95 % intervals (C,), (C,) of one panel; None hides them. `named` is how it calls a group."""
    mean, half = (None, None) if values is None else values
    edges = (None, None) if mean is None else (mean - half, mean + half)
    traces = [marks.intervals("mark", f"intervals-{place}", PLACES, *edges, yaxis=place)]
    for role, words, group in GROUPS:
        rows = [METHODS.index(one) for one in group]
        style: dict[str, Any] = {"size": 8, "yaxis": place, "hover": "%{y:.2%}", "showlegend": place == "y2"}
        heights = None if mean is None else mean[rows]
        traces.append(marks.points(role, named.format(name=words), PLACES[rows], heights, **style))
    return traces


def finals(result):
    """Final accuracy and paired gain over the baseline, (C,) each with 95 % intervals, per method."""
    ends, gains = (drawn(values, result.shown) for values in (result.ends, result.gains))
    words, chosen = W.ENDS, METHODS.index(result.shown)
    ring = {"color": theme.ROLE["now"].colour, "symbol": "circle-open", "size": 16, "line": {"width": 1.5}}
    top = None if result.ends is None else np.array([result.ends[0][chosen]])
    circle = marks.points("now", "chosen", PLACES[[chosen]], top, marker=ring, yaxis="y2", **marks.QUIET)
    axis = theme.axis(words["x"], range=[-0.7, PLACES[-1] + 0.6], tickangle=0, showgrid=False, zeroline=False)
    ticks = [words["tick"], *HOT, "LM<sub>c</sub>", "LM", *[words["other"]][: len(NAMES)]]
    places = PLACES[: len(ticks)].tolist()
    return {
        "data": [*panel(ends, "y2", "{name}"), *panel(gains, "y", W.GAIN), circle],
        "layout": theme.layout(
            words["title"],
            {**axis, "tickmode": "array", "tickvals": places, "ticktext": ticks},
            theme.axis(words["gain"], domain=[0.0, 0.46], tickformat="+.1~%", nticks=5),
            yaxis2=theme.axis(words["accuracy"], domain=[0.54, 1.0], tickformat=".1~%", nticks=5, zeroline=False),
            left=72,
            alt=words["alt"],
        ),
    }


def method(x):
    """The T of the KD nearest to `x` in the second chart; None for the other methods.

    >>> method(1.2), method(7.4), method(0.1)
    ('1', '∞', None)
    """
    at = int(np.abs(PLACES - x).argmin()) - 1
    return HOT[at] if 0 <= at < len(HOT) else None
