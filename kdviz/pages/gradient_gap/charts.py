"""The two charts of page 02: gradients per class, and their gap against T."""

from dataclasses import replace

import numpy as np

from kdviz.charts import theme
from kdviz.charts.classes import Marks, per_class
from kdviz.charts.curves import Curve, Dot, curves
from kdviz.charts.temperature_axis import label
from kdviz.pages.controls import SWEEP
from kdviz.pages.gradient_gap.words import W
from kdviz.words import W as SHARED
from kdviz.words import numerals

DECADES = -8, 1  # of the relative gap


def gradients_per_class(result):
    """Gradients (K,) of KD, LM and KD's limit per class; with the switch on, also as printed."""
    now, words = result.now, W.GRADIENTS
    marks = (
        Marks("lm", "LM", now.lm),
        Marks("limit", W.KD_INFINITE, now.limit),
        Marks("printed", W.AS_PRINTED, now.printed if result.params.printed else None),
        Marks("kd", words["kd"], now.kd),
    )
    return per_class(
        marks,
        sort=now.limit,
        keep=(result.teacher, result.student),
        joins=(now.kd, now.lm),
        **{name: words[name] for name in ("title", "x", "y", "alt")},
    )


def gap_against_temperature(result):
    """Relative gaps (73,) over T, log-log: exact to limit and LM, the leading law, the bound, and float32's own."""
    c, now, words, grid = result.curves, result.now, W.GAP, SWEEP.grid
    temperature = float(now.temperature)
    lines = (
        Curve("bound", words["bound"], grid, c.bound, width=1.6),
        Curve("naive", words["naive"], grid, c.naive, width=1.2),
        Curve("kd", words["limit"], grid, c.to_limit, width=3.2),
        Curve("lm", words["lm"], grid, c.to_lm),
        Curve("limit", words["law"], grid, c.law, width=2),
    )
    close = c.close_from if SWEEP.low <= c.close_from <= SWEEP.high else np.nan
    beside = words["close"].format(label=label(close)) if close > 0 else ""
    place = SWEEP.place(temperature)
    dots = (
        Dot("mark", "1 %", close, 0.01, beside, "top right"),
        Dot("kd", words["limit_now"], place, float(now.relative)),
        Dot("lm", words["lm_now"], place, float(now.relative_lm)),
    )
    low, high = DECADES
    names = [f"{numerals.decade(power)} %" for power in range(low + 2, high + 3)]  # the axis is read in percent
    names = [name.replace("10³ %", "1000 %") for name in names]
    return curves(
        lines,
        SWEEP.now(temperature),
        dots,
        x=SWEEP.axis(SHARED.AXIS_TEMPERATURE),
        y=theme.log_axis(words["y"], low, high, ticktext=names),
        span=(10.0**low, 10.0**high),
        height=360,
        left=76,
        title=words["title"],
        hover=words["hover"].format(temperature="%{x:.3~g}", gap="%{y:.3~p}"),
        alt=words["alt"],
    )


def pick(params, chart, x, y):
    """A click at `x` (a place of the T axis) into the chart over T sets T; None elsewhere."""
    return replace(params, temperature=SWEEP.read(x)) if chart == 1 else None
