"""The charts of page 01: logits and their softmax, and what T does to a softmax and to the gradient, over T."""

from dataclasses import replace

import numpy as np

from kdviz.charts import theme
from kdviz.charts.curves import Curve, Dot, curves
from kdviz.charts.mirrored import mirrored
from kdviz.pages.controls import SWEEP
from kdviz.pages.temperature.words import W
from kdviz.words import W as SHARED

DECADES = -8, 2  # of the gradient's length


def softened(result):
    """Logits above, probabilities at T below."""
    return mirrored(result.teacher, result.student, result.p_teacher, result.p_student, W.MIRRORED)


def evenness(result):
    """Entropy as a share of log K and largest probability, (73,) each, over T, for teacher and student."""
    c, now, words = result.curves, SWEEP.now(result.params.temperature), W.EVENNESS
    lines = (
        Curve("teacher", W.ENTROPY_TEACHER, SWEEP.grid, c.entropy_teacher),
        Curve("student", W.ENTROPY_STUDENT, SWEEP.grid, c.entropy_student),
        Curve("teacher", W.TOP_TEACHER, SWEEP.grid, c.top_teacher, dash="dot"),
        Curve("student", W.TOP_STUDENT, SWEEP.grid, c.top_student, dash="dot"),
    )
    dots = (
        Dot("teacher", words["entropy_teacher"], now[0], result.entropy_teacher),
        Dot("student", words["entropy_student"], now[0], result.entropy_student),
        Dot("teacher", words["top_teacher"], now[0], float(result.p_teacher.max())),
        Dot("student", words["top_student"], now[0], float(result.p_student.max())),
    )
    return curves(
        lines,
        now,
        dots,
        x=SWEEP.axis(SHARED.AXIS_TEMPERATURE),
        y=theme.axis(words["y"], range=[0, 1.02], tickformat=".0%"),
        span=(0.0, 1.02),
        title=words["title"],
        hover="T = %{x:.3~g}<br>%{y:.3~p}",
        log=False,
        height=330,
        alt=words["alt"],
    )


def gradient_size(result):
    """Length (73,) of the KD gradient over T, with and without the factor T², log-log."""
    c, now, words, squared = result.curves, SWEEP.now(result.params.temperature), W.SIZE, result.params.squared
    ends, level = np.array([SWEEP.low, SWEEP.infinity]), np.full(2, result.limit_size)
    lines = (
        Curve("limit", words["limit"], ends, level, width=1.6),
        Curve("kd", words["scaled"], SWEEP.grid, c.scaled),
        Curve("kd", words["plain"], SWEEP.grid, c.plain, dash="dashdot"),
    )
    dots = (
        Dot("kd", words["scaled_now"], now[0], result.scaled if squared else float("nan")),
        Dot("kd", words["plain_now"], now[0], float("nan") if squared else result.plain),
    )
    low, high = DECADES
    return curves(
        lines,
        now,
        dots,
        x=SWEEP.axis(SHARED.AXIS_TEMPERATURE),
        y=theme.log_axis(words["y"], low, high, step=2),
        span=(10.0**low, 10.0**high),
        title=words["title"],
        hover=words["hover"].format(temperature="%{x:.3~g}", size="%{y:.3~g}"),
        height=330,
        alt=words["alt"],
    )


def pick(params, chart, x, y):
    """A click at `x` (a place of the T axis) into a chart over T sets T; None elsewhere."""
    return replace(params, temperature=SWEEP.read(x)) if chart in (1, 2) else None
