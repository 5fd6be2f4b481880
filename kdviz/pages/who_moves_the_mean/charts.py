"""The charts of page 04: the mean logit of the images, the class mean of the last layer, sums over the classes."""

import numpy as np

from kdviz.charts import theme
from kdviz.charts.marks import band, names
from kdviz.charts.training import axis, line
from kdviz.pages.who_moves_the_mean.traces import OPTIMISERS, STEPS
from kdviz.pages.who_moves_the_mean.words import W

FLOOR = 1e-18  # what is smaller, exact zeros included, is drawn here
DECADES = -18, 2  # of changes and shares


def floored(values):
    """The same values (n,), at least `FLOOR`, so that a log axis can show them; NaN stays NaN."""
    return None if values is None else np.maximum(values, FLOOR)


def quiet(result, name, place="y", log=True):
    """Four thin lines, one per optimiser, of the field `name` of its trace."""
    found = []
    for optimiser in OPTIMISERS:
        trace, words = result.trace(optimiser), W.OPTIMISERS[optimiser]
        y = getattr(trace, name) if trace else None
        label = words if place == "y" else W.LINEAR.format(name=words)
        style = {"width": 1, "dash": "solid", "showlegend": False, "yaxis": place}
        found.append(line("mark", label, trace and trace.step, floored(y) if log else y, **style))
    return found


def ends(result, name, log):
    """Where the line of each optimiser ends: {optimiser: (step, value) or None}; the decimal logarithm if `log`."""
    found = {}
    for optimiser in OPTIMISERS:
        trace = result.trace(optimiser)
        y = getattr(trace, name)[-1] if trace else np.nan
        at = (trace.step[-1], np.log10(max(y, FLOOR)) if log else y) if np.isfinite(y) else None
        found[W.OPTIMISERS[optimiser]] = at
    return found


def placed(result, name):
    """The names of the optimisers at the ends of their lines on a log axis."""
    trace = names(ends(result, name, True), gap=1.8)
    return {**trace, "y": 10.0 ** trace["y"]}


def chosen(result):
    """The trace of the chosen optimiser and, under a live run, the recorded one; None where there is none."""
    name = result.params.optimiser
    return result.trace(name), result.recorded.get(name) if result.live else None


def before_live(before, values):
    """The recorded line under a live run."""
    return line("naive", W.RECORDED, before and before.step, values, width=1.6, dash="dot")


def mean_logit(result):
    """Mean logit c(x) over the steps (n,): average and 90 % of the images, the teacher's, and all other optimisers."""
    now, before = chosen(result)
    teacher, span, words = result.teacher, np.array([0.0, STEPS]), W.LOGIT
    drawn = [t for o in OPTIMISERS if (t := result.trace(o))]
    shown = np.concatenate([*(t.mean for t in drawn), *((now.low, now.high) if now else ()), teacher or [0.0, 1.0]])
    flat = [None if teacher is None else np.full(2, level) for level in (teacher if teacher is not None else [0] * 3)]
    traces = [
        band("teacher", words["teacher_band"], span, flat[1], flat[2], share=0.2),
        band("student", words["student_band"], now and now.step, now and now.low, now and now.high),
        line("teacher", W.TEACHER, span, flat[0], width=1.8, dash="dash"),
        *quiet(result, "mean", log=False),
        before_live(before, before and before.mean),
        line("student", W.STUDENT, now and now.step, now and now.mean, width=3),
        names(ends(result, "mean", False), gap=0.09 * float(np.ptp(shown))),
    ]
    axes = axis(STEPS, 200), theme.axis("c(x)", nticks=7)
    return {"data": traces, "layout": theme.layout(words["title"], *axes, alt=words["alt"])}


def head_drift(result):
    """Change of the class means of the last layer (n,): w̄ on a linear axis above, w̄ and b̄ on a log axis below.

    Diamonds are what weight decay alone makes of w̄.
    """
    now, before = chosen(result)
    predicted, words = None, W.HEAD
    if now is not None and result.factor is not None and now.head_start > 1e-9:  # not centred
        predicted = (1 - result.factor[: len(now.step) : 5]) * now.head_start
    step = now and now.step
    tallest = max((float(trace.head.max()) for o in OPTIMISERS if (trace := result.trace(o))), default=1.0)
    diamonds = line("limit", words["predicted"], now and now.step[::5], predicted, yaxis="y2")
    traces = [
        *quiet(result, "head", "y2", log=False),
        line("student", W.LINEAR.format(name="w̄"), step, now and now.head, width=3, showlegend=False, yaxis="y2"),
        {**diamonds, "mode": "markers", "marker": theme.marker("limit", 9), "cliponaxis": False},
        *quiet(result, "head"),
        before_live(before, before and floored(before.head)),
        line("mean_gap", "b̄", step, now and floored(now.bias), width=1.6),
        line("student", "w̄", step, now and floored(now.head), width=3),
        names(ends(result, "head", False), gap=0.2 * tallest, yaxis="y2"),
    ]
    low, high = DECADES
    return {
        "data": traces,
        "layout": theme.layout(
            words["title"],
            axis(STEPS, 200),
            theme.log_axis(words["log"], low, high, step=6, domain=[0.0, 0.5]),
            yaxis2=theme.axis(words["linear"], domain=[0.58, 1.0], nticks=4, rangemode="tozero"),
            alt=words["alt"],
        ),
    }


def class_sums(result):
    """Sums over the classes of gradients and of updates (n,), as a share of their entries, log scale."""
    now, before = chosen(result)
    step, words = now and now.step, W.SUMS
    traces = [
        *quiet(result, "update"),
        before_live(before, before and floored(before.update)),
        line("mean_gap", words["gradients"], step, now and floored(now.gradient)),
        line("student", words["updates"], step, now and floored(now.update), width=3),
        placed(result, "update"),
    ]
    axes = axis(STEPS, 200), theme.log_axis(words["y"], *DECADES, step=4)
    return {"data": traces, "layout": theme.layout(words["title"], *axes, alt=words["alt"])}
