"""The two charts of the gradient gap: gradients per class, and their gap against T."""

import numpy as np

from kdviz.figures import temperature_axis as t_axis
from kdviz.figures import theme
from kdviz.figures.classes import Marks, per_class
from kdviz.figures.curves import Curve, Dot, curves

LOW, HIGH = -8, 1  # decades of the relative gap


def gradients_per_class(result):
    """Gradients (K,) of KD, LM and KD's limit per class; with the switch on, also as printed in our copy."""
    now = result.now
    marks = (
        Marks("lm", "LM", now.lm),
        Marks("limit", "KD at T = ∞", now.limit),
        Marks("printed", "as printed in our copy", now.printed if result.params.printed else None),
        Marks("kd", "KD at T", now.kd),
    )
    return per_class(
        marks,
        sort=now.limit,
        keep=(result.teacher, result.student),
        joins=(now.kd, now.lm, "gap between KD and LM"),
        title="Gradient per class",
        y="gradient ∂L/∂z<sub>s,i</sub>",
        sorted_by="the limit",
        alt="For every class the gradient of KD at the current temperature, of LM, and of KD at infinite temperature.",
    )


def gap_against_temperature(result):
    """Relative gaps (73,) over T, log-log: exact to limit and LM, the leading law, the bound, and float32's own."""
    c, now, grid = result.curves, result.now, t_axis.GRID
    temperature = float(now.temperature)
    lines = (
        Curve("bound", "bound", grid, c.bound, width=1.6),
        Curve("naive", "to its limit, in float32 as usually written", grid, c.naive, width=1.2),
        Curve("kd", "to its limit", grid, c.to_limit, width=3.2),
        Curve("lm", "to LM", grid, c.to_lm),
        Curve("limit", "leading term of the expansion", grid, c.law, width=2),
    )
    close = c.close_from if t_axis.LOW <= c.close_from <= t_axis.HIGH else np.nan
    words = f"1 % from {t_axis.label(close)}" if close > 0 else ""
    dots = (
        Dot("mark", "1 %", close, 0.01, words, "top right"),
        Dot("kd", "to the limit, now", t_axis.place(temperature), float(now.relative)),
        Dot("lm", "to LM, now", t_axis.place(temperature), float(now.relative_lm)),
    )
    names = [f"{theme.decade(power)} %" for power in range(LOW + 2, HIGH + 3)]  # the axis is read in percent
    names = [name.replace("10³ %", "1000 %") for name in names]
    y = theme.log_axis("gap ‖difference‖ / ‖target‖", LOW, HIGH, ticktext=names)
    return curves(
        lines,
        t_axis.now(temperature),
        dots,
        x=t_axis.axis(),
        y=y,
        span=(10.0**LOW, 10.0**HIGH),
        height=360,
        left=76,
        title="How far KD’s gradient is from its limit and from LM",
        hover="T = %{x:.3~g}<br>gap %{y:.3~p}",
        alt="Relative gap between KD’s gradient and its limit, and between KD’s and LM’s, against temperature.",
    )
