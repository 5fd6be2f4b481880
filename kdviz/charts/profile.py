"""Which classes a chart shows: all of them up to 30, then a profile sorted by one quantity, at most 51 points.

Profiles live at x = 100 … 200 of the same axis (the lowest class at 100, the highest at 200), so that one set of
constant tick labels serves both: 1 … 30 for classes, words for the profile.
"""

from typing import Any

import numpy as np

from kdviz.charts import theme
from kdviz.words import W

FEW = 30  # classes drawn one by one
MOST = 51  # points of a profile: six of them travel on a step of page 03


def chosen(key: np.ndarray, *keep: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Indices of the classes a profile shows, sorted by `key`, and where they stand: (M,), (M,) with M ≤ 51.

    All classes if they fit; else evenly spaced ranks with both ends, where the nearest rank gives way to the classes
    at the extremes of every array in `keep`. Places are evenly spaced, so that they stay the same for every large K.

    >>> import numpy as np
    >>> chosen(np.array([3.0, 1.0, 2.0]))
    (array([1, 2, 0]), array([100., 150., 200.]))
    """
    order = np.argsort(key, kind="stable")
    last = len(order) - 1
    count = min(len(order), MOST)
    ranks = np.linspace(0, last, count).round().astype(int)
    if last >= MOST:
        for values in keep:
            for extreme in (np.argmin(values), np.argmax(values)):
                rank = int(np.flatnonzero(order == extreme)[0])
                if 0 < rank < last:
                    ranks[np.clip(round(rank / last * (MOST - 1)), 1, MOST - 2)] = rank
    return order[ranks], np.linspace(100.0, 200.0, count)


def axis(title: str, **more: Any) -> dict[str, Any]:
    """The x axis of a per-class chart; `title` says what a profile of more than `{few}` classes is sorted by."""
    return theme.axis(
        title.format(few=FEW),
        tickmode="array",
        tickvals=[*range(1, FEW + 1), 100, 125, 150, 175, 200],
        ticktext=[
            *(str(i) if i < 11 or i % 2 == 0 else "" for i in range(1, FEW + 1)),
            *(W.LOWEST, "¼", W.MIDDLE, "¾", W.HIGHEST),
        ],
        tickangle=0,
        showgrid=False,
        zeroline=False,
        **more,
    )
