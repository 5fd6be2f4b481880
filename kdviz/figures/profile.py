"""Which classes a chart shows: all of them up to 30, then a profile sorted by one quantity, at most 120 points.

Profiles live at x = 100 … 200 of the same axis (the lowest class at 100, the highest at 200), so that one set of constant
tick labels serves both: 1 … 30 for classes, words for the profile.
"""

import numpy as np

from kdviz.figures import theme

FEW = 30  # classes drawn one by one
MOST = 120  # points of a profile


def chosen(key, *keep):
    """Indices of the classes a profile shows, sorted by `key`, and where they stand: (M,), (M,) with M ≤ 120.

    Evenly spaced ranks, both ends, and the classes at the extremes of every array in `keep`; all classes if they fit.

    >>> import numpy as np
    >>> chosen(np.array([3.0, 1.0, 2.0]))
    (array([1, 2, 0]), array([100., 150., 200.]))
    """
    order = np.argsort(key, kind="stable")
    size = len(order)
    ranks = np.arange(size)
    if size > MOST:
        rank_of = np.empty(size, dtype=int)
        rank_of[order] = ranks
        extremes = [rank_of[pick(values)] for values in keep for pick in (np.argmin, np.argmax)]
        even = np.linspace(0, size - 1, MOST - len(extremes)).round().astype(int)
        ranks = np.unique(np.concatenate([even, np.array(extremes, dtype=int)]))
    return order[ranks], 100 + 100 * ranks / (size - 1)


def axis(sorted_by, **more):
    """The x axis of a per-class chart; `sorted_by` names what a profile (K > 30) is sorted by."""
    return theme.axis(
        f"class i  (more than {FEW} classes: sorted by {sorted_by})",
        tickmode="array",
        tickvals=[*range(1, FEW + 1), 100, 125, 150, 175, 200],
        ticktext=[*map(str, range(1, FEW + 1)), "lowest", "¼", "middle", "¾", "highest"],
        tickangle=0,
        showgrid=False,
        zeroline=False,
        **more,
    )
