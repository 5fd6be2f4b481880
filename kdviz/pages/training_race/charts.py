"""The charts of page 05 over the steps: accuracy, distance to the teacher, and accuracy per class."""

from dataclasses import replace
from typing import Any

import numpy as np

from kdviz.charts import marks, theme
from kdviz.charts.marks import NONE, band
from kdviz.charts.training import axis, line
from kdviz.pages.training_race.ends import finals, method
from kdviz.pages.training_race.model import LOOKS, NAMES
from kdviz.pages.training_race.runs import METHODS, METRICS, RACED, STEPS
from kdviz.pages.training_race.words import W

TICKS = (3, 10, 25, 50, 75, 90, 95, 98, 99)  # accuracies, percent, on the stretched axis
WORST, BEST = 0.03, 0.996  # accuracies where that axis ends; what is beyond is drawn there
CLASSES = 10
RIGHT = W.RIGHT.format(share="%{customdata:.3~%}")

__all__ = ["accuracy", "closer", "finals", "pick"]


def odds(accuracy):
    """Height of an accuracy (...) on the stretched axis: log a/(1 − a), kept inside the axis; None stays None.

    >>> float(odds(0.5)), float(odds(1.0)) == float(odds(0.999))
    (0.0, True)
    """
    if accuracy is None:
        return None
    kept = np.clip(accuracy, WORST, BEST)
    return np.log(kept / (1 - kept))


def stretched(title, ticks=TICKS, **more):
    """An axis of `odds` that is read as accuracy: near its top as far from 90 to 95 percent as from 95 to 97.5."""
    words = [f"{tick} %" if tick > 100 * WORST else f"≤ {tick} %" for tick in ticks]
    places = [round(float(odds(tick / 100)), 4) for tick in ticks]
    ends = [round(float(odds(end)), 4) for end in (WORST, BEST)]
    return theme.axis(title, range=ends, tickmode="array", tickvals=places, ticktext=words, zeroline=False, **more)


def runners(result):
    """The lines of a chart over steps: (role, words, row of the race); None for what is not the chosen method."""
    shown = METHODS.index(result.shown)
    return (
        ("student", W.METHODS["baseline"], METHODS.index("baseline")),
        ("lm", "LM", METHODS.index("LM")),
        ("limit", W.KD_INFINITE, METHODS.index("KD T=∞")),
        ("kd", W.KD_SHOWN, shown if result.shown in RACED else None),
        *(("now", words, shown if result.shown == name else None) for name, words in NAMES.items()),
    )


def curve(race, row, at):
    """Mean of one method's metric and both edges of its 95 % band, (t,) each; three times None without them."""
    if race is None or row is None:
        return None, None, None
    kept = drawn(race)
    mean, half = race.mean[row, at, kept], race.half[row, at, kept]
    return mean, mean - half, mean + half


def drawn(race):
    """Which moments of a race are drawn (t,): all up to step 100, then every other one, and the newest."""
    kept = (race.step <= 100) | (race.step % 20 == 0)
    kept[-1] = True
    return kept


def accuracy(result):
    """Test accuracy (t,) of the methods over the steps, with 95 % bands over the seeds, and the teacher's."""
    now, before, words = result.race, result.recorded if result.live else None, W.ACCURACY
    level = now and np.full(2, odds(now.teacher))
    read = f"{RIGHT}<extra>{W.TEACHER}</extra>"
    right = np.full(2, now.teacher) if now else NONE
    ends = np.array([0.0, STEPS])
    traces = [marks.line("teacher", W.TEACHER, ends, level, width=1.6, dash="dash", hover=read, customdata=right)]
    at = METRICS.index("accuracy")
    step = now and now.step[drawn(now)]
    for role, name, row in runners(result):
        mean, *edges = curve(now, row, at)
        traces.append(band(role, W.BAND.format(name=name), step, *map(odds, edges)))
        traces.append(line(role, name, step, odds(mean), hover=RIGHT, customdata=NONE if mean is None else mean))
    rows, gap = [row for _, _, row in runners(result) if row is not None], np.array([np.nan])
    past = np.concatenate([before.step[drawn(before)], gap]) if before else NONE
    held = [part for row in rows for part in (odds(curve(before, row, at)[0]), gap)] if before else [NONE]
    traces.append(line("naive", W.RECORDED, np.tile(past, len(rows)), np.concatenate(held), width=1, dash="dot"))
    axes = axis(STEPS, 100), stretched(words["y"])
    return {"data": traces, "layout": theme.layout(words["title"], *axes, left=58, alt=words["alt"])}


def closer(result):
    """Above, the chosen metric (t,) over the steps; below, the final accuracy per class (K,)."""
    now, words, metric = result.race, W.CLOSER, LOOKS[result.params.look]
    traces, peak = [], []
    for role, name, row in runners(result):
        mean = curve(now, row, METRICS.index(metric))[0]
        traces.append(line(role, name, now and now.step[drawn(now)], mean, yaxis="y2"))
        peak += [] if mean is None or np.isnan(mean).all() else [np.nanmax(mean), np.nanmin(mean)]
    middle = np.array([(max(peak) + min(peak)) / 2]) if peak else None
    label = [words[metric]] if peak else []
    traces.append(
        marks.text("mark", "metric", np.array([STEPS * 0.98]), middle, label, "middle left", clip=True, yaxis="y2")
    )
    shifts = (-0.24, -0.08, 0.08, *[0.24] * (1 + len(NAMES)))  # of those at the end one is shown
    for shift, (role, name, row) in zip(shifts, runners(result), strict=True):
        right = now.per_class[row].mean(0) if now and row is not None else None
        style: dict[str, Any] = {"size": 7, "xaxis": "x2", "cliponaxis": False, "showlegend": False}
        style["hover"] = W.RIGHT_IN_CLASS.format(number="%{x:.0f}", share="%{customdata:.3~%}")
        style["customdata"] = NONE if right is None else right
        place = np.arange(CLASSES) + shift
        traces.append(marks.points(role, W.PER_CLASS.format(name=name), place, odds(right), **style))
    digits = theme.axis(words["class"], range=[-0.6, CLASSES - 0.4], tickvals=[*range(CLASSES)], showgrid=False)
    return {
        "data": traces,
        "layout": theme.layout(
            words["title"],
            axis(STEPS, 100, anchor="y2", domain=[0.0, 1.0]),
            stretched(words["accuracy"], (3, 50, 90, 99), domain=[0.0, 0.4], anchor="x2"),
            yaxis2=theme.axis("", domain=[0.62, 1.0], nticks=5, anchor="x"),
            xaxis2={**digits, "tickangle": 0, "anchor": "y", "domain": [0.0, 1.0], "zeroline": False},
            left=58,
            alt=words["alt"],
        ),
    }


def pick(params, chart, x, y):
    """A click on a KD in the second chart sets the T that is shown."""
    shown = method(x) if chart == 1 else None
    return replace(params, shown=shown) if shown else None
