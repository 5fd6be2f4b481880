"""Means while training: the mean logit of the images, the class mean of the last layer, sums over the classes."""

import numpy as np

from kdviz.core.mean_runs import OPTIMISERS, STEPS
from kdviz.figures import theme
from kdviz.figures.training import band, line, names

FLOOR = 1e-18  # what is smaller, exact zeros included, is drawn here
LOW, HIGH = -18, 2  # decades of changes and shares


def steps():
    """The x axis of all charts of the page."""
    return theme.axis("step", range=[0, STEPS], tickvals=[*range(0, STEPS + 1, 200)], tickangle=0, zeroline=False)


def floored(values):
    """The same values (n,), at least `FLOOR`, so that a log axis can show them; NaN stays NaN."""
    return None if values is None else np.maximum(values, FLOOR)


def quiet(result, name, axis="y", log=True):
    """Four thin lines, one per optimiser, of the field `name` of its trace."""
    found = []
    for optimiser in OPTIMISERS:
        trace = result.trace(optimiser)
        y = getattr(trace, name) if trace else None
        label = optimiser if axis == "y" else f"{optimiser}, linear"
        shown, place = floored(y) if log else y, {"yaxis": axis}
        found.append(line("mark", label, trace and trace.step, shown, width=1, dash="solid", legend=False, axes=place))
    return found


def ends(result, name, log):
    """Where the line of each optimiser ends: {optimiser: (step, value) or None}; the decimal logarithm if `log`."""
    found = {}
    for optimiser in OPTIMISERS:
        trace = result.trace(optimiser)
        y = getattr(trace, name)[-1] if trace else np.nan
        found[optimiser] = (trace.step[-1], np.log10(max(y, FLOOR)) if log else y) if np.isfinite(y) else None
    return found


def placed(result, name):
    """The names of the optimisers at the ends of their lines on a log axis."""
    trace = names(ends(result, name, True), gap=1.8)
    return {**trace, "y": 10.0 ** trace["y"]}


def chosen(result):
    """The trace of the chosen optimiser and, under a live run, the recorded one; None where there is none."""
    name = result.params.optimiser
    return result.trace(name), result.recorded.get(name) if result.live else None


def mean_logit(result):
    """Mean logit c(x) over the steps (n,): average and 90 % of the images, the teacher's, and all other optimisers."""
    now, before = chosen(result)
    teacher, span = result.teacher, np.array([0.0, STEPS])
    drawn = [t for o in OPTIMISERS if (t := result.trace(o))]
    shown = np.concatenate([*(t.mean for t in drawn), *((now.low, now.high) if now else ()), teacher or [0.0, 1.0]])
    flat = [None if teacher is None else np.full(2, level) for level in (teacher if teacher is not None else [0] * 3)]
    traces = [
        band("teacher", "teacher, 90 % of the images", span, flat[1], flat[2], share=0.2),
        band("student", "student, 90 % of the images", now and now.step, now and now.low, now and now.high),
        line("teacher", "teacher", span, flat[0], width=1.8, dash="dash"),
        *quiet(result, "mean", log=False),
        line("naive", "recorded", before and before.step, before and before.mean, width=1.6, dash="dot"),
        line("student", "student", now and now.step, now and now.mean, width=3),
        names(ends(result, "mean", False), gap=0.09 * float(np.ptp(shown))),
    ]
    return {
        "data": traces,
        "layout": theme.layout(
            "Mean logit c(x) of the images",
            steps(),
            theme.axis("c(x)", nticks=7),
            alt="Mean logit over the classes against training step: average and spread over the images for the chosen "
            "optimiser, averages for the others, and the teacher’s.",
        ),
    }


def head_drift(result):
    """Change of the class means of the last layer (n,): w̄ on a linear axis above, w̄ and b̄ on a log axis below.

    Diamonds are what weight decay alone makes of w̄.
    """
    now, before = chosen(result)
    predicted = None
    if now is not None and result.factor is not None and now.head_start > 1e-9:  # not centred
        predicted = (1 - result.factor[: len(now.step) : 5]) * now.head_start
    above, step = {"yaxis": "y2"}, now and now.step
    tallest = max((float(trace.head.max()) for o in OPTIMISERS if (trace := result.trace(o))), default=1.0)
    diamonds = line("limit", "w̄ by weight decay alone", now and now.step[::5], predicted, axes=above)
    traces = [
        *quiet(result, "head", "y2", log=False),
        line("student", "w̄, linear", step, now and now.head, width=3, legend=False, axes=above),
        {**diamonds, "mode": "markers", "marker": theme.marker("limit", 9), "cliponaxis": False},
        *quiet(result, "head"),
        line("naive", "recorded", before and before.step, before and floored(before.head), width=1.6, dash="dot"),
        line("offset", "b̄", step, now and floored(now.bias), width=1.6),
        line("student", "w̄", step, now and floored(now.head), width=3),
        {**names(ends(result, "head", False), gap=0.2 * tallest), **above},
    ]
    return {
        "data": traces,
        "layout": theme.layout(
            "Change of the last layer’s class mean",
            steps(),
            theme.log_axis("log scale", LOW, HIGH, step=6, domain=[0.0, 0.5]),
            yaxis2=theme.axis("‖change‖", domain=[0.58, 1.0], nticks=4, rangemode="tozero"),
            alt="How far the class means of the last layer’s weights and biases have moved, for each optimiser, on a "
            "linear and on a log scale, with the prediction from weight decay alone.",
        ),
    }


def class_sums(result):
    """Sums over the classes of gradients and of updates (n,), as a share of their entries, log scale."""
    now, before = chosen(result)
    traces = [
        *quiet(result, "update"),
        line("naive", "recorded", before and before.step, before and floored(before.update), width=1.6, dash="dot"),
        line("offset", "gradients", now and now.step, now and floored(now.gradient)),
        line("student", "updates", now and now.step, now and floored(now.update), width=3),
        placed(result, "update"),
    ]
    return {
        "data": traces,
        "layout": theme.layout(
            "What is left of the sum over classes",
            steps(),
            theme.log_axis("Σ|sum| / Σ|entries|", LOW, HIGH, step=4),
            alt="How much of the gradients and of the updates of the last layer survives summing over the classes, as "
            "a share, on a log scale.",
        ),
    }
