"""What T does to a softmax and to the gradient, as curves over T."""

import numpy as np

from kdviz.figures import temperature_axis as t_axis
from kdviz.figures import theme
from kdviz.figures.curves import Curve, Dot, curves

LOW, HIGH = -8, 2  # decades of the gradient's length


def evenness(result):
    """Entropy as a share of log K and largest probability, (73,) each, over T, for teacher and student."""
    c, grid, now = result.curves, t_axis.GRID, t_axis.now(result.params.temperature)
    lines = (
        Curve("teacher", "teacher: entropy / log K", grid, c.entropy_teacher),
        Curve("student", "student: entropy / log K", grid, c.entropy_student),
        Curve("teacher", "teacher: largest p", grid, c.top_teacher, dash="dot"),
        Curve("student", "student: largest p", grid, c.top_student, dash="dot"),
    )
    dots = (
        Dot("teacher", "teacher’s entropy now", now[0], result.entropy_teacher),
        Dot("student", "student’s entropy now", now[0], result.entropy_student),
        Dot("teacher", "teacher’s largest p now", now[0], float(result.p_teacher.max())),
        Dot("student", "student’s largest p now", now[0], float(result.p_student.max())),
    )
    return curves(
        lines,
        now,
        dots,
        x=t_axis.axis(),
        y=theme.axis("share", range=[0, 1.02], tickformat=".0%"),
        span=(0.0, 1.02),
        title="How even the probabilities are",
        hover="T = %{x:.3~g}<br>%{y:.3~p}",
        log=False,
        height=330,
        alt="Entropy as a share of log K and largest probability, for teacher and student, against temperature.",
    )


def gradient_size(result):
    """Length (73,) of the KD gradient over T, with and without the factor T², log-log."""
    c, grid, now = result.curves, t_axis.GRID, t_axis.now(result.params.temperature)
    ends, level = np.array([t_axis.LOW, t_axis.INFINITY]), np.full(2, result.limit_size)
    lines = (
        Curve("limit", "its limit at T = ∞", ends, level, width=1.6),
        Curve("kd", "with T²", grid, c.scaled),
        Curve("kd", "without T²", grid, c.plain, dash="dashdot"),
    )
    dots = (
        Dot("kd", "with T², now", now[0], result.scaled if result.params.squared else float("nan")),
        Dot("kd", "without T², now", now[0], float("nan") if result.params.squared else result.plain),
    )
    return curves(
        lines,
        now,
        dots,
        x=t_axis.axis(),
        y=theme.log_axis("‖gradient‖", LOW, HIGH, step=2),
        span=(10.0**LOW, 10.0**HIGH),
        title="Length of the KD gradient",
        hover="T = %{x:.3~g}<br>‖gradient‖ = %{y:.3~g}",
        height=330,
        alt="Length of the KD gradient with and without the factor T squared, against temperature on log axes.",
    )
